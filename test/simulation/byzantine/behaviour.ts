import type { Acceptance } from "../../../src/engine/index.js";
import type { MessageType } from "../../../src/protocol/envelope.js";
import type { Frame } from "../../../src/protocol/frames.js";
import type { NetworkIdentity } from "../../../src/protocol/rules.js";
import type { SyncRequest } from "../../../src/protocol/sync-messages.js";
import type { RawPeer } from "../network/raw-peer.js";
import type { Random } from "../world/random.js";
import type { ByzantineAuthor, Made } from "./author.js";
import type { PeerRecord } from "./records.js";
import type { ListedWindow, Shelf } from "./shelf.js";

/** What a behaviour acts through. Peers are named by their peer id. */
export interface Powers {
  readonly identity: NetworkIdentity;
  readonly random: Random;
  readonly raw: RawPeer;
  readonly author: ByzantineAuthor;
  readonly shelf: Shelf;
  readonly nowMs: () => number;
  /** Another key of this peer. */
  newAuthor(): ByzantineAuthor;
  /** Whether the record is of a key of any byzantine peer. */
  isOwn(record: PeerRecord): boolean;
  /** Ready peers. */
  peers(): string[];
  /** The half of the network to which a peer belongs: the same for all byzantine peers. */
  half(peer: string): 0 | 1;
  /** Puts an own record with its body on the shelf. */
  keep(made: Made): PeerRecord;
  /** Gossips envelopes, one bundle for each topic. */
  publish(records: readonly Pick<PeerRecord, "topic" | "envelope">[], peers?: readonly string[]): void;
  /** Sends frames one after the other. */
  send(peer: string, ...frames: Frame[]): void;
  /** An envelope of the node key. */
  sealed(type: MessageType, payload: Uint8Array): Uint8Array;
  request(peer: string, request: SyncRequest): void;
  requestId(): string;
  after(delayMs: number, run: () => void): void;
  /** Connects to all honest nodes as another peer, for a while: with these fields of its hello. */
  visit(hello: { readonly identity?: NetworkIdentity; readonly registryDigest?: Uint8Array }): void;
  /** Counts an act of this behaviour; the trace gets its text. */
  acted(text: string): void;
  /** No honest node may ever hold the record. */
  forged(id: string): void;
  /** Two records of one key for one slot or one subject. */
  contradicted(pair: readonly [PeerRecord, PeerRecord]): void;
}

/**
 * One behaviour of one byzantine peer. Without any the peer takes part like an honest node that lacks bodies of others:
 * it forwards gossip, lists what it heard and serves it. All members are optional but the first.
 */
export interface Behaviour {
  /** Called about once a second, while faults are on. */
  step(): void;
  /** A message of gossip; the answer replaces `accept`. */
  heard?(peer: string, topic: string, bytes: Uint8Array): Acceptance | undefined;
  /** A frame that a peer sent, before it is answered. */
  received?(peer: string, frame: Frame): void;
  /** When the next frame of the peer is read; undefined: at once. */
  reads?(peer: string): Promise<void> | undefined;
  /** Replaces the windows that are listed to a peer. */
  lists?(peer: string, strand: string, windows: readonly ListedWindow[]): readonly ListedWindow[];
  /** Replaces the envelopes of records that are served to a peer. */
  serves?(peer: string, records: readonly PeerRecord[]): readonly PeerRecord[];
  /** False: the body counts as unknown. */
  servesBody?(peer: string, hash: string): boolean;
  /** Replaces the frames of one answer. */
  answers?(peer: string, frames: readonly Frame[]): readonly Frame[];
  /** Wait before an answer. */
  delayMs?(): number;
}
