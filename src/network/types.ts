import type { Acceptance, PeerFacts } from "../engine/index.js";
import type { DialReason } from "../protocol/dial-reasons.js";
import type { ReasonCode } from "../protocol/errors.js";
import type { Blake3 } from "../protocol/hash.js";
import type { HelloRest } from "../protocol/hello.js";
import type { NetworkIdentity } from "../protocol/rules.js";
import type { AddressStore, NameResolver } from "./addresses/index.js";
import type { Reach } from "./reach/index.js";

/** The estimate that a hello gives of a peer's clock at the time its rest arrived, ms since the epoch. */
export interface PeerClock {
  readonly clockMs: number;
  /** The largest error of the estimate, in either direction. */
  readonly errorMs: number;
}

/** Signs hellos with the node key. The private key may be in another process. */
export interface HelloSigner {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** s, e, R: 96 bytes. */
  sign(message: Uint8Array): Promise<Uint8Array>;
}

/** Verifies the signature of a hello; the kernel does it. */
export type VerifySignature = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => Promise<boolean>;

/** Fewer writes of a transport library. It is here, because the types of the libraries would reach every embedder. */
export type LibrarySaving = "window_updates" | "corked_writes";

/**
 * Why an inbound connection was refused. `rejected_bundles`: its peer or its address sent some. `referred`: no place
 * was free, and the peer got addresses of other peers. `no_room`: no room even for that.
 */
export type ConnectionRefusal = "rejected_bundles" | "referred" | "no_room";

/** Calls from the network to the node. None of them may throw. */
export interface NetworkHandlers {
  /** A gossip message within the size limits. Answer each one by {@link Network.verdict}. */
  gossip(message: {
    readonly peer: string;
    readonly topic: string;
    readonly messageId: string;
    readonly bytes: Uint8Array;
  }): void;
  /**
   * Undefined if gossip of the peer may be read now. Else resolves when it may, or when the peer is gone; its messages
   * wait in its stream meanwhile.
   */
  gossipRoom(peer: string): Promise<void> | undefined;
  /** `clock` is undefined where the hello took too long for an estimate. */
  peerReady(facts: PeerFacts, clock: PeerClock | undefined): void;
  peerGone(peer: string): void;
  /** The peer's first gossip subscription to a topic of ours on this connection. */
  peerSubscribed(peer: string): void;
  /**
   * One sync frame without its length. The next frame is read after the promise resolves (back-pressure). `ended` fires
   * when its connection closes: from then on the frame must not be used, since the peer may have a new connection.
   */
  frame(peer: string, bytes: Uint8Array, ended: AbortSignal): Promise<void>;
  /** The transport found a fault of the peer (oversized frame, refused hello). */
  fault(peer: string, code: ReasonCode): void;
  /** A new connection was refused, for the metric. */
  connectionRefused(reason: ConnectionRefusal): void;
  /** Whether fewer writes of a library are in force, at the start or for a new connection; for the metric. */
  librarySaving(saving: LibrarySaving, isApplied: boolean): void;
  /** A dial failed, or a connection ended; for the metric. */
  dialFailed(reason: DialReason): void;
  /** Gossip of a peer was dropped, `count` messages or entries. */
  gossipDropped(peer: string, reason: GossipDrop, count: number): void;
  /** A log line. The text never comes from a peer. */
  log(
    level: "debug" | "info" | "warn" | "error",
    text: string,
    fields: Readonly<Record<string, string | number>>,
  ): void;
}

export interface NetworkOptions {
  readonly identity: NetworkIdentity;
  readonly blake3: Blake3;
  /** Ed25519 private key as libp2p protobuf bytes. */
  readonly libp2pKey: Uint8Array;
  /** This run made the key: no other node has it. Default: false. */
  readonly libp2pKeyIsNew?: boolean;
  /** Multiaddrs, such as /ip4/127.0.0.1/tcp/0. */
  readonly listen: readonly string[];
  /** Multiaddrs with /p2p/ id or without. */
  readonly bootstrap: readonly string[];
  /** Addresses to advertise instead of the listen addresses, DNS names too; at most ANNOUNCED_MAX. */
  readonly announce?: readonly string[];
  /** Default: the resolver of this machine. */
  readonly resolver?: NameResolver;
  readonly maxConnections?: number;
  readonly signer: HelloSigner;
  readonly verify: VerifySignature;
  /** This node's own part of the hello, fresh at each call; addresses and known peers are filled in by the network. */
  readonly rest: () => Omit<HelloRest, "addresses" | "known" | "observed">;
  /** Gossip topics to subscribe to. */
  readonly topics: readonly string[];
  readonly addressStore: AddressStore;
  readonly handlers: NetworkHandlers;
}

/**
 * Why gossip of a peer was dropped without a check (protocol.md, strands, topics, bundles): the frame can't be decoded;
 * the peer has too many rejected bundles; this node has no such topic; the message names an author; subscriptions,
 * GRAFT and PRUNE exceed their rate; too many messages wait for a verdict; the verdict came too late to forward the
 * message.
 */
export type GossipDrop =
  | "malformed"
  | "muted"
  | "foreign_topic"
  | "signed"
  | "control_flood"
  | "no_room"
  | "late_verdict";

/** `waiting`: one of the two streams is missing. It opens within a time limit, or the connection is closed. */
export type StreamState = "open" | "waiting";

/** One live connection, for people and metrics (specification: PeerConnection). */
export interface PeerConnection {
  readonly peer: string;
  /** Node key, hex; absent before the hello. */
  readonly key: string | undefined;
  readonly address: string;
  readonly dialed: boolean;
  readonly state: "connecting" | "ready";
  readonly agent: string;
  readonly connectedMs: number;
  /** Round trip of the hello, ms. */
  readonly latencyMs: number | undefined;
  /** Gossip topics of ours that it subscribed to. */
  readonly topics: number;
  /** The two sync streams. */
  readonly sync: StreamState;
  /** The two gossip streams. */
  readonly gossip: StreamState;
  /** Topics in whose mesh the peer is. */
  readonly meshTopics: number;
}

/** `sent`: the bundle was written to the stream of at least one peer. `no_peers`: there was no peer to write it to. */
export type PublishResult = "sent" | "no_peers";

export interface SendOptions {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** One connection to a peer, for frames that are made later. */
export interface PeerSender {
  readonly peer: string;
  /** As {@link Network.send}. Fails with `peer_gone` after the end of this connection, also if the peer has another. */
  readonly send: (frame: Uint8Array, options?: SendOptions) => Promise<void>;
}

/** The transport: gossip, hello, sync streams, peers (specification: PeerManager). */
export interface Network {
  /** Own libp2p peer id as text. */
  readonly peerId: string;
  /** Whether this node reaches peers and peers reach it. */
  readonly reach: Pick<Reach, "isolation" | "doubledPeerId" | "loopbackOnly" | "gone" | "report">;
  /** Peers whose hello succeeded. */
  readonly readyCount: number;
  /** The address of a ready peer that uses a node key, given in hex; undefined if no peer does. */
  readyAddressOf(key: string): string | undefined;
  /** Peers and address groups that are refused now, because they sent rejected bundles. */
  readonly refusing: number;
  /** Multiaddrs with /p2p/ that this node listens on, of interfaces that are up. */
  addresses(): string[];
  /** Resolves when gossipsub has taken the bundle. A bundle without peers is no error. */
  publish(topic: string, bundle: Uint8Array): Promise<PublishResult>;
  /** The verdict on a gossip message; unknown or late ones are counted and ignored. */
  verdict(messageId: string, peer: string, acceptance: Acceptance): void;
  /**
   * One frame (with its length added here) on the peer's sync stream; waits while the peer is slow, up to `timeoutMs`.
   */
  send(peer: string, frame: Uint8Array, options?: SendOptions): Promise<void>;
  /** The connection that the peer has now. */
  sender(peer: string): PeerSender;
  disconnect(peer: string, code: ReasonCode): void;
  peers(): PeerConnection[];
  /** Dials now, without waiting for the next redial. */
  dial(address: string): Promise<void>;
  /** IP addresses of machines where a node may listen: hints of the lowest rank, dialled while there are few peers. */
  hosts(hosts: readonly string[]): void;
  /** Sizes of every bounded structure by name, and counts of late and dropped items. */
  sizes(): Readonly<Record<string, number>>;
  stop(): Promise<void>;
}
