import { toHex } from "../../src/protocol/bytes.js";
import { encodeList, listValue, type VerdictList } from "../../src/protocol/certificate.js";
import type { CertificateRefusal } from "../../src/protocol/certificate-check.js";
import { rosterDigest, sortKeys } from "../../src/protocol/digests.js";
import { encodeHead, MessageType, signedMessage } from "../../src/protocol/envelope.js";
import { dayOf } from "../../src/protocol/membership.js";
import { type CertificateCommit, encodeCertificate, encodeVote } from "../../src/protocol/verdict-messages.js";
import {
  blake3,
  DEVNET,
  filled,
  filledHex,
  MINER,
  NODE,
  NOON,
  OTHER_NODE,
  type Person,
  PUBLISHER,
  REF,
  SECOND_VALIDATION,
  SECOND_VALIDATOR,
  SUBMISSION,
  VALIDATION,
  VALIDATOR,
} from "../support/samples.js";
import { signMessage } from "../support/tos-signer.js";
import type { Json } from "./vector-files.js";

/** The submitter is in the roster and does not vote. R is 26, W 25, and a quorum 17. */
const WEIGHTS = [
  { person: VALIDATOR, weight: 8 },
  { person: SECOND_VALIDATOR, weight: 8 },
  { person: NODE, weight: 8 },
  { person: OTHER_NODE, weight: 1 },
  { person: MINER, weight: 1 },
];
export const MEMBERS = sortKeys(WEIGHTS.map(({ person, weight }) => ({ key: person.key, weight })));
export const ROSTER_DAY = dayOf(NOON) - 1;
export const ROSTERS = { network: DEVNET.network, rosters: [{ fromDay: ROSTER_DAY - 3, members: MEMBERS }] };

export function indexOf({ key }: Person): number {
  return MEMBERS.findIndex((member) => member.key === key);
}

function listOf(change: Partial<VerdictList> = {}): Uint8Array {
  const counted = [
    { rosterIndex: indexOf(VALIDATOR), score: 84, recordId: VALIDATION.id },
    { rosterIndex: indexOf(SECOND_VALIDATOR), score: 78, recordId: SECOND_VALIDATION.id },
  ];
  return encodeList({
    rules: toHex(DEVNET.rulesDigest),
    roster: toHex(rosterDigest(blake3, DEVNET.genesis, ROSTER_DAY, MEMBERS)),
    taskId: REF.taskId,
    submissionId: SUBMISSION.id,
    publisher: PUBLISHER.key,
    submitter: MINER.key,
    validations: counted.sort((a, b) => a.rosterIndex - b.rosterIndex),
    ...change,
  });
}

export const LIST_BYTES = listOf();

interface Signing {
  readonly signer?: Person;
  readonly step?: "prepare" | "commit";
  readonly genesis?: Uint8Array;
}

/** The vote of a member, 90 s after t0 plus its index, as a commit of round 2. */
export function commit(member: Person, list = LIST_BYTES, signing: Signing = {}): CertificateCommit {
  const { signer = member, step = "commit", genesis = DEVNET.genesis } = signing;
  const timestampSeconds = NOON + 90 + indexOf(member);
  const digest = toHex(list.subarray(32, 64));
  const payload = encodeVote({
    task: REF,
    submissionId: SUBMISSION.id,
    roster: digest,
    round: 2,
    step,
    held: 0,
    value: toHex(listValue(blake3, list)),
  });
  const { network } = DEVNET;
  const sender = member.publicKey;
  const head = encodeHead({ type: MessageType.ConsensusVote, network, timestampSeconds, number: 0, sender, payload });
  const signature = signMessage(signer.privateKey, signedMessage(genesis, head));
  return { rosterIndex: indexOf(member), timestampSeconds, signature };
}

function bytesOf(commits: readonly CertificateCommit[], list = LIST_BYTES, task = REF): Uint8Array {
  const ordered = [...commits].sort((a, b) => a.rosterIndex - b.rosterIndex);
  return encodeCertificate({ task, list, round: 2, commits: ordered });
}

const QUORUM = [VALIDATOR, SECOND_VALIDATOR, NODE];
const [first, second, third] = QUORUM.map((member) => commit(member)) as [
  CertificateCommit,
  CertificateCommit,
  CertificateCommit,
];

function quorumOf(list: Uint8Array, signing: Signing = {}): CertificateCommit[] {
  return QUORUM.map((member) => commit(member, list, signing));
}

const OTHER_ROSTER = listOf({ roster: filledHex(0xb1) });
const OTHER_TASK = listOf({ taskId: filledHex(0xb2) });
const OTHER_SCORE = listOf({
  validations: [{ rosterIndex: indexOf(VALIDATOR), score: 85, recordId: VALIDATION.id }],
});
const BY_SUBMITTER = listOf({
  validations: [{ rosterIndex: indexOf(MINER), score: 100, recordId: VALIDATION.id }],
});

/** It names two members who neither published nor submitted. W would be 10, so that the weight of 8 were a quorum. */
const NAMES_MEMBERS = listOf({
  publisher: VALIDATOR.key,
  submitter: SECOND_VALIDATOR.key,
  validations: [{ rosterIndex: indexOf(NODE), score: 100, recordId: VALIDATION.id }],
});

/** A certificate of each kind, and the answer to it. */
export const CERTIFICATES: readonly {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly refusal: CertificateRefusal | undefined;
}[] = [
  { name: "valid", bytes: bytesOf([first, second, third]), refusal: undefined },
  { name: "valid by other members", bytes: bytesOf([second, third, commit(OTHER_NODE)]), refusal: undefined },
  { name: "cut off", bytes: bytesOf([first, second, third]).slice(0, -1), refusal: "malformed" },
  { name: "one commit short", bytes: bytesOf([first, second]), refusal: "below_quorum" },
  {
    name: "by a third of the roster, with a list that names other members as publisher and submitter",
    bytes: bytesOf([commit(NODE, NAMES_MEMBERS)], NAMES_MEMBERS),
    refusal: "below_quorum",
  },
  { name: "one commit doubled", bytes: bytesOf([first, first, second]), refusal: "doubled_commit" },
  {
    name: "a commit beyond the roster",
    bytes: bytesOf([first, second, { ...third, rosterIndex: 9 }]),
    refusal: "unknown_member",
  },
  { name: "a commit of the submitter", bytes: bytesOf([first, second, commit(MINER)]), refusal: "unknown_member" },
  {
    name: "a stranger's signature",
    bytes: bytesOf([first, second, commit(NODE, LIST_BYTES, { signer: PUBLISHER })]),
    refusal: "bad_signature",
  },
  {
    name: "a prepare in place of a commit",
    bytes: bytesOf([first, second, commit(NODE, LIST_BYTES, { step: "prepare" })]),
    refusal: "bad_signature",
  },
  {
    name: "a commit with another time",
    bytes: bytesOf([first, second, { ...third, timestampSeconds: NOON }]),
    refusal: "bad_signature",
  },
  { name: "under another roster", bytes: bytesOf(quorumOf(OTHER_ROSTER), OTHER_ROSTER), refusal: "wrong_roster" },
  {
    name: "before the first roster",
    bytes: bytesOf([first, second, third], LIST_BYTES, { ...REF, t0: 0 }),
    refusal: "wrong_roster",
  },
  { name: "with a list of another task", bytes: bytesOf(quorumOf(OTHER_TASK), OTHER_TASK), refusal: "list_mismatch" },
  { name: "with another list", bytes: bytesOf([first, second, third], OTHER_SCORE), refusal: "list_mismatch" },
  {
    name: "with a validation of the submitter",
    bytes: bytesOf(quorumOf(BY_SUBMITTER), BY_SUBMITTER),
    refusal: "list_mismatch",
  },
  {
    name: "signed for another genesis",
    bytes: bytesOf(quorumOf(LIST_BYTES, { genesis: filled(0x77) })),
    refusal: "list_mismatch",
  },
];

/** The content of certificates.json. */
export function certificatesFile(): Json {
  return {
    note:
      "Certificates (payloads of type 8) of the devnet of network.json and the answer to each: holds, or the refusal. " +
      "The roster counts from from_day on; a task uses that of the day before t0.",
    network: DEVNET.network,
    genesis: toHex(DEVNET.genesis),
    rosters: ROSTERS.rosters.map(({ fromDay, members }) => ({
      from_day: fromDay,
      members: members.map(({ key, weight }) => ({ key, weight })),
    })),
    list: toHex(LIST_BYTES),
    value: toHex(listValue(blake3, LIST_BYTES)),
    certificates: CERTIFICATES.map(({ name, bytes, refusal }) => ({
      name,
      certificate: toHex(bytes),
      answer: refusal ?? "holds",
    })),
  };
}
