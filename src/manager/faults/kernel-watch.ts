import type { Kernel } from "../../kernel/index.js";
import { NetworkError } from "../../protocol/errors.js";

/** Turns without an answer after which a call fails: a batch takes a second, more on an overloaded machine. */
const SILENT_TURNS = 60;
const TURN_MS = 1000;
/**
 * Failed calls that are still unanswered: twice the scan queue's batches. Each may occupy a thread, so more calls would
 * wait.
 */
export const SILENT_CALLS_MAX = 16;

interface Call {
  readonly number: number;
  turns: number;
  readonly giveUp: (error: NetworkError) => void;
}

export type WatchedKernel = Pick<Kernel, "backend" | "verify" | "verifyMessages">;

/**
 * Bounds the kernel's verification: a call without an answer for a minute fails with `kernel_failed`. Beyond
 * `SILENT_CALLS_MAX` unanswered calls, new calls fail at once. Time is counted in turns of a timer, so a suspended
 * process fails no call. The count starts again with each answer to an earlier call: on a slow machine a call waits for
 * the calls before it, and a hung call is older than the calls that are answered.
 */
export class KernelWatch implements Pick<Kernel, "verify" | "verifyMessages"> {
  readonly #kernel: WatchedKernel;
  readonly #turnsMax: number;
  readonly #open = new Set<Call>();
  readonly #observe: (seconds: number) => void;
  #calls = 0;
  #silent = 0;

  /** `observe` gets the time of each call that the kernel answers. */
  constructor(kernel: WatchedKernel, observe: (seconds: number) => void = () => undefined) {
    this.#kernel = kernel;
    this.#observe = observe;
    // The reference kernel is slow but runs in this thread, so it answers each call.
    this.#turnsMax = kernel.backend === "reference" ? Number.POSITIVE_INFINITY : SILENT_TURNS;
  }

  /** Failed calls that the kernel has not answered yet. */
  get silent(): number {
    return this.#silent;
  }

  verify(input: Uint8Array, table: Uint8Array, mask: Uint8Array, context: Uint8Array): Promise<Uint8Array> {
    return this.#ask(() => this.#kernel.verify(input, table, mask, context));
  }

  verifyMessages(items: Uint8Array): Promise<Uint8Array> {
    return this.#ask(() => this.#kernel.verifyMessages(items));
  }

  /** Starts to count turns; the result stops it. */
  start(): () => void {
    const timer = setInterval(() => this.#turn(), TURN_MS);
    timer.unref();
    return () => clearInterval(timer);
  }

  async #ask(run: () => Promise<Uint8Array>): Promise<Uint8Array> {
    if (this.#silent >= SILENT_CALLS_MAX) throw silence();
    const startMs = performance.now();
    const answer = run();
    return new Promise((resolve, reject) => {
      const call: Call = { number: this.#calls++, turns: 0, giveUp: reject };
      this.#open.add(call);
      const ended = (): void => {
        this.#observe((performance.now() - startMs) / 1000);
        if (!this.#open.delete(call)) this.#silent--;
        for (const other of this.#open) if (other.number > call.number) other.turns = 0;
      };
      answer.finally(ended).then(resolve, reject);
    });
  }

  #turn(): void {
    for (const call of this.#open) {
      call.turns++;
      if (call.turns < this.#turnsMax) continue;
      this.#open.delete(call);
      this.#silent++;
      call.giveUp(silence());
    }
  }
}

function silence(): NetworkError {
  return new NetworkError("kernel_failed", `the kernel has not answered for ${(SILENT_TURNS * TURN_MS) / 1000} s`);
}
