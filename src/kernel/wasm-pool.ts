import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { NetworkError } from "../protocol/errors.js";
import { typedFailure } from "./binding-errors.js";

/** One core is the main thread's. Above four threads a node verifies more than its network delivers. */
const MAX_WORKERS = Math.max(1, Math.min(4, availableParallelism() - 1));

/** One call at work and one behind it, so that a worker never idles while an answer crosses. */
const CALLS_PER_WORKER = 2;

/** Calls that wait for a worker: some seconds of work. One more is refused, its caller is not holding itself back. */
const MAX_WAITING = 256;
/** Bytes that waiting calls may hold: each may be 16 MiB, honest ones are some KiB. */
const MAX_WAITING_BYTES = 64 << 20;

/** What one call sends: the arguments of `verify` (four) or of `verifyMessages` (one), copies of the caller's. */
type Parts = readonly Uint8Array<ArrayBuffer>[];

interface Call {
  readonly id: number;
  readonly parts: Parts;
  readonly bytes: number;
  readonly resolve: (verdicts: Uint8Array) => void;
  readonly reject: (error: NetworkError) => void;
}

interface Member {
  readonly worker: Worker;
  readonly calls: Map<number, Call>;
}

/**
 * Worker threads, each with an instance of the WebAssembly module: started one by one as calls need them, kept until
 * {@link WasmPool.close}, and none of them holds the process up while it is idle. Memory is copied, never shared.
 */
export class WasmPool {
  readonly #entry: string;
  readonly #maxWorkers: number;
  readonly #members = new Set<Member>();
  readonly #waiting: Call[] = [];
  #waitingBytes = 0;
  #lastId = 0;
  #closed = false;

  /** `entry` is the path of the workers' script. */
  constructor(entry: string, maxWorkers: number = MAX_WORKERS) {
    this.#entry = entry;
    this.#maxWorkers = maxWorkers;
  }

  /** Workers that run, calls at work in them and calls that wait. */
  get size(): { readonly workers: number; readonly working: number; readonly waiting: number } {
    let working = 0;
    for (const { calls } of this.#members) working += calls.size;
    return { workers: this.#members.size, working, waiting: this.#waiting.length };
  }

  /**
   * Verdicts from one of the workers. The inputs are copied before this returns. Rejects with what the kernel says of
   * the inputs, or `kernel_failed`: the worker died, too many calls wait, or the pool is closed.
   */
  run(inputs: readonly Uint8Array[]): Promise<Uint8Array> {
    if (this.#closed) return Promise.reject(failed("the kernel is closed"));
    const bytes = inputs.reduce((sum, input) => sum + input.length, 0);
    if (
      this.#waiting.length >= MAX_WAITING ||
      (this.#waiting.length > 0 && this.#waitingBytes + bytes > MAX_WAITING_BYTES)
    ) {
      return Promise.reject(failed("too many verifications are waiting"));
    }
    return new Promise((resolve, reject) => {
      this.#lastId += 1;
      const parts = inputs.map((input) => new Uint8Array(input));
      this.#waiting.push({ id: this.#lastId, parts, bytes, resolve, reject });
      this.#waitingBytes += bytes;
      this.#assign();
    });
  }

  /** Ends the workers; calls that were not answered are rejected. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    const members = [...this.#members];
    this.#members.clear();
    const calls = [...members.flatMap((member) => [...member.calls.values()]), ...this.#waiting.splice(0)];
    this.#waitingBytes = 0;
    for (const call of calls) call.reject(failed("the kernel is closed"));
    await Promise.all(members.map(({ worker }) => worker.terminate()));
  }

  /** Gives waiting calls to the workers that have the fewest. */
  #assign(): void {
    for (let call = this.#waiting[0]; call !== undefined; call = this.#waiting[0]) {
      const member = this.#freeMember();
      if (member === undefined) return;
      this.#waiting.shift();
      this.#waitingBytes -= call.bytes;
      if (member.calls.size === 0) member.worker.ref();
      member.calls.set(call.id, call);
      const message = { id: call.id, parts: call.parts };
      member.worker.postMessage(
        message,
        call.parts.map((part) => part.buffer),
      );
    }
  }

  #freeMember(): Member | undefined {
    let best: Member | undefined;
    for (const member of this.#members) {
      if (best === undefined || member.calls.size < best.calls.size) best = member;
    }
    if (best !== undefined && best.calls.size === 0) return best;
    if (this.#members.size < this.#maxWorkers) return this.#start();
    return best !== undefined && best.calls.size < CALLS_PER_WORKER ? best : undefined;
  }

  #start(): Member {
    // Flags of the process are for its main thread: a worker needs none, and some are refused there.
    const member: Member = { worker: new Worker(this.#entry, { execArgv: [] }), calls: new Map() };
    let cause: unknown;
    member.worker.unref();
    member.worker.on("message", (answer: unknown) => this.#settle(member, answer));
    member.worker.on("error", (error) => {
      cause = error;
    });
    member.worker.on("exit", () => this.#lose(member, cause));
    this.#members.add(member);
    return member;
  }

  #settle(member: Member, answer: unknown): void {
    if (typeof answer !== "object" || answer === null || !("id" in answer)) return;
    const call = typeof answer.id === "number" ? member.calls.get(answer.id) : undefined;
    if (call === undefined) return;
    member.calls.delete(call.id);
    if (member.calls.size === 0) member.worker.unref();
    if ("verdicts" in answer && answer.verdicts instanceof Uint8Array) call.resolve(answer.verdicts);
    else call.reject(typedFailure("failure" in answer ? answer.failure : "a worker gave no answer", "wasm"));
    this.#assign();
  }

  /** A worker has ended, which none does by itself: its calls fail, and the next call starts another. */
  #lose(member: Member, cause: unknown): void {
    if (!this.#members.delete(member)) return;
    const said = cause instanceof Error ? `: ${cause.message}` : "";
    for (const call of member.calls.values()) call.reject(failed(`a verifying thread died${said}`));
    this.#assign();
  }
}

function failed(what: string): NetworkError {
  return new NetworkError("kernel_failed", what);
}
