import {
  MAX_VALIDATION_BODIES,
  type SubmissionDetails,
  type SubmissionSummary,
  type TaskDetails,
  type TaskPage,
  type TaskQuery,
} from "../api/control.js";
import { confidenceBasisPoints } from "../engine/index.js";
import type { CountedSubmission, TaskView } from "../engine/views.js";
import { decodeBody, type RecordBody, type ValidationBody } from "../protocol/bodies.js";
import { NetworkError } from "../protocol/errors.js";
import type { BodyRef } from "../protocol/records.js";
import type { ControlParts } from "./control.js";

/** Reads tasks for people and programs: the engine's view of them, with the bodies that the disk holds. */
export class Catalog {
  readonly #parts: ControlParts;

  constructor(parts: ControlParts) {
    this.#parts = parts;
  }

  /** The task as it stands now; undefined when no record of it is held. */
  view(taskId: string): TaskView | undefined {
    return this.#parts.engine.task(taskId, this.#nowSeconds());
  }

  async task(taskId: string): Promise<TaskDetails> {
    const view = this.view(taskId);
    if (view === undefined) throw new NetworkError("not_found", "no record of this task is held");
    const payload = view.announcement?.payload;
    const body = payload?.kind === "task" ? await this.#body("task", payload.body) : undefined;
    const submissions: SubmissionSummary[] = [];
    for (const counted of view.submissions) submissions.push(await this.#summary(counted));
    return { view, body: body?.kind === "task" ? body : undefined, submissions };
  }

  async submission(submissionId: string): Promise<SubmissionDetails> {
    const taskId = this.#parts.engine.entry(submissionId)?.taskId;
    const counted =
      taskId === undefined ? undefined : this.view(taskId)?.submissions.find(({ id }) => id === submissionId);
    if (taskId === undefined || counted === undefined) {
      throw new NetworkError("not_found", "no submission of this id counts here");
    }
    const validationBodies = new Map<string, ValidationBody>();
    for (const { id, body } of counted.validations) {
      if (body === undefined || validationBodies.size === MAX_VALIDATION_BODIES) continue;
      const decoded = await this.#body("validation", body);
      if (decoded?.kind === "validation") validationBodies.set(id, decoded);
    }
    const body = await this.#body("submission", counted.body);
    const summary = await this.#summary(counted);
    return { ...summary, taskId, body: body?.kind === "submission" ? body : undefined, validationBodies };
  }

  list(query: TaskQuery): TaskPage {
    return this.#parts.engine.tasks(query, this.#nowSeconds());
  }

  #nowSeconds(): number {
    return Math.floor(this.#parts.nowMs() / 1000);
  }

  async #summary(counted: CountedSubmission): Promise<SubmissionSummary> {
    return {
      counted,
      confidenceBasisPoints: confidenceBasisPoints(counted.verdict),
      bodyHeld: await this.#parts.options.store.hasBody(counted.body.hash),
    };
  }

  /** A body from the disk; one that can't be read back counts as not held. */
  async #body(kind: RecordBody["kind"], ref: BodyRef): Promise<RecordBody | undefined> {
    const bytes = await this.#parts.options.store.body(ref.hash);
    const decoded = bytes === undefined ? undefined : decodeBody(kind, bytes);
    return decoded?.ok ? decoded.value : undefined;
  }
}
