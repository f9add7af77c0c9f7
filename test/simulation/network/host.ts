import { base58 } from "@scure/base";
import type { Random } from "../world/random.js";
import type { Life } from "../world/schedule.js";
import type { SimGossip } from "./gossip/sim-gossip.js";
import type { SimConnection } from "./sim-connection.js";
import type { SimStream } from "./sim-stream.js";

/** The part of a libp2p peer id that the network uses. */
export interface SimPeerId {
  toString(): string;
  toMultihash(): { readonly bytes: Uint8Array };
}

/** Identity multihash of an Ed25519 public key as protobuf. */
const PEER_ID_HEAD = Uint8Array.of(0x00, 0x24, 0x08, 0x01, 0x12, 0x20);

/** The peer id of a libp2p private key. The protobuf of an Ed25519 key ends with the 32 bytes of the public key. */
export function peerIdOf(libp2pKey: Uint8Array): SimPeerId {
  const bytes = new Uint8Array(PEER_ID_HEAD.length + 32);
  bytes.set(PEER_ID_HEAD);
  bytes.set(libp2pKey.subarray(-32), PEER_ID_HEAD.length);
  const text = base58.encode(bytes);
  const hash = { bytes };
  return { toString: () => text, toMultihash: () => hash };
}

/** A peer whose hello succeeded. */
export interface ReadyPeer {
  readonly name: string;
  readonly dialed: boolean;
  readonly readyMs: number;
}

/** Handles a stream that a peer opened. */
export interface StreamProtocol {
  readonly handle: (stream: SimStream, connection: SimConnection) => void;
  readonly maxInbound: number;
}

/** The transport of one incarnation of a node: its address, its protocols and its ends of connections. */
export interface Host {
  /** Name of the node. */
  readonly name: string;
  readonly life: Life;
  readonly ip: string;
  readonly peerId: SimPeerId;
  readonly random: Random;
  readonly protocols: ReadonlyMap<string, StreamProtocol>;
  readonly connections: Set<SimConnection>;
  /** Inbound connections that it takes, and connections in all. */
  readonly maxInbound: number;
  readonly maxConnections: number;
  /** Undefined before the start. */
  readonly gossip: SimGossip | undefined;
  /** A connection came or went. */
  changed(): void;
  /** A connection to this host is open. */
  opened(connection: SimConnection): void;
}
