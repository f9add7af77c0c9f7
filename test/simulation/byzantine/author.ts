import { bodyRef, encodeBody, type RecordBody } from "../../../src/protocol/bodies.js";
import { toHex } from "../../../src/protocol/bytes.js";
import type { MessageType } from "../../../src/protocol/envelope.js";
import type { RecordPayload, TaskRef } from "../../../src/protocol/records.js";
import type { NetworkIdentity } from "../../../src/protocol/rules.js";
import { blake3 } from "../kernel/mock-kernel.js";
import type { Random } from "../world/random.js";
import { makeEnvelope, type PeerRecord, readRecord, seal } from "./records.js";

/** Where and when a record is dated. Without a number it gets the next one of its type. */
export interface At {
  readonly number?: number;
  readonly aheadSeconds?: number;
  readonly taskType?: number;
}

/** A record of the author with the body that it announces. */
export interface Made {
  readonly record: PeerRecord;
  readonly body: Uint8Array | undefined;
}

/** A key of a byzantine peer. It signs whatever it is asked to. */
export class ByzantineAuthor {
  readonly publicKey: Uint8Array;
  readonly key: string;
  readonly #identity: NetworkIdentity;
  readonly #random: Random;
  readonly #nowMs: () => number;
  readonly #numbers = [0, 0, 0];
  #made = 0;

  constructor(identity: NetworkIdentity, random: Random, nowMs: () => number) {
    this.#identity = identity;
    this.#random = random;
    this.#nowMs = nowMs;
    this.publicKey = random.bytes(32);
    // The encoding of a point has a clear highest bit.
    this.publicKey[31] = (this.publicKey[31] as number) & 0x7f;
    this.key = toHex(this.publicKey);
  }

  task(at: At = {}, bodyBytes = 64): Made {
    const { taskType = this.#random.below(6) } = at;
    const nowSeconds = Math.floor(this.#nowMs() / 1000) + (at.aheadSeconds ?? 0);
    const detail = DETAILS[taskType] ?? DETAILS[0];
    const data = new Uint8Array(bodyBytes).fill(this.#made);
    const fees = { gasFeeNano: 1n, stakeRequiredNano: 2n };
    const body: RecordBody = { kind: "task", author: this.key, detail, description: this.#text(), data, ...fees };
    const terms = { difficulty: 0, verification: 1, requiredReviewers: 2, maxParticipants: 5, qualityThreshold: 50 };
    return this.#make(at, body, (ref) => ({
      kind: "task",
      taskType,
      deadlineSeconds: nowSeconds + this.#random.between(60, 1800),
      rewardNano: 9n,
      ...terms,
      body: ref,
    }));
  }

  submission(task: TaskRef, at: At = {}): Made {
    const answer = new TextEncoder().encode(this.#text());
    const { taskId } = task;
    const fees = { stakeNano: 1n, gasFeeNano: 1n };
    const body: RecordBody = { kind: "submission", author: this.key, taskId, answer, ...fees };
    return this.#make(at, body, (ref) => ({ kind: "submission", task, body: ref, qualityHint: 1 }));
  }

  /** An envelope of any type. */
  seal(type: MessageType, payload: Uint8Array, timestampSeconds: number): Uint8Array {
    const { genesis, network } = this.#identity;
    return seal(genesis, { type, network, timestampSeconds, number: 0, sender: this.publicKey, payload });
  }

  /** Without a body. */
  validation(submissionId: string, task: TaskRef, score: number, at: At = {}): Made {
    return this.sign({ kind: "validation", task, submissionId, score, validationKind: 1 }, at);
  }

  /** Signs any payload. */
  sign(payload: RecordPayload, at: At = {}): Made {
    const type = payload.kind === "submission" ? 1 : payload.kind === "validation" ? 2 : 0;
    const number = at.number ?? (this.#numbers[type] as number);
    if (at.number === undefined) this.#numbers[type] = number + 1;
    const timestampSeconds = Math.floor(this.#nowMs() / 1000) + (at.aheadSeconds ?? 0);
    const envelope = makeEnvelope(this.#identity, { sender: this.publicKey, payload, timestampSeconds, number });
    const record = readRecord(this.#identity, envelope);
    if (record === undefined) throw new Error("an author of the simulator made no record");
    return { record, body: undefined };
  }

  #make(at: At, body: RecordBody, payloadOf: (ref: ReturnType<typeof bodyRef>) => RecordPayload): Made {
    const bytes = encodeBody(body);
    return { ...this.sign(payloadOf(bodyRef(blake3, bytes)), at), body: bytes };
  }

  #text(): string {
    return `${this.key.slice(0, 8)} ${this.#made++}`;
  }
}

const DETAILS = [
  { type: "CodeAnalysis", language: "c", complexity: "low" },
  { type: "SecurityAudit", scope: "all", standards: ["a"] },
  { type: "DataAnalysis", dataType: "text", analysisType: "count" },
  { type: "AlgorithmOptimization", domain: "sort", constraints: [] },
  { type: "LogicReasoning", problemType: "riddle", complexity: 1 },
  { type: "GeneralTask", category: "any", subcategory: "other" },
] as const;
