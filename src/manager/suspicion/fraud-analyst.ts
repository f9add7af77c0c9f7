import type { BoundRow, FraudAnalysis, FraudIndicator } from "../../api/index.js";
import { BoundedMap, type CountedSubmission, type Engine, type TaskView } from "../../engine/index.js";
import { decodeBody } from "../../protocol/bodies.js";
import { NetworkError } from "../../protocol/errors.js";
import type { RecordStore } from "../../storage/index.js";
import { habitIndicators, likenessIndicator } from "./indicators.js";
import { type Sketch, shinglesOf, similarity, sketchOf } from "./sketch.js";
import { ValidatorHabits } from "./validator-habits.js";

/** Most analyses that wait: each reads bodies, and people ask for few. */
const ANALYSES_MAX = 8;
/** A call reads the newest events up to this number, in pages. */
const EVENTS_PER_CALL = 4000;
const EVENTS_A_PAGE = 1000;
/** Bodies that one call reads: together at most 16 MiB from the disk. */
const BODIES_PER_CALL = 16;
/** Sketches of answers, 600 bytes each. */
const SKETCHES_MAX = 16_384;
/** Validators of one submission whose habits are looked at. */
const VALIDATORS_SHOWN = 32;

export interface AnalystPorts {
  readonly engine: Pick<Engine, "entry" | "task" | "eventSequence">;
  readonly store: Pick<RecordStore, "body" | "events">;
  readonly nowMs: () => number;
}

/** Computes fraud analyses, one after the other. Nothing is computed before a program asks. */
export class FraudAnalyst {
  readonly #ports: AnalystPorts;
  readonly #habits = new ValidatorHabits();
  /** By submission; `short`: the answer can't be compared. */
  readonly #sketches = new BoundedMap<string, Sketch | "short">(SKETCHES_MAX);
  /** The newest event that was read. */
  #sequence = 0;
  #waiting = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(ports: AnalystPorts) {
    this.#ports = ports;
  }

  /** Waiting calls, and what is remembered. */
  boundRows(): readonly BoundRow[] {
    return [
      { name: "fraud_analyses", size: this.#waiting, cap: ANALYSES_MAX },
      { name: "answer_sketches", size: this.#sketches.size, cap: SKETCHES_MAX },
      ...this.#habits.boundRows(),
    ];
  }

  /** `not_found` for a submission that does not count, `peer_busy` beyond the bound. */
  analyse(submissionId: string): Promise<FraudAnalysis> {
    if (this.#waiting >= ANALYSES_MAX) {
      const busy = `${ANALYSES_MAX} fraud analyses are being computed already`;
      return Promise.reject(new NetworkError("peer_busy", busy, { details: { limit: ANALYSES_MAX } }));
    }
    this.#waiting++;
    const analysis = this.#last.then(() => this.#analyse(submissionId));
    this.#last = analysis.catch(() => undefined).finally(() => this.#waiting--);
    return analysis;
  }

  async #analyse(submissionId: string): Promise<FraudAnalysis> {
    const { engine, nowMs } = this.#ports;
    const atSeconds = Math.floor(nowMs() / 1000);
    const taskId = engine.entry(submissionId)?.taskId;
    const view = taskId === undefined ? undefined : engine.task(taskId, atSeconds);
    const own = view?.submissions.find(({ id }) => id === submissionId);
    if (view === undefined || own === undefined) {
      throw new NetworkError("not_found", "the node has no accepted submission of this id");
    }
    await this.#readEvents();
    const likenesses = await this.#likenesses(view, own);
    const validators = [...own.validations.ascending()].slice(0, VALIDATORS_SHOWN).map(({ validator }) => validator);
    const habits = validators.flatMap((validator) => habitIndicators(validator, this.#habits.habitsOf(validator)));
    return {
      submissionId,
      miner: own.submitter,
      atSeconds,
      indicators: [...likenesses.indicators, ...habits],
      comparedAnswers: likenesses.compared,
      uncomparedAnswers: view.submissions.length - 1 - likenesses.compared,
      validators: validators.length,
    };
  }

  /** Reads the validations of the newest events. Events before them are left out. */
  async #readEvents(): Promise<void> {
    const { engine, store } = this.#ports;
    const newest = engine.eventSequence;
    let after = Math.max(this.#sequence, newest - EVENTS_PER_CALL);
    while (after < newest) {
      const events = await store.events(after, Math.min(EVENTS_A_PAGE, newest - after));
      for (const { event, body } of events) {
        if (event !== "validation_completed") continue;
        const { submission_id: submissionId, validator, score, timestamp: timestampSeconds } = body;
        this.#habits.note({ submissionId, validator, score, timestampSeconds });
      }
      // Events may be missing: the disk keeps the newest ones only.
      after = events.at(-1)?.sequence ?? newest;
    }
    this.#sequence = newest;
  }

  async #likenesses(
    view: TaskView,
    own: CountedSubmission,
  ): Promise<{ readonly indicators: readonly FraudIndicator[]; readonly compared: number }> {
    const others = view.submissions.filter(({ id, submitter }) => id !== own.id && submitter !== own.submitter);
    const left = { bodies: BODIES_PER_CALL };
    let quoted: Set<number> | undefined;
    const quotes = async (): Promise<ReadonlySet<number>> => {
      quoted ??= await this.#quotes(view);
      return quoted;
    };
    const sketch = await this.#sketch(view.taskId, own, quotes, left);
    const indicators: FraudIndicator[] = [];
    let compared = 0;
    for (const other of others) {
      const isEarlier = other.timestampSeconds < own.timestampSeconds;
      const common = { submissionId: other.id, isEarlier };
      if (other.body.hash === own.body.hash) {
        compared++;
        const copied = likenessIndicator({ ...common, similarity: undefined });
        if (copied !== undefined) indicators.push(copied);
        continue;
      }
      const theirs = await this.#sketch(view.taskId, other, quotes, left);
      if (theirs === undefined || sketch === undefined) continue;
      compared++;
      if (theirs === "short" || sketch === "short") continue;
      const found = likenessIndicator({ ...common, similarity: similarity(sketch, theirs) });
      if (found !== undefined) indicators.push(found);
    }
    return { indicators, compared };
  }

  /** Undefined: the body is not held, is another author's, or this call has read enough. */
  async #sketch(
    taskId: string,
    { id, submitter, body: { hash } }: CountedSubmission,
    quotes: () => Promise<ReadonlySet<number>>,
    left: { bodies: number },
  ): Promise<Sketch | "short" | undefined> {
    const known = this.#sketches.get(id);
    if (known !== undefined || left.bodies === 0) return known;
    left.bodies--;
    const bytes = await this.#ports.store.body(hash);
    const body = bytes === undefined ? undefined : decodeBody("submission", bytes);
    if (body === undefined || !body.ok || body.value.kind !== "submission") return undefined;
    if (body.value.author !== submitter || body.value.taskId !== taskId) return undefined;
    const sketch = sketchOf(body.value.answer, await quotes()) ?? "short";
    this.#sketches.set(id, sketch);
    return sketch;
  }

  /** Answers quote the task, which makes them no copies of each other. */
  async #quotes({ announcement }: TaskView): Promise<Set<number>> {
    if (announcement?.payload.kind !== "task") return new Set();
    const bytes = await this.#ports.store.body(announcement.payload.body.hash);
    const body = bytes === undefined ? undefined : decodeBody("task", bytes);
    if (body === undefined || !body.ok || body.value.kind !== "task") return new Set();
    const { description, data } = body.value;
    const quoted = shinglesOf(data);
    for (const hash of shinglesOf(new TextEncoder().encode(description))) quoted.add(hash);
    return quoted;
  }
}
