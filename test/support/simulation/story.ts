import { bodyRef, encodeBody, type RecordBody } from "../../../src/protocol/bodies.js";
import type { BodyRef, RecordPayload, TaskRef } from "../../../src/protocol/records.js";
import { blake3, keyOf, signRecord } from "./fake-signer.js";
import type { SimNode } from "./sim-node.js";
import type { World } from "./world.js";

export const START_SECONDS = 20_000 * 86_400 + 43_200;

/** A record as its author made it, to be published or sent by any peer. */
export interface Made {
  readonly id: string;
  readonly envelope: Uint8Array;
  readonly payload: RecordPayload;
  readonly body: Uint8Array;
  readonly task: TaskRef;
}

/** Makes the records of authors in the simulated network, with numbers as an honest signer gives them. */
export class Story {
  readonly #network: World;
  readonly #numbers = new Map<string, number>();

  constructor(network: World) {
    this.#network = network;
  }

  get nowSeconds(): number {
    return Math.floor(this.#network.clock.nowMs / 1000);
  }

  #number(author: string, type: number): number {
    const key = `${author}:${type}:${Math.floor(this.nowSeconds / 86_400)}`;
    const number = this.#numbers.get(key) ?? 0;
    this.#numbers.set(key, number + 1);
    return number;
  }

  #sign(author: string, payload: RecordPayload, body: RecordBody | undefined, at: At): Made {
    const bytes = body === undefined ? new Uint8Array() : encodeBody(body);
    const type = payload.kind === "submission" ? 1 : payload.kind === "validation" ? 2 : 0;
    const number = at.number ?? this.#number(author, type);
    const t = at.seconds ?? this.nowSeconds;
    const { id, envelope } = signRecord(this.#network.identity, author, payload, t, number);
    const task = payload.kind === "task" ? { taskId: id, taskType: payload.taskType, t0: t } : payload.task;
    return { id, envelope, payload, body: bytes, task };
  }

  task(author: string, deadlineSeconds: number, at: At = {}, taskType = 4, size = 64): Made {
    const detail =
      taskType === 4
        ? ({ type: "LogicReasoning", problemType: "riddle", complexity: 1 } as const)
        : ({ type: "CodeAnalysis", language: "c", complexity: "low" } as const);
    const data = new Uint8Array(size).fill(7);
    const fees = { gasFeeNano: 1n, stakeRequiredNano: 2n };
    const body: RecordBody = { kind: "task", author, detail, description: `task ${this.nowSeconds}`, data, ...fees };
    const terms = { difficulty: 0, verification: 1, requiredReviewers: 2, maxParticipants: 5, qualityThreshold: 50 };
    const ref = bodyRef(blake3, encodeBody(body));
    return this.#sign(
      author,
      { kind: "task", taskType, deadlineSeconds, rewardNano: 9n, ...terms, body: ref },
      body,
      at,
    );
  }

  submission(author: string, task: TaskRef, at: At = {}, answer = author): Made {
    const text = new TextEncoder().encode(answer);
    const body: RecordBody = {
      kind: "submission",
      author,
      taskId: task.taskId,
      answer: text,
      stakeNano: 1n,
      gasFeeNano: 1n,
    };
    const ref = bodyRef(blake3, encodeBody(body));
    return this.#sign(author, { kind: "submission", task, body: ref, qualityHint: 1 }, body, at);
  }

  validation(author: string, submission: Made, score: number, at: At = {}): Made {
    const { id: submissionId, task } = submission;
    return this.#sign(author, { kind: "validation", task, submissionId, score, validationKind: 1 }, undefined, at);
  }

  /** The same task by another author, with this body. */
  withBody(author: string, { payload, body: bytes }: Made, body: BodyRef): Made {
    if (payload.kind !== "task") throw new TypeError("a task");
    return { ...this.#sign(author, { ...payload, body }, undefined, {}), body: bytes };
  }

  /** A validation that announces a submission's body as its own. */
  copiedBody(author: string, submission: Made): Made {
    const { id: submissionId, task, payload } = submission;
    const body = payload.kind === "submission" ? { body: payload.body } : {};
    const copied: RecordPayload = { kind: "validation", task, submissionId, score: 1, validationKind: 1, ...body };
    return { ...this.#sign(author, copied, undefined, {}), body: submission.body };
  }

  /** Publishes a record at a node as the node's own. */
  publish(node: SimNode, made: Made): Made {
    const { payload, body, task } = made;
    const ref = payload.kind === "cancel" ? undefined : payload.body;
    node.publish(made.envelope, ref === undefined ? undefined : { hash: ref.hash, taskId: task.taskId, bytes: body });
    return made;
  }
}

export interface At {
  readonly seconds?: number;
  readonly number?: number;
}

export function author(index: number): string {
  return keyOf(`author ${index}`);
}
