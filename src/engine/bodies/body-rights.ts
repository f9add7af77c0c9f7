import type { TaskRef } from "../../protocol/records.js";
import { isRegistered } from "../chain-facts.js";
import type { Context } from "../context.js";
import type { BodyRight } from "../exchange/index.js";
import type { ConsensusTracker } from "../fold/index.js";
import type { HeldBody } from "../set/index.js";

/** When and how this node may ask for a body. */
export type BodyAccess =
  | { readonly kind: "open" }
  /** Before the deadline, with the proof of one of this node's authors. */
  | { readonly kind: "proof"; readonly author: string }
  /** By the machine's clock. */
  | { readonly kind: "not_before"; readonly deadlineMs: number }
  /** The task is not held, so its deadline is unknown and no peer serves the body. */
  | { readonly kind: "task_unknown" };

/** Wait after the deadline before a body is requested again, for clocks that differ a little. */
const AFTER_DEADLINE_MS = 5000;
/** Interval of checks while the task is unknown; the arrival of the task starts a check at once. */
const TASK_WAIT_MS = 30_000;
/** Interval of checks of a withheld body: an author of this node may have gained the right to it. */
const RIGHT_LOOK_MS = 600_000;

/** Time of the next check of a body that this node may not have now, on the engine's clock. */
export function lookAgainMs(
  context: Context,
  access: Extract<BodyAccess, { kind: "not_before" | "task_unknown" }>,
): number {
  if (access.kind === "task_unknown") return context.nowMs + TASK_WAIT_MS;
  const openMs = context.fromWall(access.deadlineMs + AFTER_DEADLINE_MS);
  // Without authors no right can be gained, so the deadline alone counts.
  return context.authors.size === 0 ? openMs : Math.min(openMs, context.nowMs + RIGHT_LOOK_MS);
}

/** Who may have a submission's body before the deadline (protocol.md, Submission bodies). */
export class BodyRights {
  readonly #context: Context;
  readonly #tracker: ConsensusTracker;

  constructor(context: Context, tracker: ConsensusTracker) {
    this.#context = context;
    this.#tracker = tracker;
  }

  /** The deadline of a task in ms; undefined while its announcement is not held. */
  deadlineMs(taskId: string): number | undefined {
    const announcement = this.#tracker.announcement(taskId);
    return announcement === undefined ? undefined : announcement.payload.deadlineSeconds * 1000;
  }

  /** The right to a held body now, of `author` if one is given. While the task is unknown, no peer gets its bodies. */
  right(body: HeldBody, author: string | undefined): BodyRight {
    if (body.kind !== "submission") return "everyone";
    const deadlineMs = this.deadlineMs(body.taskId);
    if (deadlineMs === undefined) return "nobody";
    if (this.#context.clockMs > deadlineMs) return "everyone";
    return author !== undefined && this.maySee(body.taskId, author) ? "proof" : "nobody";
  }

  /** True for the publisher and roster members; without a roster, for registered authors without a submission. */
  maySee(taskId: string, author: string): boolean {
    if (this.#tracker.announcement(taskId)?.author === author) return true;
    const roster = this.#tracker.roster(taskId);
    if (roster !== undefined) return roster.weights.has(author);
    if (!isRegistered(this.#context.facts?.registry, author, this.#context.nowSeconds)) return false;
    return !this.#tracker.hasSubmitted(taskId, author);
  }

  /** When and how this node may ask for the body of a record of this kind. */
  access(kind: HeldBody["kind"], taskId: string): BodyAccess {
    if (kind !== "submission") return { kind: "open" };
    const deadlineMs = this.deadlineMs(taskId);
    if (deadlineMs === undefined) return { kind: "task_unknown" };
    if (this.#context.clockMs > deadlineMs) return { kind: "open" };
    const author = this.proofAuthor(taskId);
    return author === undefined ? { kind: "not_before", deadlineMs } : { kind: "proof", author };
  }

  /** An author of this node that may have bodies of the task before the deadline. */
  proofAuthor(taskId: string): string | undefined {
    for (const author of this.#context.authors) if (this.maySee(taskId, author)) return author;
    return undefined;
  }
}

/** A reference by which peers find the task. When only the id is known, type and time are 0. */
export function refOfTask(tracker: ConsensusTracker, taskId: string): TaskRef {
  const task = tracker.folded(taskId)?.task;
  return task === undefined ? { taskId, taskType: 0, t0: 0 } : { taskId, taskType: task.taskType, t0: task.t0 };
}
