import type { Connection } from "@libp2p/interface";
import type { DialReason } from "../../protocol/dial-reasons.js";
import type { HelloRest } from "../../protocol/hello.js";
import type { NetworkOptions } from "../types.js";
import type { HelloSuccess } from "./hello.js";
import type { Session } from "./session.js";

export interface ConnectionEvents {
  /** The session becomes the one ready session of its peer. */
  ready(session: Session, hello: Pick<HelloSuccess, "rest" | "clock">): void;
  /** The session is no longer the ready session of its peer. */
  gone(session: Session): void;
  /** The connection closed, ready or not. */
  closed(session: Session): void;
  /**
   * A hello was refused, by this node or by the peer. `refuser` is the peer that refused because another node with this
   * node's id is connected to it.
   */
  refused(reason: DialReason, refuser: Session | undefined): void;
  /** The peer has no room, and named other peers: multiaddrs, unverified. */
  referred(session: Session, known: readonly string[]): void;
}

export interface ConnectionsOptions
  extends Pick<NetworkOptions, "identity" | "blake3" | "signer" | "verify" | "handlers"> {
  readonly ownPeerId: Uint8Array;
  readonly ownPeer: string;
  /** The rest of this node's hello for the peer at the other end. */
  readonly restFor: (connection: Connection) => HelloRest;
  /** Addresses of other peers for the peer at the other end, at most as many as a hello holds. */
  readonly knownFor: (connection: Connection) => readonly string[];
  /** Connections that peers may dial and keep. */
  readonly inboundPlaces: number;
  /** The bootstrap list has this peer's id, or the peer answered at an address of the list. */
  readonly isConfigured: (peer: string) => boolean;
  /** The peer was dialled at random, and only for a time. */
  readonly isExtra: (peer: string) => boolean;
  readonly events: ConnectionEvents;
  readonly nowMs: () => number;
}
