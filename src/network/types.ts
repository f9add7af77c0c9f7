import type { Acceptance, PeerFacts } from "../engine/index.js";
import type { DialReason } from "../protocol/dial-reasons.js";
import type { ReasonCode } from "../protocol/errors.js";
import type { Blake3 } from "../protocol/hash.js";
import type { HelloRest } from "../protocol/hello.js";
import type { NetworkIdentity } from "../protocol/rules.js";
import type { AddressStore, NameResolver } from "./addresses/index.js";
import type { Reach } from "./reach/index.js";

/** A peer's clock when its rest arrived, ms since the epoch, as well as a hello can tell. */
export interface PeerClock {
  readonly clockMs: number;
  /** The clock may have said this much more or less. */
  readonly errorMs: number;
}

/** The node key as the hello needs it; the private half may live elsewhere. */
export interface HelloSigner {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** s, e, R: 96 bytes. */
  sign(message: Uint8Array): Promise<Uint8Array>;
}

/** Signature checks of hellos, done by the kernel. */
export type VerifySignature = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => Promise<boolean>;

/** What the network tells the node. None of these may throw. */
export interface NetworkHandlers {
  /** A gossip message that passed the size limits; it must be answered by {@link Network.verdict}. */
  gossip(message: {
    readonly peer: string;
    readonly topic: string;
    readonly messageId: string;
    readonly bytes: Uint8Array;
  }): void;
  /** `clock`: of the peer, now; undefined where its hello was too slow to tell. */
  peerReady(facts: PeerFacts, clock: PeerClock | undefined): void;
  peerGone(peer: string): void;
  /** The peer's first gossip subscription to a topic of ours on this connection. */
  peerSubscribed(peer: string): void;
  /** One sync frame without its length. The stream is not read on until the promise resolves: back-pressure. */
  frame(peer: string, bytes: Uint8Array): Promise<void>;
  /** The transport itself saw something wrong (oversized frame, refused hello). */
  fault(peer: string, code: ReasonCode): void;
  /** A dial came to nothing, or a connection ended; for the metric. */
  dialFailed(reason: DialReason): void;
  /** Gossip of a peer was dropped, `count` messages or entries. */
  gossipDropped(peer: string, reason: GossipDrop, count: number): void;
  /** A line for a person; text is ours. */
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
  /** Addresses told to peers in place of those listened on, DNS names too; at most ANNOUNCED_MAX. */
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
 * Why gossip of a peer was dropped without being judged (protocol.md, strands, topics, bundles): a frame that can't be
 * decoded; all gossip of a peer with too many rejected bundles; a topic that this node has not; a message that names an
 * author; more subscriptions, GRAFT and PRUNE than anyone needs; more messages at once than can wait for their verdict; a
 * verdict that came too late to forward the message.
 */
export type GossipDrop =
  | "malformed"
  | "muted"
  | "foreign_topic"
  | "signed"
  | "control_flood"
  | "no_room"
  | "late_verdict";

/** `waiting`: a stream of this peer, or to it, is not there yet or no longer. It comes soon, or the connection is closed. */
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
}

/** What became of an own bundle: written to the streams of at least one peer, or there was no peer to write it to. */
export type PublishResult = "sent" | "no_peers";

/** The transport: gossip, hello, sync streams, peers (specification: PeerManager). */
export interface Network {
  /** Own libp2p peer id as text. */
  readonly peerId: string;
  /** Whether this node reaches others and others reach it. */
  readonly reach: Pick<Reach, "isolation" | "twin" | "loopbackOnly" | "gone" | "report">;
  /** Multiaddrs with /p2p/ that this node listens on, of interfaces that are up. */
  addresses(): string[];
  /** Resolves when it is handed to gossipsub, with what became of it; no peers is no error. */
  publish(topic: string, bundle: Uint8Array): Promise<PublishResult>;
  /** The verdict on a gossip message; unknown or late ones are counted and ignored. */
  verdict(messageId: string, peer: string, acceptance: Acceptance): void;
  /** One frame (with its length added here) on the peer's sync stream; waits while the peer is slow, up to `timeoutMs`. */
  send(
    peer: string,
    frame: Uint8Array,
    options?: { readonly timeoutMs?: number; readonly signal?: AbortSignal },
  ): Promise<void>;
  disconnect(peer: string, code: ReasonCode): void;
  peers(): PeerConnection[];
  /** Dials now, without waiting for the redial clock. */
  dial(address: string): Promise<void>;
  /** IP addresses of machines where a node of this program may listen: hints of the lowest rank, tried while peers are few. */
  hosts(hosts: readonly string[]): void;
  /** Sizes of every bounded structure, by name, and counts of what came late or did not fit. */
  sizes(): Readonly<Record<string, number>>;
  stop(): Promise<void>;
}
