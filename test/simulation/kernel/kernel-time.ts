import { NetworkError } from "../../../src/protocol/errors.js";
import type { Random } from "../world/random.js";
import type { Life, Schedule } from "../world/schedule.js";

/** The threads of libuv's pool. */
const THREADS = 4;

/** Time and faults of a kernel's verification. Chances are fractions of the calls. */
export interface KernelSettings {
  /** Time of one call, and of each signature in it. */
  readonly batchMs: number;
  readonly signatureMs: number;
  /** Mean of an additional exponential time of each call; 0: none. */
  readonly slowMs: number;
  /** The call fails with `kernel_failed`. */
  readonly failChance: number;
  /** The call gets no answer until the faults end, and keeps its thread. */
  readonly hangChance: number;
  /** A scan fails with `kernel_failed`. */
  readonly scanFailChance: number;
}

/** A sound kernel with the speed of the native addon. */
export const SOUND_KERNEL: KernelSettings = {
  batchMs: 0.2,
  signatureMs: 0.04,
  slowMs: 0,
  failChance: 0,
  hangChance: 0,
  scanFailChance: 0,
};

export interface KernelTimeOptions {
  readonly schedule: Schedule;
  readonly random: Random;
  readonly settings?: KernelSettings;
  /** Counts calls and faults, by name. */
  readonly counts?: Map<string, number>;
}

/** Delays and fails the asynchronous calls of one kernel: {@link THREADS} at a time, the others wait. */
export class KernelTime {
  /** Calls, failures and hung calls, by name. */
  readonly #counts: Map<string, number>;
  readonly #schedule: Schedule;
  readonly #random: Random;
  #settings: KernelSettings;
  /** When each thread is free, in simulated milliseconds. */
  readonly #freeMs: number[] = new Array(THREADS).fill(0);
  #hung: (() => void)[] = [];

  constructor({ schedule, random, settings = SOUND_KERNEL, counts = new Map() }: KernelTimeOptions) {
    this.#schedule = schedule;
    this.#random = random;
    this.#settings = settings;
    this.#counts = counts;
  }

  get settings(): KernelSettings {
    return this.#settings;
  }

  /** Changes the faults. Without a chance to hang, hung calls get their answers. */
  set(settings: KernelSettings): void {
    this.#settings = settings;
    if (settings.hangChance > 0) return;
    const hung = this.#hung;
    this.#hung = [];
    for (const answer of hung) answer();
  }

  /** Throws `kernel_failed` by chance. */
  scan(): void {
    const { scanFailChance } = this.#settings;
    this.#count("kernel scans");
    if (scanFailChance === 0 || !this.#random.chance(scanFailChance)) return;
    this.#count("kernel scans failed");
    throw new NetworkError("kernel_failed", "the simulated kernel failed to scan");
  }

  /** Answers a call for so many signatures, later, in the life of the caller. `result` is called at that time. */
  call<T>(signatures: number, result: () => T): Promise<T> {
    const { life } = this.#schedule;
    const { failChance, hangChance } = this.#settings;
    this.#count("kernel calls");
    const hangs = hangChance > 0 && this.#hung.length < THREADS && this.#random.chance(hangChance);
    const fails = failChance > 0 && this.#random.chance(failChance);
    return new Promise((resolve, reject) => {
      const answer = (): void => {
        try {
          if (fails) throw new NetworkError("kernel_failed", "the simulated kernel failed");
          resolve(result());
        } catch (error) {
          reject(error);
        }
      };
      if (fails) this.#count("kernel calls failed");
      if (hangs) this.#hang(life, answer);
      else this.#schedule.after(this.#takeMs(signatures), life, answer);
    });
  }

  #hang(life: Life | undefined, answer: () => void): void {
    this.#count("kernel calls hung");
    this.#hung.push(() => this.#schedule.after(0, life, answer));
  }

  /** Milliseconds until a call that begins now has its answer. */
  #takeMs(signatures: number): number {
    const { batchMs, signatureMs, slowMs } = this.#settings;
    const { nowMs } = this.#schedule;
    // Hung calls keep their threads; the last thread is shared then.
    const threads = Math.max(1, THREADS - this.#hung.length);
    let first = 0;
    for (let i = 1; i < threads; i++) if ((this.#freeMs[i] as number) < (this.#freeMs[first] as number)) first = i;
    const beginMs = Math.max(nowMs, this.#freeMs[first] as number);
    const slow = slowMs > 0 ? this.#random.exponential(slowMs) : 0;
    const endMs = beginMs + batchMs + signatureMs * signatures + slow;
    this.#freeMs[first] = endMs;
    return endMs - nowMs;
  }

  #count(name: string): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }
}
