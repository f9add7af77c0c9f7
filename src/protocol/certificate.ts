import { compareBytes, concatBytes, readU16, toHex, u8, u16 } from "./bytes.js";
import { MessageType, type UnsignedEnvelope } from "./envelope.js";
import { fail, ok, type Result } from "./errors.js";
import { type Blake3, taggedHash } from "./hash.js";
import { hashBytes } from "./records.js";
import { type Certificate, decodeCertificate, encodeVote } from "./verdict-messages.js";

/** The inputs of a verdict (protocol.md, List and value). Hex except for numbers. */
export interface VerdictList {
  readonly rules: string;
  readonly roster: string;
  readonly taskId: string;
  readonly submissionId: string;
  readonly publisher: string;
  readonly submitter: string;
  /** Ascending by roster index. */
  readonly validations: readonly { readonly rosterIndex: number; readonly score: number; readonly recordId: string }[];
}

const HEAD = 6 * 32 + 2;
const ENTRY = 2 + 1 + 32;
/** A roster has at most 256 members (network rule `rosterMax`). */
const ROSTER_INDEX_END = 256;

export function encodeList(list: VerdictList): Uint8Array {
  const { rules, roster, taskId, submissionId, publisher, submitter, validations } = list;
  return concatBytes([
    ...[rules, roster, taskId, submissionId, publisher, submitter].map(hashBytes),
    u16(validations.length),
    ...validations.flatMap((entry) => [u16(entry.rosterIndex), u8(entry.score), hashBytes(entry.recordId)]),
  ]);
}

export function decodeList(bytes: Uint8Array): Result<VerdictList> {
  if (bytes.length < HEAD || bytes.length !== HEAD + readU16(bytes, HEAD - 2) * ENTRY) return fail("bad_certificate");
  const hash = (index: number): string => toHex(bytes.subarray(32 * index, 32 * index + 32));
  const validations: { rosterIndex: number; score: number; recordId: string }[] = [];
  for (let at = HEAD; at < bytes.length; at += ENTRY) {
    const rosterIndex = readU16(bytes, at);
    const score = bytes[at + 2] as number;
    const previous = validations.at(-1);
    if (score > 100 || rosterIndex >= ROSTER_INDEX_END) return fail("bad_certificate");
    if (previous !== undefined && previous.rosterIndex >= rosterIndex) return fail("bad_certificate");
    validations.push({ rosterIndex, score, recordId: toHex(bytes.subarray(at + 3, at + ENTRY)) });
  }
  return ok({
    rules: hash(0),
    roster: hash(1),
    taskId: hash(2),
    submissionId: hash(3),
    publisher: hash(4),
    submitter: hash(5),
    validations,
  });
}

/** value = H(verdict; list). */
export function listValue(blake3: Blake3, list: Uint8Array): Uint8Array {
  return taggedHash(blake3, "verdict", [list]);
}

/** Id of a certificate: H(certificate; genesis, value). Two proofs of one value have one id. */
export function certificateId(blake3: Blake3, genesis: Uint8Array, value: Uint8Array): Uint8Array {
  return taggedHash(blake3, "certificate", [genesis, value]);
}

/** Id of a certificate, hex; undefined if the payload of a type 8 is no certificate. */
export function certificateIdOf(blake3: Blake3, genesis: Uint8Array, payload: Uint8Array): string | undefined {
  const decoded = decodeCertificate(payload);
  return decoded.ok ? toHex(certificateId(blake3, genesis, listValue(blake3, decoded.value.list))) : undefined;
}

/**
 * The commits of a certificate as the envelopes that their voters signed, without a check of the signatures. `list` is
 * the decoded list of this certificate, `rosterKeys` the keys of its roster, ascending. A list of another task, or an
 * index beyond the roster, is `bad_certificate`.
 */
export function commitEnvelopes(
  blake3: Blake3,
  network: number,
  certificate: Certificate,
  list: VerdictList,
  rosterKeys: readonly string[],
): Result<{ readonly envelope: UnsignedEnvelope; readonly signature: Uint8Array }[]> {
  const value = toHex(listValue(blake3, certificate.list));
  const { task, round } = certificate;
  const { submissionId, roster } = list;
  if (list.taskId !== task.taskId) return fail("bad_certificate");
  const payload = encodeVote({ task, submissionId, roster, round, step: "commit", held: 0, value });
  const envelopes = [];
  for (const commit of certificate.commits) {
    const key = rosterKeys[commit.rosterIndex];
    if (key === undefined) return fail("bad_certificate");
    const envelope: UnsignedEnvelope = {
      type: MessageType.ConsensusVote,
      network,
      timestampSeconds: commit.timestampSeconds,
      number: 0,
      sender: hashBytes(key),
      payload,
    };
    envelopes.push({ envelope, signature: commit.signature });
  }
  return ok(envelopes);
}

/** The leader of a round: the member whose share of the summed weights contains the hash (protocol.md, Vote rule 4). */
export function leaderOf(
  blake3: Blake3,
  submissionId: string,
  round: number,
  members: readonly { readonly key: string; readonly weight: number }[],
): string | undefined {
  const total = members.reduce((sum, member) => sum + member.weight, 0);
  if (total === 0) return undefined;
  const hash = taggedHash(blake3, "leader", [hashBytes(submissionId), u16(round)]);
  let point = Number(BigInt(`0x${toHex(hash)}`) % BigInt(total));
  for (const member of [...members].sort((a, b) => compareBytes(hashBytes(a.key), hashBytes(b.key)))) {
    if (point < member.weight) return member.key;
    point -= member.weight;
  }
  return undefined;
}
