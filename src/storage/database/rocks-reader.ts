import { Worker } from "node:worker_threads";
import { concatBytes } from "../../protocol/bytes.js";
import { NetworkError } from "../../protocol/errors.js";
import { DamagedValue, type Found, isDamage } from "../damage.js";
import type { Family } from "../families.js";

/** Valid from `src/storage` and from `dist/storage`. */
const ENTRY = new URL("../../../src/storage/database/rocks-reader.mjs", import.meta.url);
const NOT_FOUND = -1;
const FAILED = -2;

interface ReadError {
  readonly code: string | undefined;
  readonly message: string;
}

/** The thread's answer. A length is that of a value, or one of the two marks. */
interface Answer {
  readonly id: number;
  readonly lengths: Int32Array;
  readonly values: Uint8Array;
  readonly errors: readonly ReadError[];
}

interface Call {
  readonly resolve: (found: Found[]) => void;
  readonly reject: (error: unknown) => void;
}

interface Thread {
  readonly worker: Worker;
  readonly calls: Map<number, Call>;
}

/**
 * Point reads of one open RocksDB database on a second thread, which the first read starts. Every read settles: a
 * damaged value is a {@link DamagedValue} in its place. The caller bounds the number of concurrent reads.
 */
export class RocksReader {
  readonly #handle: bigint;
  #thread: Thread | undefined;
  #nextId = 0;

  /** `handle` is valid until the database is closed. Call {@link close} before that. */
  constructor(handle: bigint) {
    this.#handle = handle;
  }

  read(family: Family, keys: readonly Uint8Array[]): Promise<Found[]> {
    return new Promise((resolve, reject) => {
      this.#thread ??= this.#start();
      const { worker, calls } = this.#thread;
      const id = this.#nextId++;
      calls.set(id, { resolve, reject });
      // The process must not exit while a caller waits for an answer.
      worker.ref();
      const keyLengths = Int32Array.from(keys, ({ length }) => length);
      worker.postMessage({ id, family, keyLengths, keys: concatBytes(keys) });
    });
  }

  async close(): Promise<void> {
    const thread = this.#thread;
    this.#thread = undefined;
    await thread?.worker.terminate();
  }

  #start(): Thread {
    const worker = new Worker(ENTRY, { workerData: { handle: this.#handle }, execArgv: [] });
    const thread: Thread = { worker, calls: new Map() };
    worker.unref();
    worker.on("message", (answer: Answer) => settle(thread, answer));
    const ended = (cause: unknown): void => {
      if (this.#thread === thread) this.#thread = undefined;
      const error = new NetworkError("storage_failed", "the thread that reads the database ended", { cause });
      for (const call of thread.calls.values()) call.reject(error);
      thread.calls.clear();
    };
    worker.on("error", ended);
    worker.on("exit", (code) => ended(new Error(`exit code ${code}`)));
    return thread;
  }
}

function settle({ worker, calls }: Thread, answer: Answer): void {
  const call = calls.get(answer.id);
  calls.delete(answer.id);
  if (calls.size === 0) worker.unref();
  if (call === undefined) return;
  try {
    call.resolve(valuesOf(answer));
  } catch (error) {
    call.reject(error);
  }
}

/** Throws an error that does not concern the value, such as a file that can't be opened. */
function valuesOf({ lengths, values, errors }: Answer): Found[] {
  let at = 0;
  let failed = 0;
  return Array.from(lengths, (length): Found => {
    if (length === NOT_FOUND) return undefined;
    if (length === FAILED) return damageOf(errors[failed++]);
    at += length;
    // A copy: a view would keep all values of the answer in memory.
    return values.slice(at - length, at);
  });
}

function damageOf(error: ReadError | undefined): DamagedValue {
  const cause = Object.assign(new Error(error?.message ?? "no reason given"), { code: error?.code });
  if (isDamage(cause)) return new DamagedValue(cause.message);
  throw cause;
}
