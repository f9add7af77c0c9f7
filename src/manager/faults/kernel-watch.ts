import type { Kernel } from "../../kernel/index.js";
import { NetworkError } from "../../protocol/errors.js";

/** A batch takes a second, and minutes of waiting on a machine with too much to do. */
const SILENT_TURNS = 60;
const TURN_MS = 1000;
/** Calls without an answer: twice the batches of the intake. Each may hold a thread for good; more would only wait behind. */
export const SILENT_CALLS_MAX = 16;

interface Call {
  turns: number;
  readonly giveUp: (error: NetworkError) => void;
}

export type WatchedKernel = Pick<Kernel, "backend" | "verify" | "verifyMessages">;

/**
 * The kernel's verification with an end: a call that is not answered in a minute fails with `kernel_failed`, and where too
 * many calls never were answered, the next ones fail at once. Time counts in turns of the event loop, so that a process
 * that was suspended gives up nothing.
 */
export class KernelWatch implements Pick<Kernel, "verify" | "verifyMessages"> {
  readonly #kernel: WatchedKernel;
  readonly #turnsMax: number;
  readonly #open = new Set<Call>();
  #silent = 0;

  constructor(kernel: WatchedKernel) {
    this.#kernel = kernel;
    // The reference kernel works in this thread, slowly, and leaves no call without an answer.
    this.#turnsMax = kernel.backend === "reference" ? Number.POSITIVE_INFINITY : SILENT_TURNS;
  }

  /** Calls that were given up and are not answered yet. */
  get silent(): number {
    return this.#silent;
  }

  verify(input: Uint8Array, table: Uint8Array, mask: Uint8Array, context: Uint8Array): Promise<Uint8Array> {
    return this.#ask(() => this.#kernel.verify(input, table, mask, context));
  }

  verifyMessages(items: Uint8Array): Promise<Uint8Array> {
    return this.#ask(() => this.#kernel.verifyMessages(items));
  }

  /** Begins to watch; the answer ends it. */
  start(): () => void {
    const timer = setInterval(() => this.#turn(), TURN_MS);
    timer.unref();
    return () => clearInterval(timer);
  }

  async #ask(run: () => Promise<Uint8Array>): Promise<Uint8Array> {
    if (this.#silent >= SILENT_CALLS_MAX) throw silence();
    const answer = run();
    return new Promise((resolve, reject) => {
      const call: Call = { turns: 0, giveUp: reject };
      this.#open.add(call);
      const ended = (): void => {
        if (!this.#open.delete(call)) this.#silent--;
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
