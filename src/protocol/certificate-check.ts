import { toHex } from "./bytes.js";
import { commitEnvelopes, decodeList, listValue, type VerdictList } from "./certificate.js";
import { rosterDigest, trimRoster, type WeightedKey } from "./digests.js";
import { electorateOf } from "./electorate.js";
import { encodeHead, joinEnvelope, signedMessage } from "./envelope.js";
import type { Blake3 } from "./hash.js";
import { dayOf } from "./membership.js";
import type { SignedItem } from "./table.js";
import { type Certificate, commitOrder, decodeCertificate } from "./verdict-messages.js";

/**
 * Why a certificate proves nothing, in the order of the checks:
 * - `malformed`: the bytes are no canonical certificate, or its list can't be read
 * - `doubled_commit`: two commits of one member
 * - `list_mismatch`: the list is of another task or names a validation of a key that does not vote, or no commit at all
 *   signs its value
 * - `wrong_roster`: there is no roster of that day, or another one than that of the list
 * - `unknown_member`: a commit of a key that does not vote: beyond the roster, the publisher or the submitter
 * - `below_quorum`: the commits have at most two thirds of the weight of those who vote, or a third of the roster's
 * - `bad_signature`: a commit's signature does not hold
 */
export const CERTIFICATE_REFUSALS = [
  "malformed",
  "doubled_commit",
  "list_mismatch",
  "wrong_roster",
  "unknown_member",
  "below_quorum",
  "bad_signature",
] as const;
export type CertificateRefusal = (typeof CERTIFICATE_REFUSALS)[number];

/** The rosters under which a certificate is checked: the content of a roster file. */
export interface CertificateRosters {
  /** Chain id: 0 mainnet, 1 testnet, 2 stagenet, 3 devnet. */
  readonly network: number;
  readonly rosters: readonly { readonly fromDay: number; readonly members: readonly WeightedKey[] }[];
  /** The network rule `rosterMax`; default 256. */
  readonly rosterMax?: number;
}

/** What a certificate states. Hex except for numbers. */
export interface CertifiedList {
  /** Of the network rules: a reader who knows the rules compares it. */
  readonly rules: string;
  readonly taskId: string;
  readonly submissionId: string;
  readonly publisher: string;
  readonly submitter: string;
  /** H(verdict; list) */
  readonly value: string;
  readonly round: number;
  /** Number, sum and sum of squares of the scores. */
  readonly n: number;
  readonly sum: number;
  readonly sumOfSquares: number;
  /** Keys of the members whose commits it has, ascending. */
  readonly voters: readonly string[];
  /** Their weight, and that of all who may vote. */
  readonly votedWeight: number;
  readonly weight: number;
}

/** A certificate that holds if each of these signatures does. */
export interface OpenedCertificate {
  readonly certified: CertifiedList;
  readonly signatures: readonly SignedItem[];
  /** The envelopes that the signatures are of, in the same order. */
  readonly commits: readonly Uint8Array[];
}

export type CertificateResult<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly refusal: CertificateRefusal };

function refuse(refusal: CertificateRefusal): { readonly ok: false; readonly refusal: CertificateRefusal } {
  return { ok: false, refusal };
}

/** All checks of a certificate but its signatures (protocol.md, Certificate). `bytes` is the payload of type 8. */
export function openCertificate(
  blake3: Blake3,
  genesis: Uint8Array,
  rosters: CertificateRosters,
  bytes: Uint8Array,
): CertificateResult<OpenedCertificate> {
  const certificate = decodeCertificate(bytes);
  // Doubled commits are no canonical certificate either.
  if (!certificate.ok) return refuse(commitOrder(bytes) === "doubled" ? "doubled_commit" : "malformed");
  const list = decodeList(certificate.value.list);
  if (!list.ok) return refuse("malformed");
  if (list.value.taskId !== certificate.value.task.taskId) return refuse("list_mismatch");
  const roster = rosterOf(blake3, genesis, rosters, certificate.value, list.value);
  return roster === undefined
    ? refuse("wrong_roster")
    : openUnder(blake3, genesis, rosters.network, roster, certificate.value, list.value);
}

/** The roster of the day before that of t0, if its digest is that of the list. */
function rosterOf(
  blake3: Blake3,
  genesis: Uint8Array,
  { rosters, rosterMax = 256 }: CertificateRosters,
  certificate: Certificate,
  list: VerdictList,
): readonly WeightedKey[] | undefined {
  const day = dayOf(certificate.task.t0) - 1;
  const dated = rosters.filter(({ fromDay }) => fromDay <= day).sort((a, b) => b.fromDay - a.fromDay);
  const members = trimRoster(dated[0]?.members ?? [], rosterMax);
  if (members.length === 0 || day < 0) return undefined;
  return toHex(rosterDigest(blake3, genesis, day, members)) === list.roster ? members : undefined;
}

function openUnder(
  blake3: Blake3,
  genesis: Uint8Array,
  network: number,
  roster: readonly WeightedKey[],
  certificate: Certificate,
  list: VerdictList,
): CertificateResult<OpenedCertificate> {
  const { weights, quorum } = electorateOf(roster, list.publisher, list.submitter);
  const weightAt = (index: number) => weights.get(roster[index]?.key ?? "");
  if (list.validations.some(({ rosterIndex }) => weightAt(rosterIndex) === undefined)) return refuse("list_mismatch");
  const voted = certificate.commits.map(({ rosterIndex }) => weightAt(rosterIndex));
  if (voted.includes(undefined)) return refuse("unknown_member");
  const votedWeight = voted.reduce<number>((sum, weight) => sum + (weight ?? 0), 0);
  if (votedWeight < quorum) return refuse("below_quorum");
  const keys = roster.map(({ key }) => key);
  const envelopes = commitEnvelopes(blake3, network, certificate, list, keys);
  if (!envelopes.ok) return refuse("list_mismatch");
  const scores = list.validations.map(({ score }) => score);
  const { rules, taskId, submissionId, publisher, submitter } = list;
  const certified: CertifiedList = {
    ...{ rules, taskId, submissionId, publisher, submitter },
    value: toHex(listValue(blake3, certificate.list)),
    round: certificate.round,
    n: scores.length,
    sum: scores.reduce((sum, score) => sum + score, 0),
    sumOfSquares: scores.reduce((sum, score) => sum + score * score, 0),
    voters: certificate.commits.map(({ rosterIndex }) => keys[rosterIndex] as string),
    votedWeight,
    weight: [...weights.values()].reduce((sum, weight) => sum + weight, 0),
  };
  const signatures: SignedItem[] = [];
  const commits: Uint8Array[] = [];
  for (const { envelope, signature } of envelopes.value) {
    const head = encodeHead(envelope);
    signatures.push({ publicKey: envelope.sender, signature, message: signedMessage(genesis, head) });
    commits.push(joinEnvelope(head, signature));
  }
  return { ok: true, value: { certified, signatures, commits } };
}

/** The result after the signatures were verified, one verdict for each in order. */
export function closeCertificate(
  { certified }: OpenedCertificate,
  holds: readonly boolean[],
): CertificateResult<CertifiedList> {
  if (holds.every((held) => held)) return { ok: true, value: certified };
  // The value that each commit signs is the hash of the list: with another list, no commit holds.
  return refuse(holds.some((held) => held) ? "bad_signature" : "list_mismatch");
}
