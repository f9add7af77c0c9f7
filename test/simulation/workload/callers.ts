import type { Published } from "../../../src/api/index.js";
import { NetworkError, type ReasonCode } from "../../../src/protocol/errors.js";
import type { Random } from "../world/random.js";
import type { Life, Schedule, Ticket } from "../world/schedule.js";
import { type AnyDraft, publish, type UserControl } from "./drafts.js";
import type { Ledger } from "./ledger.js";
import type { WorkloadSettings } from "./settings.js";

/** Refusals after which the same call may succeed. */
const PASSING: ReadonlySet<ReasonCode> = new Set([
  "storage_failed",
  "storage_full",
  "kernel_failed",
  "peer_busy",
  "stopped",
  "clock_behind",
  "unknown_author",
  "peer_id_in_use",
]);

/** A call that has no final answer yet. It goes on with the same idempotency key. */
interface Call {
  readonly draft: AnyDraft;
  readonly node: string;
  readonly isFaulty: boolean;
  attempts: number;
  /** Since when it waits for an answer; undefined: it waits for its next attempt. */
  askedMs: number | undefined;
  retry: Ticket | undefined;
  /** The record of an earlier acknowledgement, which a repeated call must name again. */
  acknowledgedId: string | undefined;
}

export interface CallersOptions {
  readonly schedule: Schedule;
  readonly random: Random;
  readonly settings: WorkloadSettings;
  readonly ledger: Ledger;
  readonly count: (name: string) => void;
}

/**
 * The programs that publish through one node. A call without an answer when the node goes down has an unknown result:
 * its program asks again with the same key when the node is back.
 */
export class Callers {
  readonly #options: CallersOptions;
  readonly #node: string;
  readonly #calls = new Set<Call>();
  #control: UserControl | undefined;
  #life: Life | undefined;

  constructor(node: string, options: CallersOptions) {
    this.#node = node;
    this.#options = options;
  }

  /** Calls without a final answer. */
  get open(): number {
    return this.#calls.size;
  }

  /** Calls that wait for an answer of the running node since before `beforeMs`. */
  unanswered(beforeMs: number): number {
    let count = 0;
    for (const { askedMs } of this.#calls) if (askedMs !== undefined && askedMs < beforeMs) count++;
    return count;
  }

  /** The node is up: calls of unknown result are made again. */
  attach(control: UserControl, life: Life): void {
    this.#control = control;
    this.#life = life;
    for (const call of this.#calls) this.#retryLater(call);
  }

  detach(): void {
    this.#control = undefined;
    this.#life = undefined;
    for (const call of this.#calls) {
      this.#cancel(call);
      if (call.askedMs !== undefined) this.#options.count("workload calls cut off");
      call.askedMs = undefined;
    }
  }

  call(draft: AnyDraft, isFaulty = false): void {
    const call: Call = {
      draft,
      node: this.#node,
      isFaulty,
      attempts: 0,
      askedMs: undefined,
      retry: undefined,
      acknowledgedId: undefined,
    };
    this.#calls.add(call);
    this.#ask(call);
  }

  #ask(call: Call): void {
    const control = this.#control;
    const life = this.#life;
    if (control === undefined || life === undefined) return;
    const { schedule, count } = this.#options;
    call.attempts++;
    call.askedMs = schedule.nowMs;
    count(`workload ${call.draft.kind} calls`);
    if (call.attempts > 1) count("workload calls again");
    // An answer of an earlier life is never seen: nothing of it runs any more. A stopping node answers its callers.
    schedule.after(0, life, () => {
      publish(control, call.draft).then(
        (published) => this.#calls.has(call) && this.#acknowledged(call, published),
        (error: unknown) => this.#calls.has(call) && this.#refused(call, error),
      );
    });
  }

  #acknowledged(call: Call, published: Published): void {
    const { schedule, ledger, random, settings, count } = this.#options;
    const { kind } = call.draft;
    const { record, duplicate } = published;
    call.askedMs = undefined;
    count(`workload ${kind} acknowledged`);
    if (duplicate) count("workload duplicates");
    if (call.isFaulty) this.#violated(`a ${kind} with a wrong parameter was published`);
    const { acknowledgedId } = call;
    if (acknowledgedId !== undefined) {
      if (record.id !== acknowledgedId) {
        this.#violated(`a repeated ${kind} call gave ${record.id} after ${acknowledgedId}`);
      } else if (!duplicate) {
        this.#violated(`a repeated ${kind} call was answered as the first`);
      }
    }
    ledger.acknowledge(this.#node, kind, published, schedule.nowMs);
    call.acknowledgedId = record.id;
    if (call.attempts < settings.attemptsMax && random.chance(settings.repeatShare)) this.#retryLater(call);
    else this.#calls.delete(call);
  }

  #refused(call: Call, error: unknown): void {
    const { settings, count } = this.#options;
    const code = error instanceof NetworkError ? error.code : "unexpected";
    call.askedMs = undefined;
    count(`workload refused ${code}`);
    if (code === "unexpected") this.#violated(`a ${call.draft.kind} call failed with ${String(error)}`);
    const isPassing = code !== "unexpected" && PASSING.has(code);
    if (isPassing && call.attempts < settings.attemptsMax) {
      this.#retryLater(call);
      return;
    }
    if (call.acknowledgedId !== undefined && !isPassing) {
      this.#violated(`a repeated ${call.draft.kind} call was refused with ${code} after ${call.acknowledgedId}`);
    }
    this.#calls.delete(call);
    count("workload calls given up");
  }

  #retryLater(call: Call): void {
    const { schedule, random, settings } = this.#options;
    this.#cancel(call);
    call.retry = schedule.after(random.exponential(settings.retryMs), undefined, () => {
      call.retry = undefined;
      this.#ask(call);
    });
  }

  #cancel(call: Call): void {
    if (call.retry !== undefined) this.#options.schedule.cancel(call.retry);
    call.retry = undefined;
  }

  #violated(text: string): void {
    this.#options.ledger.violated(this.#node, this.#options.schedule.nowMs, text);
  }
}
