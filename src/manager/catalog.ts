import type { SubmissionDetails, TaskDetails, TaskPage, TaskQuery } from "../api/control.js";
import type { CountedSubmission, TaskView } from "../engine/views.js";
import { type RecordBody, type SubmissionBody, type TaskBody, type ValidationBody, decodeBody } from "../protocol/bodies.js";
import { NetworkError } from "../protocol/errors.js";
import type { BodyRef } from "../protocol/records.js";
import type { ControlParts } from "./control.js";

/** Reads tasks for people and programs: the engine's view of them, with the bodies that the disk holds. */
export class Catalog {
  readonly #parts: ControlParts;

  constructor(parts: ControlParts) {
    this.#parts = parts;
  }

  /** The view now; a task that is no longer in memory is folded from the disk. */
  async view(taskId: string): Promise<TaskView | undefined> {
    const { engine, options, writer } = this.#parts;
    const live = engine.task(taskId, this.#nowSeconds());
    if (live !== undefined) return live;
    await writer.drained();
    return engine.foldStored(taskId, await options.store.taskRecords(taskId), this.#nowSeconds());
  }

  async task(taskId: string): Promise<TaskDetails> {
    const view = await this.view(taskId);
    if (view === undefined) throw new NetworkError("not_found", "no record of this task is held");
    const payload = view.announcement?.payload;
    const body = payload?.kind === "task" ? await this.#body("task", payload.body) : undefined;
    const submissions: SubmissionDetails[] = [];
    for (const counted of view.submissions) submissions.push(await this.#details(taskId, counted));
    return { view, body: body as TaskBody | undefined, submissions };
  }

  async submission(submissionId: string): Promise<SubmissionDetails> {
    const taskId = this.#parts.engine.member(submissionId)?.taskId;
    const view = taskId === undefined ? undefined : await this.view(taskId);
    const counted = view?.submissions.find(({ id }) => id === submissionId);
    if (taskId === undefined || counted === undefined) {
      throw new NetworkError("not_found", "no submission of this id counts here");
    }
    return this.#details(taskId, counted);
  }

  list(query: TaskQuery): TaskPage {
    return this.#parts.engine.tasks(query, this.#nowSeconds());
  }

  #nowSeconds(): number {
    return Math.floor(this.#parts.nowMs() / 1000);
  }

  async #details(taskId: string, counted: CountedSubmission): Promise<SubmissionDetails> {
    const validationBodies = new Map<string, ValidationBody>();
    for (const { id, body } of counted.validations) {
      const decoded = body === undefined ? undefined : await this.#body("validation", body);
      if (decoded?.kind === "validation") validationBodies.set(id, decoded);
    }
    const body = await this.#body("submission", counted.body);
    return {
      taskId,
      counted,
      confidenceBasisPoints: this.#parts.engine.confidence(counted.verdict),
      body: body as SubmissionBody | undefined,
      validationBodies,
    };
  }

  /** A body from the disk; one that can't be read back counts as not held, and is counted. */
  async #body(kind: RecordBody["kind"], ref: BodyRef): Promise<RecordBody | undefined> {
    const bytes = await this.#parts.options.store.body(ref.hash);
    if (bytes === undefined) return undefined;
    const decoded = decodeBody(kind, bytes);
    return decoded.ok ? decoded.value : undefined;
  }
}
