import { setMaxListeners } from "node:events";
import pTimeout from "p-timeout";
import type { BlockchainInterface, ChainMiner, ChainTask } from "../../chain/index.js";
import { BoundedMap } from "../../engine/index.js";
import { deadline } from "../../network/index.js";

/**
 * The longest time that an answer to a caller waits for the chain. A later reply of the chain is used for the next
 * answer.
 */
const CHAIN_ANSWER_MS = 500;
/** Time limit of one call to the chain. */
const CHAIN_CALL_MS = 5000;
/** How long a reply is reused, about a block: a program that polls causes one call. */
const GOOD_FOR_MS = 5000;
/** Replies kept, of tasks and of miners each: one page of a list. */
const ANSWERS_MAX = 256;
/** Calls under way, of tasks and of miners each. It protects a slow chain from many callers. */
const QUESTIONS_MAX = 16;

type Question<T> = (key: string, signal: AbortSignal) => Promise<T | undefined>;

/** Calls of one kind. Callers that ask for the same key at the same time share one call. */
class Asked<T> {
  readonly #question: Question<T>;
  readonly #nowMs: () => number;
  readonly #answers = new BoundedMap<string, { readonly value: T | undefined; readonly atMs: number }>(ANSWERS_MAX);
  readonly #running = new Map<string, Promise<T | undefined>>();

  constructor(question: Question<T>, nowMs: () => number) {
    this.#question = question;
    this.#nowMs = nowMs;
  }

  /** Undefined: unknown, or no reply in time. Never rejects. */
  async get(key: string, stopping: AbortSignal): Promise<T | undefined> {
    const known = this.#answers.get(key);
    if (known !== undefined && Math.abs(this.#nowMs() - known.atMs) < GOOD_FOR_MS) return known.value;
    const running = this.#running.get(key) ?? this.#ask(key, stopping);
    if (running === undefined) return known?.value;
    return pTimeout(running, { milliseconds: CHAIN_ANSWER_MS, fallback: () => known?.value });
  }

  #ask(key: string, stopping: AbortSignal): Promise<T | undefined> | undefined {
    if (this.#running.size >= QUESTIONS_MAX || stopping.aborted) return undefined;
    const late = deadline(CHAIN_CALL_MS, stopping);
    const running = this.#question(key, late.signal)
      .then((value) => {
        this.#answers.set(key, { value, atMs: this.#nowMs() });
        return value;
      })
      .catch(() => undefined)
      .finally(() => {
        late.clear();
        this.#running.delete(key);
      });
    this.#running.set(key, running);
    return running;
  }
}

/** Asks the chain about tasks and miners; the callers do not wait for a slow chain. */
export class ChainAnswers {
  readonly #tasks: Asked<ChainTask>;
  readonly #miners: Asked<ChainMiner>;
  readonly #stopping = new AbortController();

  constructor(chain: Pick<BlockchainInterface, "task" | "miner">, nowMs: () => number) {
    this.#tasks = new Asked((id, signal) => chain.task(id, signal), nowMs);
    // Each call under way adds one listener.
    setMaxListeners(2 * QUESTIONS_MAX, this.#stopping.signal);
    this.#miners = new Asked((key, signal) => chain.miner(key, signal), nowMs);
  }

  /** By the task id of the chain. */
  task(chainId: string): Promise<ChainTask | undefined> {
    return this.#tasks.get(chainId, this.#stopping.signal);
  }

  miner(key: string): Promise<ChainMiner | undefined> {
    return this.#miners.get(key, this.#stopping.signal);
  }

  stop(): void {
    this.#stopping.abort();
  }
}
