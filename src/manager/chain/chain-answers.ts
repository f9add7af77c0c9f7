import { setMaxListeners } from "node:events";
import type { BlockchainInterface, ChainMiner, ChainTask } from "../../chain/index.js";
import { BoundedMap } from "../../engine/index.js";
import { deadline } from "../../network/index.js";

/** An answer of this node never waits longer for the chain: what comes later is there for the next one. */
const CHAIN_ANSWER_MS = 500;
/** A question that was not answered by then is given up. */
const CHAIN_CALL_MS = 5000;
/** What the chain said is good for about a block, so that a program that polls asks it once. */
const GOOD_FOR_MS = 5000;
/** Answers remembered, of tasks and of miners each: a page of a list, looked at one by one. */
const ANSWERS_MAX = 256;
/** Questions under way, likewise: more come from more callers than a slow chain should meet. */
const QUESTIONS_MAX = 16;

type Question<T> = (key: string, signal: AbortSignal) => Promise<T | undefined>;

/** One kind of question, asked once for all who want to know in the same moment. */
class Asked<T> {
  readonly #question: Question<T>;
  readonly #nowMs: () => number;
  readonly #answers = new BoundedMap<string, { readonly value: T | undefined; readonly atMs: number }>(ANSWERS_MAX);
  readonly #running = new Map<string, Promise<T | undefined>>();

  constructor(question: Question<T>, nowMs: () => number) {
    this.#question = question;
    this.#nowMs = nowMs;
  }

  /** Undefined: not known, or not in time. Never rejects. */
  async get(key: string, stopping: AbortSignal): Promise<T | undefined> {
    const known = this.#answers.get(key);
    if (known !== undefined && Math.abs(this.#nowMs() - known.atMs) < GOOD_FOR_MS) return known.value;
    const running = this.#running.get(key) ?? this.#ask(key, stopping);
    if (running === undefined) return known?.value;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<T | undefined>((resolve) => {
      timer = setTimeout(() => resolve(known?.value), CHAIN_ANSWER_MS);
    });
    try {
      return await Promise.race([running, late]);
    } finally {
      clearTimeout(timer);
    }
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

/** What the chain itself says of tasks and miners, for answers that must not wait for it. */
export class ChainAnswers {
  readonly #tasks: Asked<ChainTask>;
  readonly #miners: Asked<ChainMiner>;
  readonly #stopping = new AbortController();

  constructor(chain: Pick<BlockchainInterface, "task" | "miner">, nowMs: () => number) {
    this.#tasks = new Asked((id, signal) => chain.task(id, signal), nowMs);
    // Every question under way listens for the end.
    setMaxListeners(2 * QUESTIONS_MAX, this.#stopping.signal);
    this.#miners = new Asked((key, signal) => chain.miner(key, signal), nowMs);
  }

  /** By the chain's own id. */
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
