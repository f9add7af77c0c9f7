import { Worker } from "node:worker_threads";
import { packageRoot } from "../../lifecycle/place/index.js";
import { NetworkError } from "../../protocol/errors.js";
import { type CallName, type Calls, errorOf, type FromThread, type LossNotice } from "./messages.js";

/** The built script: a thread can't load TypeScript. */
const ENTRY = new URL("dist/storage/thread/store-thread.js", packageRoot());
/** `execArgv` of the program that holds for its threads, too. */
const INHERITED = ["--no-addons"];

interface Waiting {
  readonly resolve: (output: Calls[CallName]["out"]) => void;
  readonly reject: (error: NetworkError) => void;
}

/**
 * One thread and the calls to it. Each call settles: when the thread ends, the waiting calls reject with
 * `storage_failed`. The callers bound the number of calls.
 */
export class ThreadCalls {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 0;
  #ended: NetworkError | undefined;

  constructor(onLoss: (notice: LossNotice) => void) {
    const execArgv = process.execArgv.filter((argument) => INHERITED.includes(argument));
    this.#worker = new Worker(ENTRY, { execArgv });
    this.#worker.unref();
    this.#worker.on("message", (message: FromThread) => {
      if ("loss" in message) onLoss(message);
      else this.#answered(message);
    });
    this.#worker.on("messageerror", (cause) => this.#end(cause));
    this.#worker.on("error", (cause) => this.#end(cause));
    this.#worker.on("exit", (code) => this.#end(new Error(`exit code ${code}`)));
  }

  /** Whether the thread ended. */
  get ended(): boolean {
    return this.#ended !== undefined;
  }

  call<N extends CallName>(call: N, input: Calls[N]["in"], transfer: ArrayBuffer[] = []): Promise<Calls[N]["out"]> {
    return new Promise<Calls[N]["out"]>((resolve, reject) => {
      if (this.#ended !== undefined) {
        reject(this.#ended);
        return;
      }
      const id = this.#nextId++;
      // The answer to a call has the output of that call.
      this.#waiting.set(id, { resolve: (output) => resolve(output as Calls[N]["out"]), reject });
      // The process must not exit while a caller waits for an answer.
      this.#worker.ref();
      this.#worker.postMessage({ id, call, input }, transfer);
    });
  }

  /** Ends the thread at once, whatever it does. The end of a thread closes its database. */
  async terminate(): Promise<void> {
    await this.#worker.terminate();
  }

  #answered(message: Exclude<FromThread, LossNotice>): void {
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (this.#waiting.size === 0) this.#worker.unref();
    if ("error" in message) waiting?.reject(errorOf(message.error));
    else waiting?.resolve(message.output);
  }

  #end(cause: unknown): void {
    if (this.#ended !== undefined) return;
    this.#ended = new NetworkError("storage_failed", "the thread that owns the database ended", { cause });
    for (const { reject } of this.#waiting.values()) reject(this.#ended);
    this.#waiting.clear();
  }
}
