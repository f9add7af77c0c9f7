import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { NetworkError } from "../protocol/errors.js";
import { typedFailure } from "./binding-errors.js";

/** One core is left for the main thread. Four threads verify more than the network of a node delivers. */
const MAX_WORKERS = Math.max(1, Math.min(4, availableParallelism() - 1));

/** One running call and one queued, so that a worker does not idle while an answer is delivered. */
const CALLS_PER_WORKER = 2;

/** Cap of the calls that wait for a worker: some seconds of work. More are refused. */
const MAX_WAITING = 256;
/** Cap of the bytes of waiting calls: a call may have 16 MiB, an honest one has some KiB. */
const MAX_WAITING_BYTES = 64 << 20;

/** Arguments of one call: four for `verify`, one for `verifyMessages`. They are copies of the caller's. */
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
 * Worker threads, each with an instance of the WebAssembly module. They start one by one as calls need them and run
 * until {@link WasmPool.close}. An idle worker does not keep the process alive. Memory is copied, never shared.
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

  /** Running workers, running calls and waiting calls. */
  get size(): { readonly workers: number; readonly working: number; readonly waiting: number } {
    let working = 0;
    for (const { calls } of this.#members) working += calls.size;
    return { workers: this.#members.size, working, waiting: this.#waiting.length };
  }

  /**
   * Verdicts from one of the workers. The inputs are copied before this returns. Rejects with the kernel's error for
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

  /** Ends the workers and rejects unanswered calls. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    const members = [...this.#members];
    this.#members.clear();
    const calls = [...members.flatMap((member) => [...member.calls.values()]), ...this.#waiting.splice(0)];
    this.#waitingBytes = 0;
    for (const call of calls) call.reject(failed("the kernel is closed"));
    await Promise.all(members.map(({ worker }) => worker.terminate()));
  }

  /** Gives waiting calls to the workers with the fewest calls. */
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
    // A worker needs none of the process's flags and refuses some of them.
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

  /** A worker died: its calls fail, and the next call starts another worker. */
  #lose(member: Member, cause: unknown): void {
    if (!this.#members.delete(member)) return;
    const detail = cause instanceof Error ? `: ${cause.message}` : "";
    for (const call of member.calls.values()) call.reject(failed(`a verifying thread died${detail}`));
    this.#assign();
  }
}

function failed(what: string): NetworkError {
  return new NetworkError("kernel_failed", what);
}
