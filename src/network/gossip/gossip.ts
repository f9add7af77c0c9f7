import {
  type GossipSub,
  type GossipsubMessage,
  type SubscriptionChangeData,
  TopicValidatorResult,
} from "@libp2p/gossipsub";
import type { Acceptance } from "../../engine/index.js";
import { toHex } from "../../protocol/bytes.js";
import { NetworkError } from "../../protocol/errors.js";
import type { Blake3 } from "../../protocol/hash.js";
import { gossipMessageId } from "../../protocol/strand.js";
import { GOSSIP_BACKLOG_BYTES, GOSSIP_SEEN_MAX, GOSSIP_STREAM_MISSING_MS } from "../constants.js";
import type { Session } from "../sessions/index.js";
import { plainBytes } from "../streams/index.js";
import type { NetworkHandlers, PublishResult, StreamState } from "../types.js";
import { GossipGuard } from "./gossip-guard.js";
import { type GossipInternals, hasInternals } from "./gossip-internals.js";
import { PendingVerdicts } from "./pending-verdicts.js";

export interface GossipOptions {
  readonly topics: readonly string[];
  /** Largest bundle, bytes (a network rule). */
  readonly bundleMaxBytes: number;
  /** For the message ids. */
  readonly blake3: Blake3;
  readonly handlers: NetworkHandlers;
  /** The ready session of a peer. */
  readonly readyOf: (peer: string) => Session | undefined;
  /** A bundle of the peer was rejected, or what it sent is as bad. */
  readonly rejected: (peer: string) => void;
  readonly nowMs: () => number;
}

/** A ready peer that gossip does not reach. */
export interface StuckPeer {
  readonly peer: string;
  readonly code: "peer_busy" | "gossip_stream_missing";
  /** For a person. */
  readonly what: string;
}

const RESULTS: Readonly<Record<Acceptance, TopicValidatorResult>> = {
  accept: TopicValidatorResult.Accept,
  ignore: TopicValidatorResult.Ignore,
  reject: TopicValidatorResult.Reject,
};

/** Sends and receives bundles over gossipsub: size limits, verdicts, and the watch over its streams. */
export class Gossip {
  readonly #pubsub: GossipSub & GossipInternals;
  readonly #options: GossipOptions;
  readonly #topics: ReadonlySet<string>;
  readonly #pending = new PendingVerdicts();
  readonly #guard: GossipGuard;
  /** Ready peers without a gossip stream to them, and since when. One entry per ready peer at most. */
  readonly #missing = new Map<string, number>();

  constructor(pubsub: GossipSub, options: GossipOptions) {
    if (!hasInternals(pubsub)) throw new NetworkError("bad_parameters", "this version of gossipsub is not supported");
    this.#pubsub = pubsub;
    this.#options = options;
    this.#topics = new Set(options.topics);
    this.#guard = new GossipGuard(pubsub, {
      topics: this.#topics,
      dropped: (peer, reason, count) => {
        options.handlers.gossipDropped(peer, reason, count);
        // No honest node sends these, whatever it received.
        if (reason === "malformed" || reason === "signed") options.rejected(peer);
      },
      isReady: (peer) => options.readyOf(peer) !== undefined,
      room: (peer) => options.handlers.gossipRoom(peer),
      nowMs: options.nowMs,
    });
  }

  /** Call once gossipsub runs. */
  start(): void {
    this.#pubsub.addEventListener("gossipsub:message", this.#onMessage);
    this.#pubsub.addEventListener("subscription-change", this.#onSubscription);
    for (const topic of this.#topics) this.#pubsub.subscribe(topic);
  }

  stop(): void {
    this.#pubsub.removeEventListener("gossipsub:message", this.#onMessage);
    this.#pubsub.removeEventListener("subscription-change", this.#onSubscription);
  }

  /**
   * Sends an own bundle to the mesh. A peer may have sent a bundle of the same bytes before that was not forwarded: its
   * only record was early, or several peers took the record from the same bad bundle. Gossipsub does not publish an id
   * that it has seen, so the id is removed from the seen cache first. The engine publishes each bundle once, so there
   * is no loop.
   */
  async publish(topic: string, bundle: Uint8Array): Promise<PublishResult> {
    if (!this.#topics.has(topic)) throw new NetworkError("bad_parameters", `not subscribed to ${topic}`);
    if (bundle.length > this.#options.bundleMaxBytes) {
      throw new NetworkError("bundle_too_large", `bundle of ${bundle.length} bytes`);
    }
    this.#pubsub.seenCache.entries.delete(toHex(gossipMessageId(this.#options.blake3, topic, bundle)));
    const { recipients } = await this.#pubsub.publish(topic, bundle);
    return recipients.length > 0 ? "sent" : "no_peers";
  }

  /** `from` is the peer that delivered the message. */
  verdict(messageId: string, from: string, acceptance: Acceptance): void {
    if (acceptance === "reject") this.#options.rejected(from);
    const peer = this.#pending.take(messageId);
    if (peer === undefined) this.#options.handlers.gossipDropped(from, "late_verdict", 1);
    else this.#pubsub.reportMessageValidationResult(messageId, peer, RESULTS[acceptance]);
  }

  /** The number of topics of this node that the peer subscribed to. */
  topicsOf(peer: string): number {
    let count = 0;
    for (const topic of this.#topics) {
      if (this.#pubsub.getSubscribers(topic).some((id) => id.toString() === peer)) count += 1;
    }
    return count;
  }

  /**
   * Enforces the caps and returns ready peers with which gossip does not work: one of the two streams is missing
   * (gossipsub never opens a second one), or the peer does not read.
   */
  watch(ready: Iterable<string>, nowMs: number): StuckPeer[] {
    this.#pending.expire(nowMs);
    this.#capSeen();
    const stuck: StuckPeer[] = [];
    const present = new Set(ready);
    for (const peer of this.#missing.keys()) if (!present.has(peer)) this.#missing.delete(peer);
    for (const peer of present) {
      const waiting = this.#pubsub.streamsOutbound.get(peer)?.rawStream.writeBufferLength ?? 0;
      if (waiting > GOSSIP_BACKLOG_BYTES) {
        stuck.push({ peer, code: "peer_busy", what: "it does not read the gossip that waits for it" });
      }
      const what = this.#lacks(peer);
      const since = this.#missing.get(peer) ?? nowMs;
      if (what === undefined) this.#missing.delete(peer);
      else this.#missing.set(peer, since);
      if (what !== undefined && nowMs - since > GOSSIP_STREAM_MISSING_MS) {
        stuck.push({ peer, code: "gossip_stream_missing", what });
      }
    }
    return stuck;
  }

  /** The peer's ready session is gone. */
  forget(peer: string): void {
    this.#guard.forget(peer);
  }

  /** `open` where both gossip streams are open. */
  stateOf(peer: string): StreamState {
    return this.#lacks(peer) === undefined ? "open" : "waiting";
  }

  /** In how many topics each peer is in the mesh, to which gossip is sent in full. Peers in none are left out. */
  meshTopics(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const peers of this.#pubsub.mesh.values()) {
      for (const peer of peers) counts.set(peer, (counts.get(peer) ?? 0) + 1);
    }
    return counts;
  }

  sizes(): Record<string, number> {
    return {
      gossipPending: this.#pending.size,
      gossipPendingBytes: this.#pending.bytes,
      gossipPendingOverflowed: this.#pending.overflowed,
      gossipLateVerdicts: this.#pending.late,
      gossipSeen: this.#pubsub.seenCache.entries.size,
    };
  }

  readonly #onMessage = (event: CustomEvent<GossipsubMessage>): void => {
    const { msgId, msg, propagationSource } = event.detail;
    const peer = propagationSource.toString();
    const { handlers, bundleMaxBytes, readyOf, nowMs } = this.#options;
    if (msg.data.length > bundleMaxBytes) {
      handlers.fault(peer, "bundle_too_large");
      this.#options.rejected(peer);
      this.#answer(msgId, peer, "reject");
    } else if (readyOf(peer) === undefined || !this.#pending.add(msgId, peer, msg.data.length, nowMs())) {
      this.#answer(msgId, peer, "ignore");
      handlers.gossipDropped(peer, "no_room", 1);
    } else {
      handlers.gossip({ peer, topic: msg.topic, messageId: msgId, bytes: plainBytes(msg.data) });
    }
  };

  readonly #onSubscription = (event: CustomEvent<SubscriptionChangeData>): void => {
    const { peerId, subscriptions } = event.detail;
    const session = this.#options.readyOf(peerId.toString());
    if (session === undefined || session.subscribed) return;
    if (!subscriptions.some(({ topic, subscribe }) => subscribe && this.#topics.has(topic))) return;
    session.subscribed = true;
    this.#options.handlers.peerSubscribed(session.peer);
  };

  /** Gossipsub caches a message before the event, so an immediate answer works. */
  #answer(messageId: string, peer: string, acceptance: Acceptance): void {
    this.#pubsub.reportMessageValidationResult(messageId, peer, RESULTS[acceptance]);
  }

  /** Which of the two gossip streams is missing. A broken stream stays in the table of gossipsub. */
  #lacks(peer: string): string | undefined {
    if (this.#pubsub.streamsOutbound.get(peer)?.rawStream.writeStatus !== "writable")
      return "it takes no gossip stream";
    const inbound = this.#pubsub.streamsInbound.get(peer)?.rawStream;
    return inbound?.remoteWriteStatus === "writable" ? undefined : "it opens no gossip stream";
  }

  #capSeen(): void {
    const { entries } = this.#pubsub.seenCache;
    for (const id of entries.keys()) {
      if (entries.size <= GOSSIP_SEEN_MAX) return;
      entries.delete(id);
    }
  }
}
