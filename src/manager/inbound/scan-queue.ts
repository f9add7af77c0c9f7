import type { EngineEvent, Source } from "../../engine/index.js";
import type { Kernel } from "../../kernel/index.js";
import { NetworkError } from "../../protocol/errors.js";
import { packInput } from "../../protocol/table.js";

/** Bundles in one scan. A turn of the event loop brings a few; more than this would block the loop for over 5 ms. */
const SCAN_MAX_BUNDLES = 64;
/** Bytes in one scan, for the same reason. */
const SCAN_MAX_BYTES = 1024 * 1024;
/** Batches in verification: two for each of the four threads of libuv's pool. More would wait in the pool. */
const BATCHES_MAX = 8;
/**
 * Bundles, and their bytes, that wait for a scan: 1,024 bundles of half the largest size. When either cap is reached,
 * gossip is ignored and streams wait.
 */
const QUEUE_MAX_BUNDLES = 1024;
const QUEUE_MAX_BYTES = 32 * 1024 * 1024;

interface Waiting {
  readonly bundle: Uint8Array;
  readonly source: Source;
  /** Fires when the connection of a frame ends; undefined for a source without one. */
  readonly ended: AbortSignal | undefined;
}

interface Batch {
  readonly input: Uint8Array;
  readonly table: Uint8Array;
  lanes: number;
}

export interface ScanQueuePorts {
  readonly kernel: Pick<Kernel, "scan" | "verify">;
  readonly context: Uint8Array;
  /** Gives an event to the engine and carries out its effects, `verify` through {@link ScanQueue.verify}. */
  readonly step: (event: EngineEvent) => void;
  /** True while the disk is behind; scans pause meanwhile. */
  readonly paused: () => boolean;
  readonly failed: (error: unknown) => void;
  /** The kernel verified a batch. */
  readonly worked?: () => void;
  /** A frame was dropped, because its connection ended while it waited. */
  readonly ended?: () => void;
  /** The kernel failed to scan this bundle. The engine does not get it; the caller or the network needs an answer. */
  readonly unscanned: (batch: number, source: Source) => void;
  /** Calls `wake` once when the pause may have ended. */
  readonly resumed: (wake: () => void) => void;
}

/**
 * Queues bundles, scans many of them in one kernel call and gives the engine one table for each batch. It never handles
 * single records.
 */
export class ScanQueue {
  readonly #ports: ScanQueuePorts;
  #queue: Waiting[] = [];
  #queueBytes = 0;
  readonly #batches = new Map<number, Batch>();
  #nextBatch = 1;
  /** Streams that wait for room in the queue. */
  #room: (() => void)[] = [];
  #pausing = false;
  #scheduled: NodeJS.Immediate | undefined;
  #stopped = false;

  constructor(ports: ScanQueuePorts) {
    this.#ports = ports;
  }

  /** Rows for the table of bounds. */
  boundRows(): readonly { readonly name: string; readonly size: number; readonly cap: number }[] {
    return [
      { name: "intake_bundles", size: this.#queue.length, cap: QUEUE_MAX_BUNDLES },
      { name: "intake_bytes", size: this.#queueBytes, cap: QUEUE_MAX_BYTES },
      { name: "intake_batches", size: this.#batches.size, cap: BATCHES_MAX },
    ];
  }

  /** The queue is full and gossip is ignored. */
  get full(): boolean {
    return this.#queue.length >= QUEUE_MAX_BUNDLES || this.#queueBytes >= QUEUE_MAX_BYTES;
  }

  /** Queues a bundle; false if the queue is full. The caller answers Ignore then. */
  offer(bundle: Uint8Array, source: Source, ended?: AbortSignal): boolean {
    if (this.#stopped) return false;
    const full = this.#queue.length >= QUEUE_MAX_BUNDLES || this.#queueBytes + bundle.length > QUEUE_MAX_BYTES;
    if (full && source.kind !== "inner") return false;
    this.#queue.push({ bundle, source, ended });
    this.#queueBytes += bundle.length;
    this.#schedule();
    return true;
  }

  /**
   * Queues a bundle of a stream and resolves when it is queued, or dropped after `ended` has fired. The stream is not
   * read meanwhile, so at most one bundle of each connection waits here.
   */
  async offerWhenRoom(bundle: Uint8Array, source: Source, ended: AbortSignal): Promise<void> {
    while (!this.#stopped) {
      if (ended.aborted) {
        this.#ports.ended?.();
        return;
      }
      if (this.offer(bundle, source, ended)) return;
      await new Promise<void>((resolve) => {
        this.#room.push(resolve);
      });
    }
  }

  /**
   * Drops the waiting frames of ended connections, which else keep room while the disk is behind. Their answers would
   * go to the peer's next connection, where the peer has not asked.
   */
  dropEnded(): void {
    const kept = this.#queue.filter(({ ended }) => ended?.aborted !== true);
    for (let dropped = this.#queue.length - kept.length; dropped > 0; dropped--) this.#ports.ended?.();
    this.#queue = kept;
    this.#queueBytes = kept.reduce((sum, { bundle }) => sum + bundle.length, 0);
    this.#makeRoom();
  }

  /**
   * Scans own records at once: they are few, and a caller waits for them. `watch` gets the batch number before
   * `own_result` or `unscanned` reports on it. Throws `stopped`.
   */
  own(bundle: Uint8Array, watch: (batch: number) => void): void {
    if (this.#stopped) throw new NetworkError("stopped", "the node is stopping");
    watch(this.#nextBatch);
    this.#scan([{ bundle, source: { kind: "own" }, ended: undefined }]);
  }

  /** Carries out one `verify` effect. The engine always gets `verified` or `batch_failed`. */
  verify(batch: number, lane: "clean" | "suspect", mask: Uint8Array): void {
    const known = this.#batches.get(batch);
    if (known === undefined) {
      // After the current step: its other effects come first.
      queueMicrotask(() => this.#ports.step({ kind: "batch_failed", batch, lane }));
      return;
    }
    known.lanes++;
    this.#verdicts(known, mask).then(
      (verdicts) => {
        this.#ports.worked?.();
        this.#laneDone(batch, { kind: "verified", batch, lane, verdicts });
      },
      (error: unknown) => {
        this.#ports.failed(unverified(error));
        this.#laneDone(batch, { kind: "batch_failed", batch, lane });
      },
    );
  }

  /** Drops the queue and releases waiting streams. Results of batches in verification are dropped. */
  stop(): void {
    this.#stopped = true;
    clearImmediate(this.#scheduled);
    this.#queue = [];
    this.#makeRoom();
    this.#queueBytes = 0;
    this.#batches.clear();
  }

  /** Turns an exception of the kernel into a rejection. */
  async #verdicts({ input, table }: Batch, mask: Uint8Array): Promise<Uint8Array> {
    return this.#ports.kernel.verify(input, table, mask, this.#ports.context);
  }

  #schedule(): void {
    if (this.#scheduled !== undefined || this.#stopped || this.#queue.length === 0) return;
    if (this.#batches.size >= BATCHES_MAX) return;
    if (this.#ports.paused()) {
      this.#waitForDisk();
      return;
    }
    this.#scheduled = setImmediate(() => {
      this.#scheduled = undefined;
      this.#take();
      this.#schedule();
    });
  }

  #take(): void {
    let count = 0;
    let bytes = 0;
    for (const waiting of this.#queue) {
      if (count === SCAN_MAX_BUNDLES || (count > 0 && bytes + waiting.bundle.length > SCAN_MAX_BYTES)) break;
      count++;
      bytes += waiting.bundle.length;
    }
    const taken = this.#queue.splice(0, count);
    this.#queueBytes -= bytes;
    if (taken.length > 0) this.#scan(taken);
    this.#makeRoom();
  }

  #makeRoom(): void {
    const waiting = this.#room;
    this.#room = [];
    for (const resolve of waiting) resolve();
  }

  #waitForDisk(): void {
    if (this.#pausing) return;
    this.#pausing = true;
    this.#ports.resumed(() => {
      this.#pausing = false;
      this.#schedule();
    });
  }

  #scan(taken: readonly Waiting[]): void {
    const batch = this.#nextBatch++;
    const input = packInput(taken.map(({ bundle }) => bundle));
    let table: Uint8Array;
    try {
      table = this.#ports.kernel.scan(input, this.#ports.context);
    } catch (cause) {
      this.#scanFailed(batch, taken, cause);
      return;
    }
    this.#batches.set(batch, { input, table, lanes: 0 });
    this.#ports.step({ kind: "scanned", batch, input, table, sources: taken.map(({ source }) => source) });
    const known = this.#batches.get(batch);
    if (known?.lanes === 0) this.#batches.delete(batch);
  }

  /** Scans the bundles one by one, so that only the bundle that the kernel can't scan fails. */
  #scanFailed(batch: number, taken: readonly Waiting[], cause: unknown): void {
    const [only, ...others] = taken;
    if (only === undefined) return;
    if (others.length > 0) {
      for (const one of taken) this.#scan([one]);
      return;
    }
    this.#ports.failed(new NetworkError("kernel_failed", "a bundle could not be scanned", { cause }));
    this.#ports.unscanned(batch, only.source);
  }

  #laneDone(batch: number, event: EngineEvent): void {
    const known = this.#batches.get(batch);
    if (known === undefined) return;
    known.lanes--;
    if (known.lanes === 0) this.#batches.delete(batch);
    this.#ports.step(event);
    this.#schedule();
  }
}

function unverified(cause: unknown): NetworkError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new NetworkError("kernel_failed", `a batch could not be verified: ${reason}`, { cause });
}
