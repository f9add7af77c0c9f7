import type { StoreWrite } from "../../engine/index.js";
import { NetworkError } from "../../protocol/errors.js";
import type { RecordStore } from "../../storage/index.js";

/**
 * Bytes of waiting writes above which the scan queue pauses: two seconds of the greatest load of 64 KiB bundles. A slow
 * disk causes back-pressure, not memory growth.
 */
export const WRITER_PAUSE_BYTES = 16 * 1024 * 1024;
/**
 * Bytes of waiting batches that are written as one: some thousand records. Larger ones would only make the wait of the
 * first of them longer.
 */
export const WRITE_BYTES = 1024 * 1024;
/** A healthy disk takes WRITER_PAUSE_BYTES in less. */
export const LATE_MS = 5000;
/** Pause before a failed write is retried. A person has to free a full disk, so a shorter pause gains nothing. */
const RETRY_MS = 1000;

interface Job {
  writes: readonly StoreWrite[];
  readonly sync: boolean;
  /** An empty job of `readable`. */
  readonly reader: boolean;
  bytes: number;
  /** By a monotonic clock. */
  readonly sinceMs: number;
  readonly done: (error: NetworkError | undefined) => void;
}

function sizeOf(write: StoreWrite): number {
  switch (write.kind) {
    case "put_record":
    case "put_kept":
      return write.envelope.length + 128;
    case "put_body":
    case "put_checkpoint":
      return write.bytes.length + 128;
    case "put_meta":
      return write.value.length + 128;
    default:
      return 128;
  }
}

function sizeOfAll(writes: readonly StoreWrite[]): number {
  return writes.reduce((sum, write) => sum + sizeOf(write), 0);
}

/** No retry helps: the write can't be encoded, which is a defect of this program. Storage errors may end. */
function isFinal(error: unknown): error is NetworkError {
  return error instanceof NetworkError && error.kind !== "storage";
}

function refusalOf(error: unknown): NetworkError {
  if (error instanceof NetworkError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new NetworkError("storage_failed", message, { cause: error });
}

/**
 * Writes the engine's batches to the store in their order. Those that wait while one is written are the next write
 * together, with one sync if any of them asks for it. A write that the disk refuses stays at the head of the queue
 * and is retried; `failing` is set meanwhile. A batch that can't be encoded is rejected, and the next one follows.
 */
export class StoreWriter {
  readonly #store: Pick<RecordStore, "apply">;
  readonly #onState: (refusal: NetworkError | undefined) => void;
  readonly #onRefusal: (refusal: NetworkError) => void;
  readonly #observe: (label: "synced" | "plain", seconds: number) => void;
  #queue: Job[] = [];
  #bytes = 0;
  #running: Promise<void> | undefined;
  #refusal: NetworkError | undefined;
  #stopped = false;
  /** Batches at the head that are written one by one: one of them can't be encoded. */
  #apart = 0;
  #wake: (() => void) | undefined;

  /**
   * `onState` gets the reason when the disk begins to refuse writes and when the reason changes, and undefined when the
   * disk takes writes again. `onRefusal` gets the reason of each refused try, `observe` the time of each other one.
   */
  constructor(
    store: Pick<RecordStore, "apply">,
    onState: (refusal: NetworkError | undefined) => void,
    onRefusal: (refusal: NetworkError) => void = () => undefined,
    observe: (label: "synced" | "plain", seconds: number) => void = () => undefined,
  ) {
    this.#store = store;
    this.#onState = onState;
    this.#onRefusal = onRefusal;
    this.#observe = observe;
  }

  get pendingBytes(): number {
    return this.#bytes;
  }

  get failing(): boolean {
    return this.#refusal !== undefined;
  }

  /** The disk refuses writes, or more than {@link WRITER_PAUSE_BYTES} wait for it. */
  get behind(): boolean {
    return this.failing || this.#bytes > WRITER_PAUSE_BYTES;
  }

  /** How long the oldest waiting batch waits, if that is longer than {@link LATE_MS}; 0 otherwise. */
  get lateMs(): number {
    const [oldest] = this.#queue;
    const waitedMs = oldest === undefined ? 0 : performance.now() - oldest.sinceMs;
    return waitedMs > LATE_MS ? waitedMs : 0;
  }

  /** Resolves at once, or, while the disk is behind, when all earlier batches are settled. */
  room(): Promise<void> {
    return this.behind ? this.drained().catch(() => undefined) : Promise.resolve();
  }

  /** Resolves when this batch and all earlier ones are written, and synced if `sync` is set. */
  write(writes: readonly StoreWrite[], sync: boolean): Promise<void> {
    return this.#enqueue(writes, sync, false);
  }

  /** Resolves when all earlier batches are synced. */
  synced(): Promise<void> {
    return this.write([], true);
  }

  /** Resolves when all earlier batches are written. */
  drained(): Promise<void> {
    return this.#queue.length === 0 ? Promise.resolve() : this.write([], false);
  }

  /**
   * Resolves when all earlier batches can be read back. While the disk refuses writes it resolves at once: readers get
   * what the disk has.
   */
  readable(): Promise<void> {
    return this.failing || this.#queue.length === 0 ? Promise.resolve() : this.#enqueue([], false, true);
  }

  /** Refuses new batches and writes the waiting ones, each with one try: peers still have the records. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wake?.();
    await this.#running;
  }

  #enqueue(writes: readonly StoreWrite[], sync: boolean, reader: boolean): Promise<void> {
    if (this.#stopped) return Promise.reject(new NetworkError("stopped", "the store is closed"));
    if (this.failing) this.#supersede(writes);
    return new Promise((resolve, reject) => {
      const bytes = sizeOfAll(writes);
      this.#bytes += bytes;
      this.#queue.push({
        writes,
        sync,
        reader,
        bytes,
        sinceMs: performance.now(),
        done: (error) => (error === undefined ? resolve() : reject(error)),
      });
      this.#running ??= this.#run();
    });
  }

  async #run(): Promise<void> {
    for (let jobs = this.#next(); jobs.length > 0; jobs = this.#next()) {
      const writes = jobs.length === 1 ? (jobs[0]?.writes ?? []) : jobs.flatMap((job) => job.writes);
      const sync = jobs.some((job) => job.sync);
      const asks = writes.length > 0 || sync;
      try {
        const startMs = performance.now();
        if (asks) {
          await this.#store.apply(writes, { sync });
          this.#observe(sync ? "synced" : "plain", (performance.now() - startMs) / 1000);
        }
        for (const job of jobs) this.#settle(job, undefined);
        this.#apart = Math.max(0, this.#apart - jobs.length);
        // An empty job writes nothing, so its success does not show that the disk accepts writes again.
        if (asks) this.#setRefusal(undefined);
      } catch (cause) {
        await this.#failed(jobs, cause);
      }
    }
    this.#running = undefined;
  }

  async #failed(jobs: readonly Job[], cause: unknown): Promise<void> {
    if (isFinal(cause)) {
      const [only] = jobs;
      if (jobs.length > 1) this.#apart = jobs.length;
      else if (only !== undefined) {
        this.#settle(only, cause);
        this.#apart = Math.max(0, this.#apart - 1);
      }
      return;
    }
    const refusal = refusalOf(cause);
    this.#onRefusal(refusal);
    this.#setRefusal(refusal);
    if (!this.#stopped) {
      await this.#pause();
      return;
    }
    for (const job of jobs) {
      // `setRefusal` has released the readers.
      if (job.reader) continue;
      this.#settle(job, new NetworkError("storage_failed", "the disk refused a write", { cause }));
    }
  }

  /** The batches at the head of the queue that are written together. */
  #next(): readonly Job[] {
    if (this.#apart > 0) return this.#queue.slice(0, 1);
    let bytes = 0;
    let count = 0;
    for (const job of this.#queue) {
      bytes += job.bytes;
      if (count > 0 && bytes > WRITE_BYTES) break;
      count++;
    }
    return this.#queue.slice(0, count);
  }

  /** Drops older waiting values of the same meta keys, because the engine writes new ones while the disk refuses. */
  #supersede(writes: readonly StoreWrite[]): void {
    const keys = new Set(writes.flatMap((write) => (write.kind === "put_meta" ? [write.key] : [])));
    if (keys.size === 0) return;
    for (const job of this.#queue) {
      job.writes = job.writes.filter((write) => write.kind !== "put_meta" || !keys.has(write.key));
      this.#bytes -= job.bytes;
      job.bytes = sizeOfAll(job.writes);
      this.#bytes += job.bytes;
    }
  }

  #settle(job: Job, error: NetworkError | undefined): void {
    this.#queue.shift();
    this.#bytes -= job.bytes;
    job.done(error);
  }

  #setRefusal(refusal: NetworkError | undefined): void {
    const before = this.#refusal;
    if (before?.code === refusal?.code) return;
    this.#refusal = refusal;
    if (before === undefined) {
      const readers = this.#queue.filter(({ reader }) => reader);
      this.#queue = this.#queue.filter(({ reader }) => !reader);
      for (const { done } of readers) done(undefined);
    }
    this.#onState(refusal);
  }

  #pause(): Promise<void> {
    return new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, RETRY_MS);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    }).then(() => {
      this.#wake = undefined;
    });
  }
}
