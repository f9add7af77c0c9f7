import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Kernel, LoadedKernel } from "../../../src/kernel/index.js";
import type { KernelHasher } from "../../../src/kernel/types.js";
import { NetworkError, REASONS, type ReasonCode } from "../../../src/protocol/errors.js";
import type { Schedule } from "../world/schedule.js";
import { KernelTime, type KernelTimeOptions } from "./kernel-time.js";

export interface RealKernelOptions extends KernelTimeOptions {
  readonly kernel: Kernel;
}

/**
 * A real kernel on simulated time. A call computes at once in real time while simulated time stands still, and gets its
 * answer after its simulated time. So a run stays a function of its seed.
 */
export class RealKernel implements Kernel {
  readonly backend: Kernel["backend"];
  readonly version: string;
  readonly time: KernelTime;
  readonly #schedule: Schedule;
  readonly #kernel: Kernel;

  constructor(options: RealKernelOptions) {
    const { kernel, schedule } = options;
    this.backend = kernel.backend;
    this.version = kernel.version;
    this.time = new KernelTime(options);
    this.#schedule = schedule;
    this.#kernel = kernel;
  }

  hash(input: Uint8Array, out: Uint8Array): void {
    typed(() => this.#kernel.hash(input, out));
  }

  hasher(): KernelHasher {
    return typed(() => this.#kernel.hasher());
  }

  scan(input: Uint8Array, context: Uint8Array): Uint8Array {
    this.time.scan();
    return typed(() => this.#kernel.scan(input, context));
  }

  verify(input: Uint8Array, table: Uint8Array, mask: Uint8Array, context: Uint8Array): Promise<Uint8Array> {
    let signatures = 0;
    for (const asked of mask) if (asked === 1) signatures++;
    return this.#hold(signatures, () => this.#kernel.verify(input, table, mask, context));
  }

  verifyMessages(items: Uint8Array): Promise<Uint8Array> {
    return this.#hold(1, () => this.#kernel.verifyMessages(items));
  }

  verifyPlain(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
    return typed(() => this.#kernel.verifyPlain(publicKey, message, signature));
  }

  sign(privateKey: Uint8Array, message: Uint8Array): Uint8Array {
    return typed(() => this.#kernel.sign(privateKey, message));
  }

  publicKey(privateKey: Uint8Array): Uint8Array {
    return typed(() => this.#kernel.publicKey(privateKey));
  }

  consensus(input: Uint8Array): Uint8Array {
    return typed(() => this.#kernel.consensus(input));
  }

  /** The kernel belongs to the run, not to one life of a node: see {@link openRealKernel}. */
  async close(): Promise<void> {}

  /** The place of the answer in the schedule is fixed by the call, not by the real time of the work. */
  #hold(signatures: number, run: () => Promise<Uint8Array>): Promise<Uint8Array> {
    let settled: () => Uint8Array = () => {
      throw new Error("simulated time went on during a call of the real kernel");
    };
    const work = run().then(
      (value) => {
        settled = () => value;
      },
      (error: unknown) => {
        settled = () => {
          throw typedError(error);
        };
      },
    );
    this.#schedule.hold(work);
    return this.time.call(signatures, () => settled());
  }
}

/**
 * Loads a backend of the built package under `root`. It runs outside of the simulated platform, with real threads and
 * timers. The caller closes it at the end of the run.
 */
export async function openRealKernel(root: string, backend: Kernel["backend"]): Promise<LoadedKernel> {
  const { loadKernel } = await import(pathToFileURL(join(root, "dist/kernel/index.js")).href);
  return loadKernel({ force: backend, root });
}

/** The built package has an error class of its own. */
function typedError(error: unknown): unknown {
  if (error instanceof NetworkError || !(error instanceof Error) || !("code" in error)) return error;
  const { code } = error;
  if (typeof code !== "string" || !isReason(code)) return error;
  return new NetworkError(code, error.message, { cause: error });
}

function isReason(code: string): code is ReasonCode {
  return Object.hasOwn(REASONS, code);
}

function typed<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw typedError(error);
  }
}
