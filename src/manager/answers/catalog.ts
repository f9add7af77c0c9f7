import {
  MAX_VALIDATION_BODIES,
  type SubmissionCertificates,
  type SubmissionDetails,
  type SubmissionSummary,
  type SubmissionVotes,
  type TaskDetails,
  type TaskOnChain,
  type TaskPage,
  type TaskQuery,
} from "../../api/index.js";
import {
  type CertifiedSubmission,
  type CountedSubmission,
  confidenceBasisPoints,
  outlierOf,
  type RewardsOf,
  type TaskRecord,
  type TaskView,
} from "../../engine/index.js";
import { decodeBody, type RecordBody, type ValidationBody } from "../../protocol/bodies.js";
import { NetworkError } from "../../protocol/errors.js";
import type { Blake3 } from "../../protocol/hash.js";
import type { BodyRef } from "../../protocol/records.js";
import type { ChainAnswers } from "../chain/index.js";
import type { StoreWriter } from "../outbound/index.js";
import { readCertificates, taskOfSubmission } from "./certificate-reader.js";
import { syncReport } from "./report.js";
import type { ReportParts } from "./report-parts.js";

export interface CatalogParts extends ReportParts {
  readonly chain: Pick<ChainAnswers, "task">;
  readonly writer: ReportParts["writer"] & Pick<StoreWriter, "readable" | "failing">;
  readonly blake3: Blake3;
}

/** Reads tasks and submissions: the engine's view, with bodies from the disk and the chain's state. */
export class Catalog {
  readonly #parts: CatalogParts;

  constructor(parts: CatalogParts) {
    this.#parts = parts;
  }

  /** The task now; undefined if the node holds no record of it. */
  view(taskId: string): TaskView | undefined {
    return this.#parts.engine.task(taskId, this.#nowSeconds());
  }

  async task(taskId: string): Promise<TaskDetails> {
    const view = this.view(taskId);
    if (view === undefined) throw new NetworkError("not_found", "the node holds no record of this task");
    const { announcement } = view;
    const body =
      announcement?.payload.kind === "task"
        ? await this.#body("task", announcement.payload.body, announcement.author)
        : undefined;
    const submissions: SubmissionSummary[] = [];
    for (const counted of view.submissions) submissions.push(await this.#summary(counted));
    const { engine } = this.#parts;
    const [uncounted, alerts] = [engine.uncounted(taskId), engine.alerts(taskId)];
    const chain = announcement === undefined ? undefined : await this.#onChain(announcement);
    const { set } = syncReport(this.#parts);
    return {
      view,
      set,
      body: body?.kind === "task" ? body : undefined,
      submissions,
      uncounted: uncounted?.submissions,
      excludedValidations: uncounted?.validations,
      alerts,
      chain,
    };
  }

  async submission(submissionId: string): Promise<SubmissionDetails> {
    const taskId = this.#parts.engine.entry(submissionId)?.taskId;
    const counted =
      taskId === undefined ? undefined : this.view(taskId)?.submissions.find(({ id }) => id === submissionId);
    if (taskId === undefined || counted === undefined) {
      throw new NetworkError("not_found", "the node has no accepted submission of this id");
    }
    const validationBodies = new Map<string, ValidationBody>();
    for (const { id, body, validator } of counted.validations.ascending()) {
      if (body === undefined || validationBodies.size === MAX_VALIDATION_BODIES) continue;
      const decoded = await this.#body("validation", body, validator);
      if (decoded?.kind === "validation" && decoded.submissionId === submissionId) validationBodies.set(id, decoded);
    }
    const read = await this.#body("submission", counted.body, counted.submitter);
    const body = read?.kind === "submission" && read.taskId === taskId ? read : undefined;
    const summary = await this.#summary(counted);
    return { ...summary, bodyHeld: body !== undefined, taskId, body, validationBodies };
  }

  certificates(submissionId: string): Promise<SubmissionCertificates> {
    const { engine, options, writer, blake3 } = this.#parts;
    const { store, identity } = options;
    return readCertificates({ engine, store, writer, blake3, genesis: identity.genesis }, submissionId);
  }

  votes(submissionId: string): SubmissionVotes {
    const { engine } = this.#parts;
    return { taskId: taskOfSubmission(engine, submissionId), ballots: engine.votes(submissionId) };
  }

  /** The certificates are read from the disk: at most one for each of 255 submissions, 24 KiB each. */
  async rewards(taskId: string): Promise<RewardsOf> {
    const view = this.view(taskId);
    const { engine } = this.#parts;
    const certified: CertifiedSubmission[] = [];
    for (const { submissionId, id } of view?.certified ?? []) {
      const { certificates } = await this.certificates(submissionId);
      const payload = certificates.find((one) => one.id === id)?.payload;
      if (payload !== undefined) certified.push({ submissionId, payload });
    }
    const rewards = engine.rewards(taskId, certified, this.#nowSeconds());
    if (rewards === undefined) throw new NetworkError("not_found", "the node holds no record of this task");
    return rewards;
  }

  list(query: TaskQuery): TaskPage {
    return { ...this.#parts.engine.tasks(query, this.#nowSeconds()), set: syncReport(this.#parts).set };
  }

  /** The announcement names the task id of the chain; the chain confirms it if the publisher is the author. */
  async #onChain({ payload, author }: Pick<TaskRecord, "payload" | "author">): Promise<TaskOnChain | undefined> {
    if (payload.kind !== "task" || payload.chainId === undefined) return undefined;
    const task = await this.#parts.chain.task(payload.chainId);
    return task === undefined ? undefined : { ...task, confirmed: task.publisher === author };
  }

  #nowSeconds(): number {
    return Math.floor(this.#parts.nowMs() / 1000);
  }

  async #summary(counted: CountedSubmission): Promise<SubmissionSummary> {
    return {
      counted,
      confidenceBasisPoints: confidenceBasisPoints(counted.verdict),
      outlier: outlierOf(counted, this.#parts.options.identity.rules),
      bodyHeld: await this.#parts.options.store.hasBody(counted.body.hash),
    };
  }

  /**
   * The author's body from the disk; undefined if it is missing, can't be read, or names another author. Anyone can
   * announce the hash of another author's body.
   */
  async #body(kind: RecordBody["kind"], ref: BodyRef, author: string): Promise<RecordBody | undefined> {
    const bytes = await this.#parts.options.store.body(ref.hash);
    const decoded = bytes === undefined ? undefined : decodeBody(kind, bytes);
    return decoded?.ok && decoded.value.author === author ? decoded.value : undefined;
  }
}
