import { raceSignal } from "race-signal";
import type { GossipDropLabel, NodeCount } from "../../api/index.js";
import type { EngineEvent } from "../../engine/index.js";
import type { Network } from "../../network/index.js";
import { encodeBundle } from "../../protocol/bundle.js";
import { decodeFrame } from "../../protocol/frames.js";
import { PeerBudget } from "./budget.js";
import { PeerDrops } from "./peer-drops.js";
import type { ScanQueue } from "./scan-queue.js";

export interface PeerInletPorts {
  readonly scanQueue: Pick<ScanQueue, "offer" | "offerWhenRoom" | "dropEnded">;
  readonly step: (event: EngineEvent) => void;
  readonly nowMs: () => number;
  readonly count: NodeCount;
  readonly network: Pick<Network, "verdict" | "disconnect">;
  /** Resolves when the disk has room for bodies. */
  readonly diskRoom: () => Promise<void>;
}

/** Takes bytes of peers: charges budgets, decodes frames, gives bundles to the scan queue. */
export class PeerInlet {
  readonly #ports: PeerInletPorts;
  readonly #budget = new PeerBudget();
  /** Dropped gossip of each connected peer. */
  readonly drops = new PeerDrops();

  constructor(ports: PeerInletPorts) {
    this.#ports = ports;
  }

  /** Takes a gossip bundle. Over the budget, or with a full queue, the verdict is Ignore; the peer's score stays. */
  gossip(message: {
    readonly peer: string;
    readonly topic: string;
    readonly messageId: string;
    readonly bytes: Uint8Array;
  }): void {
    const { peer, topic, messageId, bytes } = message;
    const waitMs = this.#budget.take(peer, bytes.length, this.#ports.nowMs());
    const taken = waitMs === 0 && this.#ports.scanQueue.offer(bytes, { kind: "gossip", peer, topic, messageId });
    if (taken) return;
    this.dropped(peer, waitMs === 0 ? "queue_full" : "over_budget", 1);
    this.#ports.network.verdict(messageId, peer, "ignore");
  }

  /** Counts gossip that was dropped before a verdict. */
  dropped(peer: string, reason: GossipDropLabel, count: number): void {
    this.drops.note(peer, reason, count);
    this.#ports.count("gossip_dropped", reason, count);
  }

  /**
   * Takes a sync frame. Resolves when the stream may be read further. Drops the frame if its connection has `ended`
   * before the engine gets it, and counts it.
   */
  async frame(peer: string, bytes: Uint8Array, ended: AbortSignal): Promise<void> {
    if (ended.aborted) return this.#lateFrame();
    const decoded = decodeFrame(bytes);
    if (!decoded.ok) {
      this.#ports.step({ kind: "frame_refused", peer });
      this.#ports.network.disconnect(peer, decoded.code);
      return;
    }
    const frame = decoded.value;
    await this.#pace(peer, bytes.length);
    switch (frame.kind) {
      case "records":
        return this.#ports.scanQueue.offerWhenRoom(
          frame.bundle,
          { kind: "sync", peer, requestId: frame.requestId },
          ended,
        );
      case "envelope":
      case "scores": {
        const source = { kind: "control", peer, frame: frame.kind, requestId: frame.requestId } as const;
        return this.#ports.scanQueue.offerWhenRoom(encodeBundle([frame.envelope]), source, ended);
      }
      case "body":
        // Bodies bypass the scan queue, so they wait for the disk here.
        await this.#diskRoom(ended);
        break;
    }
    if (ended.aborted) return this.#lateFrame();
    this.#ports.step({ kind: "frame", peer, frame });
  }

  /** The connection of a peer ended. */
  gone(peer: string): void {
    this.drops.forget(peer);
    this.#ports.scanQueue.dropEnded();
  }

  get peersInBudget(): number {
    return this.#budget.size;
  }

  #lateFrame(): void {
    this.#ports.count("frames_dropped", "peer_gone", 1);
  }

  /** Also ends with the connection: a disk may be behind for hours. */
  async #diskRoom(ended: AbortSignal): Promise<void> {
    await raceSignal(this.#ports.diskRoom(), ended).catch(() => undefined);
  }

  async #pace(peer: string, bytes: number): Promise<void> {
    for (;;) {
      const waitMs = this.#budget.take(peer, bytes, this.#ports.nowMs());
      if (waitMs === 0) return;
      await new Promise<void>((resolve) => setTimeout(resolve, waitMs).unref());
    }
  }
}
