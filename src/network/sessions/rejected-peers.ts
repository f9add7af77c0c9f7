import type { Connection } from "@libp2p/interface";
import { addressGroup } from "../addresses/index.js";
import type { NetworkHandlers } from "../types.js";
import { PeerLines } from "./peer-lines.js";
import { Refusals } from "./refusals.js";
import type { Session } from "./session.js";

export interface RejectedPeersOptions {
  readonly handlers: Pick<NetworkHandlers, "fault" | "connectionRefused" | "log">;
  /** The bootstrap list has this peer. */
  readonly isConfigured: (peer: string) => boolean;
  /** Closes every connection of the peer. */
  readonly close: (peer: string) => void;
  readonly nowMs: () => number;
}

/** Closes peers that send rejected bundles, and refuses their next connections. */
export class RejectedPeers {
  readonly #options: RejectedPeersOptions;
  readonly #refusals: Refusals;
  readonly #lines: PeerLines;

  constructor(options: RejectedPeersOptions) {
    this.#options = options;
    this.#refusals = new Refusals(options.nowMs);
    this.#lines = new PeerLines(options.handlers.log, options.nowMs);
  }

  /** Peers and address groups that are remembered, and those that are refused now. */
  get sizes(): { readonly refusals: number; readonly refusing: number } {
    return { refusals: this.#refusals.size, refusing: this.#refusals.active };
  }

  ready({ peer, connection }: Session): void {
    this.#refusals.ready(peer, addressGroup(connection.remoteAddr.toString()));
  }

  /** A bundle of the peer was rejected, or an equal fault was found in what it sent. */
  rejected(peer: string): void {
    if (!this.#refusals.rejected(peer)) return;
    const { handlers, close } = this.#options;
    const text = "closing a peer: it or its address sent rejected bundles";
    this.#lines.write("warn", "rejected_bundles", peer, text, { peer, code: "rejected_bundles" });
    handlers.fault(peer, "rejected_bundles");
    // The caller may be in the middle of a step of the node, which hears of the end of the connection.
    setImmediate(() => close(peer));
  }

  /**
   * Aborts a new connection and returns false where its peer is refused, or where an unknown peer dialled from a
   * refused address group.
   */
  admits(connection: Connection): boolean {
    const peer = connection.remotePeer.toString();
    const isStranger = connection.direction === "inbound" && !this.#options.isConfigured(peer);
    const isRefused =
      this.#refusals.refusesPeer(peer) ||
      (isStranger && this.#refusals.refusesGroup(addressGroup(connection.remoteAddr.toString())));
    if (!isRefused) return true;
    if (connection.status === "open") {
      this.#options.handlers.connectionRefused("rejected_bundles");
      connection.abort(new Error("rejected_bundles"));
    }
    return false;
  }

  /** Call it every TICK_MS. */
  tick(): void {
    this.#lines.tick();
  }
}
