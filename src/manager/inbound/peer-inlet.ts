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
  readonly scanQueue: Pick<ScanQueue, "offer" | "offerWhenRoom" | "gossipRoom" | "dropEnded">;
  readonly step: (event: EngineEvent) => void;
  readonly nowMs: () => number;
  readonly count: NodeCount;
  readonly network: Pick<Network, "verdict" | "disconnect">;
  /** Resolves when the disk has room for bodies. */
  readonly diskRoom: () => Promise<void>;
}

/** Takes bytes of peers: decodes frames, charges them to budgets, gives bundles to the scan queue. */
export class PeerInlet {
  readonly #ports: PeerInletPorts;
  readonly #budget = new PeerBudget();
  /** Dropped gossip of each connected peer. */
  readonly drops = new PeerDrops();

  constructor(ports: PeerInletPorts) {
    this.#ports = ports;
  }

  /**
   * Undefined if the gossip of the peer may be read now. Else resolves when it may: the peer has as many bundles
   * without a verdict here as it may have.
   */
  gossipRoom(peer: string): Promise<void> | undefined {
    const room = this.#ports.scanQueue.gossipRoom(peer);
    if (room !== undefined) this.#ports.count("gossip_waits", "peer_room", 1);
    return room;
  }

  /** Takes a gossip bundle. With a full queue the verdict is Ignore; the peer's score stays. */
  gossip(message: {
    readonly peer: string;
    readonly topic: string;
    readonly messageId: string;
    readonly bytes: Uint8Array;
  }): void {
    const { peer, topic, messageId, bytes } = message;
    if (this.#ports.scanQueue.offer(bytes, { kind: "gossip", peer, topic, messageId })) return;
    this.dropped(peer, "queue_full", 1);
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
    // The scan queue paces records, and bodies come only as this node asks for them.
    const isPaced = frame.kind !== "records" && frame.kind !== "body" && frame.kind !== "bodies";
    if (isPaced) await this.#pace(peer, bytes.length);
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
      case "bodies":
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
    this.#ports.scanQueue.dropEnded(peer);
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
