import { blake3 as nobleBlake3 } from "@noble/hashes/blake3.js";
import { toHex } from "../../src/protocol/bytes.js";
import { encodeList, listValue, type VerdictList } from "../../src/protocol/certificate.js";
import { encodeHead, joinEnvelope, MessageType, recordId, signedMessage } from "../../src/protocol/envelope.js";
import type { StreamingBlake3 } from "../../src/protocol/hash.js";
import {
  type CancelPayload,
  encodeRecord,
  type SubmissionPayload,
  type TaskPayload,
  type TaskRef,
  type ValidationPayload,
} from "../../src/protocol/records.js";
import { DEFAULT_RULES, type NetworkIdentity, rulesDigest, standaloneGenesis } from "../../src/protocol/rules.js";
import { encodePeerScoreUpdate, encodeSyncRequest, encodeSyncResponse } from "../../src/protocol/sync-messages.js";
import { encodeAlert, encodeCertificate, encodeVote } from "../../src/protocol/verdict-messages.js";
import { publicKeyOf, signMessage } from "./tos-signer.js";

export const blake3: StreamingBlake3 = nobleBlake3;

/** One valid value of each kind, which never changes: the test vectors are made of these. */

const digest = rulesDigest(blake3, DEFAULT_RULES);
export const DEVNET: NetworkIdentity = {
  network: 3,
  genesis: standaloneGenesis(blake3, 3, "dev", digest),
  rules: DEFAULT_RULES,
  rulesDigest: digest,
};
export const LIMITS = { network: DEVNET.network, payloadLimits: DEFAULT_RULES.payloadLimits };

export interface Person {
  readonly privateKey: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly key: string;
}

/** The private key is the little-endian scalar `seed`. */
function person(seed: number): Person {
  const privateKey = Uint8Array.from({ length: 32 }, (_, i) => (i === 0 ? seed : 0));
  const publicKey = publicKeyOf(privateKey);
  return { privateKey, publicKey, key: toHex(publicKey) };
}

export const PUBLISHER = person(1);
export const MINER = person(2);
export const VALIDATOR = person(3);
export const SECOND_VALIDATOR = person(4);
export const NODE = person(5);
export const OTHER_NODE = person(6);

export function filled(byte: number, length = 32): Uint8Array {
  return new Uint8Array(length).fill(byte);
}

export function filledHex(byte: number, length = 32): string {
  return toHex(filled(byte, length));
}

/** 2026-11-22 12:00:00 UTC. */
export const NOON = 1_795_305_600 + 43_200;

export interface Signed {
  readonly type: MessageType;
  readonly author: Person;
  readonly head: Uint8Array;
  readonly payload: Uint8Array;
  readonly envelope: Uint8Array;
  readonly id: string;
}

/** A signed envelope of the sample network. */
export function signed(
  author: Person,
  type: MessageType,
  timestampSeconds: number,
  payload: Uint8Array,
  number = 0,
): Signed {
  const { network, genesis } = DEVNET;
  const head = encodeHead({ type, network, timestampSeconds, number, sender: author.publicKey, payload });
  const envelope = joinEnvelope(head, signMessage(author.privateKey, signedMessage(genesis, head)));
  return { type, author, head, payload, envelope, id: toHex(recordId(blake3, genesis, head)) };
}

export const TASK_PAYLOAD: TaskPayload = {
  kind: "task",
  taskType: 0,
  deadlineSeconds: NOON + 86_400,
  rewardNano: 50_000_000_000n,
  difficulty: 2,
  verification: 1,
  requiredReviewers: 2,
  maxParticipants: 10,
  qualityThreshold: 70,
  body: { hash: filledHex(0xa1), length: 4096 },
};
export const TASK = signed(PUBLISHER, MessageType.TaskAnnouncement, NOON, encodeRecord(TASK_PAYLOAD));
export const REF: TaskRef = { taskId: TASK.id, taskType: 0, t0: NOON };

export const CANCEL_PAYLOAD: CancelPayload = { kind: "cancel", task: REF };
export const CANCEL = signed(PUBLISHER, MessageType.TaskAnnouncement, NOON + 5, encodeRecord(CANCEL_PAYLOAD), 1);

export const SUBMISSION_PAYLOAD: SubmissionPayload = {
  kind: "submission",
  task: REF,
  body: { hash: filledHex(0xa2), length: 2048 },
  qualityHint: 80,
  chainId: filledHex(0xc1),
};
export const SUBMISSION = signed(
  MINER,
  MessageType.SubmissionAnnouncement,
  NOON + 600,
  encodeRecord(SUBMISSION_PAYLOAD),
);

export const VALIDATION_PAYLOAD: ValidationPayload = {
  kind: "validation",
  task: REF,
  submissionId: SUBMISSION.id,
  score: 84,
  validationKind: 1,
  body: { hash: filledHex(0xa3), length: 512 },
};
export const VALIDATION = signed(
  VALIDATOR,
  MessageType.ValidationAnnouncement,
  NOON + 1200,
  encodeRecord(VALIDATION_PAYLOAD),
);
export const SECOND_VALIDATION = signed(
  SECOND_VALIDATOR,
  MessageType.ValidationAnnouncement,
  NOON + 1800,
  encodeRecord({ ...VALIDATION_PAYLOAD, score: 78 }),
);

export const REQUEST_ID = filledHex(0x5a, 16);
export const SYNC_REQUEST = signed(
  NODE,
  MessageType.SyncRequest,
  NOON,
  encodeSyncRequest({ kind: "task", requestId: REQUEST_ID, task: REF, flags: 15 }),
);
export const SYNC_RESPONSE = signed(
  OTHER_NODE,
  MessageType.SyncResponse,
  NOON + 1,
  encodeSyncResponse({ requestId: REQUEST_ID, status: "ok", items: 4, bytes: 1600n }),
);

export const SCORES = [NODE, OTHER_NODE]
  .map(({ key }, i) => ({ key, basisPoints: 5000 + 2500 * i }))
  .sort((a, b) => (a.key < b.key ? -1 : 1));
export const PEER_SCORES = signed(NODE, MessageType.PeerScoreUpdate, NOON, encodePeerScoreUpdate(SCORES));

/** The roster of the sample network's verdict: the two validators, ascending by key. */
export const ROSTER_KEYS = [VALIDATOR, SECOND_VALIDATOR].map((member) => member.key).sort((a, b) => (a < b ? -1 : 1));
export const ROSTER_DIGEST = filledHex(0xb1);

const COUNTED = [
  { record: VALIDATION, score: 84 },
  { record: SECOND_VALIDATION, score: 78 },
];
export const VERDICT_LIST: VerdictList = {
  rules: toHex(DEVNET.rulesDigest),
  roster: ROSTER_DIGEST,
  taskId: TASK.id,
  submissionId: SUBMISSION.id,
  publisher: PUBLISHER.key,
  submitter: MINER.key,
  validations: ROSTER_KEYS.map((key, rosterIndex) => {
    const counted = COUNTED.find(({ record }) => record.author.key === key);
    if (counted === undefined) throw new RangeError("a roster member without a validation");
    return { rosterIndex, score: counted.score, recordId: counted.record.id };
  }),
};
export const LIST = encodeList(VERDICT_LIST);
export const VALUE = toHex(listValue(blake3, LIST));

export const COMMIT = {
  task: REF,
  submissionId: SUBMISSION.id,
  roster: ROSTER_DIGEST,
  round: 2,
  held: 0,
  value: VALUE,
};
const VOTE_TIME = NOON + 90_000;

function commitOf(member: Person): Signed {
  return signed(member, MessageType.ConsensusVote, VOTE_TIME, encodeVote({ ...COMMIT, step: "commit" }));
}

export const VOTE = signed(
  VALIDATOR,
  MessageType.ConsensusVote,
  VOTE_TIME,
  encodeVote({ ...COMMIT, step: "prepare", held: 1 }),
);

/** The second of two validations that contradict each other. */
export const CONTRADICTION = signed(
  VALIDATOR,
  MessageType.ValidationAnnouncement,
  NOON + 1300,
  encodeRecord({ ...VALIDATION_PAYLOAD, score: 20 }),
  1,
);
const ACCUSED = [VALIDATION, CONTRADICTION].sort((a, b) => (a.id < b.id ? -1 : 1)) as [Signed, Signed];
export const ALERT = signed(
  SECOND_VALIDATOR,
  MessageType.FraudAlert,
  NOON + 2000,
  encodeAlert({ alertKind: 2, first: ACCUSED[0].envelope, second: ACCUSED[1].envelope }),
);

export const CERTIFICATE = signed(
  NODE,
  MessageType.Certificate,
  VOTE_TIME + 10,
  encodeCertificate({
    task: REF,
    list: LIST,
    round: COMMIT.round,
    commits: ROSTER_KEYS.map((key, rosterIndex) => {
      const member = key === VALIDATOR.key ? VALIDATOR : SECOND_VALIDATOR;
      return { rosterIndex, timestampSeconds: VOTE_TIME, signature: commitOf(member).envelope.slice(-96) };
    }),
  }),
);

/** One envelope of each type, the cancellation, and the second validation that digests.json counts. */
export const ALL: { readonly [name: string]: Signed } = {
  task: TASK,
  cancellation: CANCEL,
  submission: SUBMISSION,
  validation: VALIDATION,
  second_validation: SECOND_VALIDATION,
  sync_request: SYNC_REQUEST,
  sync_response: SYNC_RESPONSE,
  peer_scores: PEER_SCORES,
  vote: VOTE,
  alert: ALERT,
  certificate: CERTIFICATE,
};
