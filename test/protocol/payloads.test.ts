import { create, type DescMessage, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import { MessageType } from "../../src/protocol/envelope.js";
import { NetworkError } from "../../src/protocol/errors.js";
import {
  CertificateSchema,
  ConsensusVoteSchema,
  FraudAlertSchema,
  PeerScoreUpdateSchema,
  SubmissionAnnouncementSchema,
  SyncRequestSchema,
  SyncResponseSchema,
  TaskAnnouncementSchema,
  ValidationAnnouncementSchema,
} from "../../src/protocol/generated/payload_pb.js";
import { decodePayload } from "../../src/protocol/message.js";
import { decodeTask, encodeRecord } from "../../src/protocol/records.js";
import { BODIES_MAX, decodeSyncRequest, encodeSyncRequest } from "../../src/protocol/sync-messages.js";
import {
  ALERT,
  CANCEL,
  CERTIFICATE,
  filled,
  filledHex,
  PEER_SCORES,
  REF,
  REQUEST_ID,
  type Signed,
  SUBMISSION,
  SYNC_REQUEST,
  SYNC_RESPONSE,
  TASK,
  TASK_PAYLOAD,
  VALIDATION,
  VOTE,
} from "../support/samples.js";

/** The sample's payload with some fields changed, encoded by the protobuf library alone. */
function altered<Desc extends DescMessage>(schema: Desc, sample: Signed, change: MessageInitShape<Desc>): Uint8Array {
  const original = fromBinary(schema, sample.payload);
  return toBinary(schema, create(schema, { ...original, ...change, $typeName: undefined } as MessageInitShape<Desc>));
}

const ref = { taskId: filled(1), taskType: 0, t0: 1n };
const badRefs = [
  ["a Ref of 31 bytes", { ...ref, taskId: filled(1, 31) }],
  ["a Ref of task type 6", { ...ref, taskType: 6 }],
  ["a Ref past 48 bits", { ...ref, t0: 2n ** 48n }],
  ["an empty Ref", { taskId: new Uint8Array(), taskType: 0, t0: 0n }],
  ["no Ref", undefined],
] as const;
const badBodies = [
  ["no body", undefined],
  ["a body of length 0", { hash: filled(1), length: 0 }],
  ["a body over 1 MiB", { hash: filled(1), length: 1_048_577 }],
  ["a body hash of 33 bytes", { hash: filled(1, 33), length: 1 }],
] as const;
const badChainIds = [
  ["a chain id of 31 bytes", filled(1, 31)],
  ["a chain id of 1 byte", filled(1, 1)],
] as const;

type Refusal = readonly [what: string, payload: Uint8Array];

function refusals(type: MessageType, list: readonly Refusal[]): void {
  test.each(list)("%s is refused", (_, payload) => {
    expect(decodePayload(type, payload)).toEqual({ ok: false, code: "payload_out_of_range" });
  });
}

describe("task announcement", () => {
  const change = (fields: MessageInitShape<typeof TaskAnnouncementSchema>) =>
    altered(TaskAnnouncementSchema, TASK, fields);
  refusals(MessageType.TaskAnnouncement, [
    ["kind 2", change({ kind: 2 })],
    ["task type 6", change({ taskType: 6 })],
    ["a deadline past 48 bits", change({ deadline: 2n ** 48n })],
    ["difficulty 4", change({ difficulty: 4 })],
    ["verification 4", change({ verification: 4 })],
    ["256 reviewers", change({ requiredReviewers: 256 })],
    ["reviewers of an automatic verification", change({ verification: 0 })],
    ["reviewers of a hybrid verification", change({ verification: 3 })],
    ["no participants", change({ maxParticipants: 0 })],
    ["256 participants", change({ maxParticipants: 256 })],
    ["quality threshold 101", change({ qualityThreshold: 101 })],
    ["a Ref in a task", change({ task: ref })],
    ...badBodies.map(([what, body]): Refusal => [what, change({ body } as never)]),
    ...badChainIds.map(([what, chainId]): Refusal => [what, change({ chainId })]),
  ]);

  test("the edges of every range are accepted", () => {
    for (const [verification, requiredReviewers] of [
      [0, 0],
      [1, 255],
      [2, 255],
      [3, 0],
    ] as const) {
      const payload = {
        ...TASK_PAYLOAD,
        taskType: 5,
        deadlineSeconds: 2 ** 48 - 1,
        rewardNano: 2n ** 64n - 1n,
        difficulty: 3,
        verification,
        requiredReviewers,
        maxParticipants: 255,
        qualityThreshold: 100,
        body: { hash: filledHex(9), length: 1_048_576 },
        chainId: filledHex(8),
      };
      expect(decodeTask(encodeRecord(payload))).toEqual({ ok: true, value: payload });
    }
  });

  test("a value that the wire can't carry throws", () => {
    for (const change of [
      { deadlineSeconds: 1.5 },
      { deadlineSeconds: Number.NaN },
      { deadlineSeconds: -1 },
      { rewardNano: 2n ** 64n },
      { difficulty: -1 },
      { maxParticipants: 2 ** 32 },
    ]) {
      expect(() => encodeRecord({ ...TASK_PAYLOAD, ...change })).toThrow(NetworkError);
    }
  });
});

describe("cancellation", () => {
  const change = (fields: MessageInitShape<typeof TaskAnnouncementSchema>) =>
    altered(TaskAnnouncementSchema, CANCEL, fields);
  refusals(MessageType.TaskAnnouncement, [
    ["a deadline", change({ deadline: 1n })],
    ["a task type", change({ taskType: 1 })],
    ["participants", change({ maxParticipants: 1 })],
    ["a body", change({ body: { hash: filled(1), length: 1 } })],
    ["a chain id", change({ chainId: filled(1) })],
    ...badRefs.map(([what, task]): Refusal => [what, change({ task } as never)]),
  ]);
});

describe("submission announcement", () => {
  const change = (fields: MessageInitShape<typeof SubmissionAnnouncementSchema>) =>
    altered(SubmissionAnnouncementSchema, SUBMISSION, fields);
  refusals(MessageType.SubmissionAnnouncement, [
    ["quality hint 101", change({ qualityHint: 101 })],
    ...badRefs.map(([what, task]): Refusal => [what, change({ task } as never)]),
    ...badBodies.map(([what, body]): Refusal => [what, change({ body } as never)]),
    ...badChainIds.map(([what, chainId]): Refusal => [what, change({ chainId })]),
  ]);
});

describe("validation announcement", () => {
  const change = (fields: MessageInitShape<typeof ValidationAnnouncementSchema>) =>
    altered(ValidationAnnouncementSchema, VALIDATION, fields);
  refusals(MessageType.ValidationAnnouncement, [
    ["score 101", change({ score: 101 })],
    ["kind 3", change({ kind: 3 })],
    ["a submission id of 31 bytes", change({ submissionId: filled(1, 31) })],
    ...badRefs.map(([what, task]): Refusal => [what, change({ task } as never)]),
    ...badBodies.slice(1).map(([what, body]): Refusal => [what, change({ body } as never)]),
  ]);

  test("a validation without body and with score 0 is accepted", () => {
    const { task, submissionId } = fromBinary(ValidationAnnouncementSchema, VALIDATION.payload);
    const init = { submissionId, ...(task === undefined ? {} : { task }) };
    const bytes = toBinary(ValidationAnnouncementSchema, create(ValidationAnnouncementSchema, init));
    const decoded = decodePayload(MessageType.ValidationAnnouncement, bytes);
    expect(decoded.ok && "score" in decoded.value && decoded.value.score).toBe(0);
    expect(decoded.ok && "body" in decoded.value).toBe(false);
  });
});

describe("sync request", () => {
  const request = (fields: MessageInitShape<typeof SyncRequestSchema>) =>
    toBinary(SyncRequestSchema, create(SyncRequestSchema, { requestId: filled(0x5a, 16), ...fields }));
  const strand = Uint8Array.of(0, 0, 0);
  refusals(MessageType.SyncRequest, [
    ["a request id of 15 bytes", altered(SyncRequestSchema, SYNC_REQUEST, { requestId: filled(1, 15) })],
    ["kind 5", request({ kind: 5, task: ref })],
    ["a bodies request without hashes", request({ kind: 4 })],
    ["a bodies request of 129 hashes", request({ kind: 4, hashes: Array.from({ length: 129 }, (_, i) => filled(i)) })],
    ["a hash of 31 bytes", request({ kind: 4, hashes: [filled(1), filled(2, 31)] })],
    ["a hash twice", request({ kind: 4, hashes: [filled(1), filled(2), filled(1)] })],
    ["a bodies request with a task", request({ kind: 4, hashes: [filled(1)], task: ref })],
    ["a bodies request with an author alone", request({ kind: 4, hashes: [filled(1)], author: filled(1) })],
    ["a body request with hashes", request({ kind: 1, hash: filled(1), hashes: [filled(1)] })],
    ["a task request without flags", request({ task: ref })],
    ["flag 16", request({ task: ref, flags: 16 })],
    ["a task request with a hash", request({ task: ref, flags: 1, hash: filled(1) })],
    ["a body request without a hash", request({ kind: 1 })],
    ["a body request with flags", request({ kind: 1, hash: filled(1), flags: 1 })],
    ["an author without a proof", request({ kind: 1, hash: filled(1), author: filled(1) })],
    ["a proof without an author", request({ kind: 1, hash: filled(1), proof: filled(1, 96) })],
    ["a proof of 95 bytes", request({ kind: 1, hash: filled(1), author: filled(1), proof: filled(1, 95) })],
    ["a list request with a task", request({ kind: 2, hash: filled(1), task: ref })],
    ["a list request without a hash", request({ kind: 2 })],
    ["a windows request without strands", request({ kind: 3, toDay: 1 })],
    ["a strand of 2 bytes", request({ kind: 3, strands: [Uint8Array.of(0, 0)] })],
    ["a strand of task type 6", request({ kind: 3, strands: [Uint8Array.of(6, 0, 0)] })],
    ["a strand of kind 2", request({ kind: 3, strands: [Uint8Array.of(0, 2, 0)] })],
    ["a strand twice", request({ kind: 3, strands: [strand, strand] })],
    ["strands descending", request({ kind: 3, strands: [Uint8Array.of(1, 0, 0), strand] })],
    ["days the wrong way round", request({ kind: 3, strands: [strand], fromDay: 2, toDay: 1 })],
    ["a windows request with a hash", request({ kind: 3, strands: [strand], hash: filled(1) })],
    ...badRefs.map(([what, task]): Refusal => [what, request({ flags: 1, task } as never)]),
  ]);

  test("every kind decodes to what was encoded", () => {
    const access = { author: filledHex(3), proof: filledHex(4, 96) };
    const many = Array.from({ length: BODIES_MAX }, (_, i) => filledHex(i));
    for (const value of [
      { kind: "task", requestId: REQUEST_ID, task: REF, flags: 1 },
      { kind: "body", requestId: REQUEST_ID, hash: filledHex(2) },
      { kind: "body", requestId: REQUEST_ID, hash: filledHex(2), task: REF, access },
      { kind: "list", requestId: REQUEST_ID, hash: filledHex(2) },
      {
        kind: "windows",
        requestId: REQUEST_ID,
        strands: ["000000", "000100", "0500fe"],
        fromDay: 0,
        toDay: 2 ** 32 - 1,
      },
      { kind: "bodies", requestId: REQUEST_ID, hashes: [filledHex(3), filledHex(2)] },
      { kind: "bodies", requestId: REQUEST_ID, hashes: many, access },
    ] as const) {
      expect(decodeSyncRequest(encodeSyncRequest(value))).toEqual({ ok: true, value });
    }
  });
});

describe("sync response and scores", () => {
  refusals(MessageType.SyncResponse, [
    ["a request id of 17 bytes", altered(SyncResponseSchema, SYNC_RESPONSE, { requestId: filled(1, 17) })],
    ["status 5", altered(SyncResponseSchema, SYNC_RESPONSE, { status: 5 })],
  ]);
  const scores = (count: number, basisPoints = 1) =>
    toBinary(
      PeerScoreUpdateSchema,
      create(PeerScoreUpdateSchema, {
        scores: Array.from({ length: count }, (_, i) => ({ key: filled(i), basisPoints })),
      }),
    );
  refusals(MessageType.PeerScoreUpdate, [
    ["no score", scores(0)],
    ["65 scores", scores(65)],
    ["10,001 basis points", scores(1, 10_001)],
    ["a key of 31 bytes", altered(PeerScoreUpdateSchema, PEER_SCORES, { scores: [{ key: filled(1, 31) }] })],
    ["a key twice", altered(PeerScoreUpdateSchema, PEER_SCORES, { scores: [{ key: filled(1) }, { key: filled(1) }] })],
    [
      "keys descending",
      altered(PeerScoreUpdateSchema, PEER_SCORES, { scores: [{ key: filled(2) }, { key: filled(1) }] }),
    ],
  ]);

  test("64 scores are accepted", () => {
    expect(decodePayload(MessageType.PeerScoreUpdate, scores(64, 10_000)).ok).toBe(true);
  });
});

describe("vote", () => {
  const change = (fields: MessageInitShape<typeof ConsensusVoteSchema>) => altered(ConsensusVoteSchema, VOTE, fields);
  refusals(MessageType.ConsensusVote, [
    ["round 65,536", change({ round: 65_536 })],
    ["step 2", change({ step: 2 })],
    ["a commit that holds", change({ step: 1, held: 1 })],
    ["a prepare that holds a round past its own", change({ round: 2, held: 4 })],
    ["a value of 31 bytes", change({ value: filled(1, 31) })],
    ["no roster", change({ roster: new Uint8Array() })],
    ["a submission id of 33 bytes", change({ submissionId: filled(1, 33) })],
    ...badRefs.map(([what, task]): Refusal => [what, change({ task } as never)]),
  ]);

  test("a prepare may contain the quorum of its own round", () => {
    for (const [round, held] of [
      [0, 1],
      [2, 3],
      [65_535, 65_536],
    ] as const) {
      expect(decodePayload(MessageType.ConsensusVote, change({ round, held })).ok).toBe(true);
    }
  });
});

describe("alert", () => {
  const change = (fields: MessageInitShape<typeof FraudAlertSchema>) => altered(FraudAlertSchema, ALERT, fields);
  refusals(MessageType.FraudAlert, [
    ["kind 0", change({ kind: 0 })],
    ["kind 5", change({ kind: 5 })],
    ["one envelope", change({ second: new Uint8Array() })],
  ]);
});

describe("certificate", () => {
  const change = (fields: MessageInitShape<typeof CertificateSchema>) =>
    altered(CertificateSchema, CERTIFICATE, fields);
  const commit = (rosterIndex: number, timestamp = 1n, length = 96) => ({
    rosterIndex,
    timestamp,
    signature: filled(1, length),
  });
  refusals(MessageType.Certificate, [
    ["round 65,536", change({ round: 65_536 })],
    ["no list", change({ list: new Uint8Array() })],
    ["no commit", change({ commits: [] })],
    ["a roster index twice", change({ commits: [commit(1), commit(1)] })],
    ["roster indexes descending", change({ commits: [commit(1), commit(0)] })],
    ["roster index 256", change({ commits: [commit(256)] })],
    ["a timestamp past 48 bits", change({ commits: [commit(0, 2n ** 48n)] })],
    ["a signature of 64 bytes", change({ commits: [commit(0, 1n, 64)] })],
    ...badRefs.map(([what, task]): Refusal => [what, change({ task } as never)]),
  ]);
});
