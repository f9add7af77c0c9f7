import type { EngineEvent, Source } from "../../engine/index.js";
import type { Kernel } from "../../kernel/index.js";
import { NetworkError } from "../../protocol/errors.js";
import { packInput } from "../../protocol/table.js";
import type { MessageTraces } from "../tracing/index.js";
import { FairQueue, peerKey, type Waiting } from "./fair-queue.js";
import {
  BATCHES_MAX,
  PEER_LIMITS,
  QUEUE_MAX_BUNDLES,
  QUEUE_MAX_BYTES,
  SCAN_MAX_BUNDLES,
  SCAN_MAX_BYTES,
  SUSPECT_BATCHES_MAX,
  SUSPECT_SCAN_MAX_BYTES,
} from "./scan-limits.js";
import { Unjudged } from "./unjudged.js";

interface Batch {
  readonly input: Uint8Array;
  readonly table: Uint8Array;
  readonly lane: Lane;
  /** What is judged when the batch is done. */
  readonly taken: readonly Waiting[];
  lanes: number;
}

type Lane = "clean" | "suspect";

export interface ScanQueuePorts {
  readonly kernel: Pick<Kernel, "scan" | "verify">;
  readonly context: Uint8Array;
  /** Gives an event to the engine and carries out its effects, `verify` through {@link ScanQueue.verify}. */
  readonly step: (event: EngineEvent) => void;
  /** The peer had a bad signature: its bundles are scanned apart from those of others. */
  readonly isSuspect: (peer: string) => boolean;
  /** True while the disk is behind; scans pause meanwhile. */
  readonly paused: () => boolean;
  readonly failed: (error: unknown) => void;
  /** The kernel verified a batch. */
  readonly worked?: () => void;
  /** A frame was dropped, because its connection ended while it waited. */
  readonly ended?: () => void;
  /** The kernel failed to scan this bundle. The engine does not get it; the caller or the network needs an answer. */
  readonly unscanned: (batch: number, source: Source) => void;
  /** Undefined: no spans are made. */
  readonly traces?: MessageTraces | undefined;
  /** Calls `wake` once when the pause may have ended. */
  readonly resumed: (wake: () => void) => void;
}

/**
 * Queues bundles of each peer, scans many of them in one kernel call and gives the engine one table for each batch. It
 * never handles single records. Peers take turns by bytes. Bundles of suspect peers are in batches of their own, one
 * at a time.
 */
export class ScanQueue {
  readonly #ports: ScanQueuePorts;
  readonly #queue = new FairQueue();
  readonly #unjudged = new Unjudged(PEER_LIMITS);
  readonly #batches = new Map<number, Batch>();
  #suspectBatches = 0;
  #nextBatch = 1;
  /** Streams that wait because the whole queue is full. */
  #room: (() => void)[] = [];
  /** Peers whose gossip is not read because they have no room. */
  #gossipWaits = 0;
  #pausing = false;
  #scheduled: NodeJS.Immediate | undefined;
  #stopped = false;

  constructor(ports: ScanQueuePorts) {
    this.#ports = ports;
  }

  /** Rows for the table of bounds. */
  boundRows(): readonly { readonly name: string; readonly size: number; readonly cap: number }[] {
    return [
      { name: "intake_bundles", size: this.#unjudged.bundles, cap: QUEUE_MAX_BUNDLES },
      { name: "intake_bytes", size: this.#unjudged.bytes, cap: QUEUE_MAX_BYTES },
      {
        name: "intake_peer_bundles",
        size: this.#unjudged.mostBundles,
        cap: PEER_LIMITS.bundles + PEER_LIMITS.stepBundles,
      },
      { name: "intake_batches", size: this.#batches.size, cap: BATCHES_MAX + SUSPECT_BATCHES_MAX },
    ];
  }

  /** More gossip arrives than is verified: a peer waits for room, or the whole queue is full. */
  get full(): boolean {
    return this.#gossipWaits > 0 || this.#isFull(0);
  }

  /** Queues a bundle; false if the queue is full, or has no room for this peer. The caller answers Ignore then. */
  offer(bundle: Uint8Array, source: Source, ended?: AbortSignal): boolean {
    if (this.#stopped) return false;
    const isInner = source.kind === "inner";
    if (!isInner && (this.#isFull(bundle.length) || !this.#unjudged.fits(peerKey(source)))) return false;
    const waiting = { bundle, source, ended };
    this.#queue.add(waiting);
    this.#ports.traces?.received(waiting);
    this.#unjudged.add(source, bundle.length);
    this.#schedule();
    return true;
  }

  /** Undefined if the gossip of the peer may be read now; else resolves when it may, or when the peer is gone. */
  gossipRoom(peer: string): Promise<void> | undefined {
    if (this.#stopped || this.#unjudged.hasRoom(peer)) return undefined;
    this.#gossipWaits++;
    return this.#unjudged.room(peer).then(() => {
      this.#gossipWaits--;
    });
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
      const peer = peerKey(source);
      if (!this.#unjudged.hasRoom(peer)) await this.#unjudged.room(peer);
      else if (this.offer(bundle, source, ended)) return;
      else {
        await new Promise<void>((resolve) => {
          this.#room.push(resolve);
        });
      }
    }
  }

  /**
   * Drops the waiting frames of ended connections, which else keep room while the disk is behind. Their answers would
   * go to the peer's next connection, where the peer has not asked. Readers of the peer look again.
   */
  dropEnded(peer: string): void {
    const dropped = this.#queue.takeEnded();
    for (const { bundle, source } of dropped) {
      this.#unjudged.remove(source, bundle.length);
      this.#ports.ended?.();
    }
    this.#ports.traces?.judged(dropped);
    this.#unjudged.wake(peer);
    this.#makeRoom();
  }

  /**
   * Scans own records at once: they are few, and a caller waits for them. `watch` gets the batch number before
   * `own_result` or `unscanned` reports on it. Throws `stopped`.
   */
  own(bundle: Uint8Array, watch: (batch: number) => void): void {
    if (this.#stopped) throw new NetworkError("stopped", "the node is stopping");
    watch(this.#nextBatch);
    const waiting: Waiting = { bundle, source: { kind: "own" }, ended: undefined };
    this.#ports.traces?.received(waiting);
    this.#scan([waiting], "clean");
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
    this.#queue.clear();
    this.#unjudged.clear();
    this.#makeRoom();
    this.#batches.clear();
  }

  /** Turns an exception of the kernel into a rejection. */
  async #verdicts({ input, table, taken }: Batch, mask: Uint8Array): Promise<Uint8Array> {
    const { kernel, context, traces } = this.#ports;
    const verified = traces?.part("verify", taken);
    try {
      return await kernel.verify(input, table, mask, context);
    } finally {
      verified?.();
    }
  }

  /** Gives an event about bundles to the engine. */
  #step(taken: readonly Waiting[], event: EngineEvent): void {
    const { step, traces } = this.#ports;
    if (traces === undefined) step(event);
    else traces.during(taken, () => step(event));
  }

  #isFull(bytes: number): boolean {
    return this.#unjudged.bundles >= QUEUE_MAX_BUNDLES || this.#unjudged.bytes + bytes > QUEUE_MAX_BYTES;
  }

  #schedule(): void {
    if (this.#scheduled !== undefined || this.#stopped || this.#queue.bundles === 0) return;
    if (!this.#serves("clean") && !this.#serves("suspect")) return;
    if (this.#ports.paused()) {
      this.#waitForDisk();
      return;
    }
    this.#scheduled = setImmediate(() => {
      this.#scheduled = undefined;
      const scanned = this.#take("clean", SCAN_MAX_BYTES) + this.#take("suspect", SUSPECT_SCAN_MAX_BYTES);
      // Without progress only bundles of a lane wait that is busy: the end of its batch schedules again.
      if (scanned > 0) this.#schedule();
    });
  }

  #serves(lane: Lane): boolean {
    if (lane === "suspect") return this.#suspectBatches < SUSPECT_BATCHES_MAX;
    return this.#batches.size - this.#suspectBatches < BATCHES_MAX;
  }

  /** Scans one batch of a lane. Returns the number of its bundles. */
  #take(lane: Lane, maxBytes: number): number {
    if (!this.#serves(lane)) return 0;
    const { isSuspect } = this.#ports;
    const taken = this.#queue.take(SCAN_MAX_BUNDLES, maxBytes, (peer) => isSuspect(peer) === (lane === "suspect"));
    if (taken.length > 0) this.#scan(taken, lane);
    return taken.length;
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

  #scan(taken: readonly Waiting[], lane: Lane): void {
    const batch = this.#nextBatch++;
    const input = packInput(taken.map(({ bundle }) => bundle));
    const ended = this.#ports.traces?.part("scan", taken);
    let table: Uint8Array;
    try {
      table = this.#ports.kernel.scan(input, this.#ports.context);
    } catch (cause) {
      this.#scanFailed(batch, taken, lane, cause);
      return;
    } finally {
      ended?.();
    }
    const known: Batch = { input, table, lane, taken, lanes: 0 };
    this.#batches.set(batch, known);
    if (lane === "suspect") this.#suspectBatches++;
    this.#step(taken, { kind: "scanned", batch, input, table, sources: taken.map(({ source }) => source) });
    if (known.lanes === 0) this.#done(batch, known);
  }

  /** Scans the bundles one by one, so that only the bundle that the kernel can't scan fails. */
  #scanFailed(batch: number, taken: readonly Waiting[], lane: Lane, cause: unknown): void {
    const [only, ...others] = taken;
    if (only === undefined) return;
    if (others.length > 0) {
      for (const one of taken) this.#scan([one], lane);
      return;
    }
    this.#ports.failed(new NetworkError("kernel_failed", "a bundle could not be scanned", { cause }));
    this.#ports.unscanned(batch, only.source);
    this.#judged([only]);
  }

  #laneDone(batch: number, event: EngineEvent): void {
    const known = this.#batches.get(batch);
    if (known === undefined) return;
    known.lanes--;
    this.#step(known.taken, event);
    if (known.lanes === 0) this.#done(batch, known);
    this.#schedule();
  }

  #done(batch: number, known: Batch): void {
    if (!this.#batches.delete(batch)) return;
    if (known.lane === "suspect") this.#suspectBatches--;
    this.#judged(known.taken);
  }

  #judged(taken: readonly Waiting[]): void {
    for (const { bundle, source } of taken) if (source.kind !== "own") this.#unjudged.remove(source, bundle.length);
    this.#ports.traces?.judged(taken);
    this.#makeRoom();
  }
}

function unverified(cause: unknown): NetworkError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new NetworkError("kernel_failed", `a batch could not be verified: ${reason}`, { cause });
}
