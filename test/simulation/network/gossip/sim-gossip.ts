import { toHex } from "../../../../src/protocol/bytes.js";
import type { Blake3 } from "../../../../src/protocol/hash.js";
import { gossipMessageId } from "../../../../src/protocol/strand.js";
import { Emitter } from "../emitter.js";
import type { Host, ReadyPeer, SimPeerId } from "../host.js";
import type { SimConnection } from "../sim-connection.js";
import type { SimNet } from "../sim-net.js";
import type { SimStream } from "../sim-stream.js";
import { LazyPush } from "./lazy-push.js";
import { sendLossy } from "./lossy.js";
import { D, Mesh } from "./mesh.js";
import { MessageCache } from "./message-cache.js";
import { PeerScore } from "./peer-score.js";
import { type Control, controlRpc, type GossipMessage, messageRpc, type Rpc, subscriptionRpc } from "./rpc.js";
import { isUnwanted } from "./unwanted.js";

/** Parameters of the product (`gossip-parameters.ts`) and of gossipsub 17.1.1. */
const HEARTBEAT_MS = 1000;
const HISTORY = 5;
const SEEN_MS = 120_000;
const IDONTWANT_MIN_BYTES = 1024;
const GOSSIP_THRESHOLD = -10;
const PUBLISH_THRESHOLD = -50;
const GRAYLIST_THRESHOLD = -80;

interface Peer {
  readonly id: SimPeerId;
  readonly connection: SimConnection;
  readonly readyMs: number;
}

/**
 * Gossipsub as this product configures it, with the members that the product uses: mesh, IHAVE and IWANT, IDONTWANT,
 * scores and verdicts. Frames are objects; their sizes count against the window of the stream.
 * IDONTWANT is no frame: a forwarder sees in the message when a peer got it. Not simulated: peer exchange,
 * opportunistic grafts, fanout (every topic is joined), penalties for broken promises.
 */
export class SimGossip extends Emitter {
  readonly seenCache = { entries: new Map<string, number>() };
  readonly streamsOutbound = new Map<string, { readonly rawStream: SimStream }>();
  readonly streamsInbound = new Map<string, { readonly rawStream: SimStream }>();
  readonly score: PeerScore;
  readonly #net: SimNet;
  readonly #host: Host;
  readonly #blake3: Blake3;
  readonly #mesh: Mesh;
  readonly #cache = new MessageCache(HISTORY);
  readonly #lazy: LazyPush;
  readonly #peers = new Map<string, Peer>();
  readonly #subscribers = new Map<string, readonly SimPeerId[]>();
  #stopped = false;

  constructor(net: SimNet, host: Host, blake3: Blake3, isLoopback: boolean) {
    super();
    this.#net = net;
    this.#host = host;
    this.#blake3 = blake3;
    const nowMs = (): number => net.schedule.nowMs;
    this.score = new PeerScore(nowMs, !isLoopback);
    this.#mesh = new Mesh({
      random: host.random,
      nowMs,
      score: (peer) => this.score.score(peer),
      isOutbound: (peer) => this.#peers.get(peer)?.connection.direction === "outbound",
      hasStream: (peer) => this.streamsOutbound.has(peer),
      penalize: (peer, count) => this.score.penalize(peer, count),
    });
    this.#lazy = new LazyPush({
      ...{ mesh: this.#mesh, cache: this.#cache, random: host.random, counts: net.counts },
      leastScore: GOSSIP_THRESHOLD,
      seen: this.seenCache.entries,
      seenBy: (peer) => this.#peers.get(peer)?.connection.other.host.gossip?.seenCache.entries,
      send: (peer, rpc) => void this.#sendLossy(peer, rpc),
    });
  }

  start(): void {
    this.#beat(HEARTBEAT_MS * this.#host.random.unit());
  }

  stop(): void {
    this.#stopped = true;
  }

  subscribe(topic: string): void {
    this.#mesh.join(topic);
  }

  /** The same array until subscriptions change: the product asks often. */
  getSubscribers(topic: string): readonly SimPeerId[] {
    let ids = this.#subscribers.get(topic);
    if (ids === undefined) {
      ids = [...(this.#mesh.subscribers(topic) ?? [])].flatMap((peer) => this.#peers.get(peer)?.id ?? []);
      this.#subscribers.set(topic, ids);
    }
    return ids;
  }

  isInMesh(topic: string, peer: string): boolean {
    return this.#mesh.peers(topic)?.has(peer) === true;
  }

  readyPeers(): ReadyPeer[] {
    return [...this.#peers.values()].map(({ connection, readyMs }) => ({
      name: connection.other.host.name,
      dialed: connection.direction === "outbound",
      readyMs,
    }));
  }

  get mesh(): ReadonlyMap<string, ReadonlySet<string>> {
    return this.#mesh.all;
  }

  acceptFrom(peer: string): boolean {
    return this.score.score(peer) >= GRAYLIST_THRESHOLD;
  }

  /** Frames are objects here; what comes as bytes is garbage. */
  decodeRpc(_bytes: Uint8Array): Rpc {
    throw new Error("no frame of gossip");
  }

  /** A peer is ready, and the stream to it is open. */
  connected(stream: SimStream): void {
    const { connection } = stream;
    const peer = connection.remotePeer.toString();
    const readyMs = this.#net.schedule.nowMs;
    this.#subscribers.clear();
    this.#peers.set(peer, { id: connection.remotePeer, connection, readyMs });
    this.score.added(peer, connection.other.host.ip);
    this.streamsOutbound.set(peer, { rawStream: stream });
    this.inject(peer, subscriptionRpc(this.#mesh.topics));
  }

  disconnected(peer: string): void {
    this.#peers.delete(peer);
    this.streamsOutbound.delete(peer);
    this.streamsInbound.delete(peer);
    this.score.removed(peer);
    this.#mesh.removed(peer);
    this.#subscribers.clear();
  }

  /** A ready peer opened its stream. A frame is read after the one before is handled. */
  accept(stream: SimStream): void {
    const from = stream.connection.remotePeer;
    const peer = from.toString();
    this.streamsInbound.set(peer, { rawStream: stream });
    stream.addEventListener("message", ({ data }: { readonly data: { subarray(): Rpc } }) => {
      const rpc = data.subarray();
      if (this.#isKnown(peer, rpc)) return;
      stream.pause();
      const read = rpc.garbage === undefined ? rpc : this.decodeRpc(rpc.garbage);
      void this.handleReceivedRpc(from, read).then(() => stream.resume());
    });
  }

  /** The product replaces it by a guard that calls it. */
  handleReceivedRpc(from: SimPeerId, rpc: Rpc): Promise<void> {
    const peer = from.toString();
    if (!this.acceptFrom(peer)) return Promise.resolve();
    if (rpc.subscriptions.length > 0) this.#subscriptions(from, peer, rpc.subscriptions);
    for (const message of rpc.messages) this.#message(from, peer, message);
    if (rpc.control !== undefined) this.#control(peer, rpc.control);
    return Promise.resolve();
  }

  publish(topic: string, data: Uint8Array): Promise<{ readonly recipients: readonly SimPeerId[] }> {
    const message = this.message(topic, data);
    if (this.seenCache.entries.has(message.id)) return Promise.reject(new Error("PublishError.Duplicate"));
    this.#see(message);
    this.#cache.put(message, true);
    const mesh = this.#mesh.peers(topic);
    const chosen = [...(mesh ?? [])];
    if (chosen.length < D) chosen.push(...this.#mesh.others(topic, PUBLISH_THRESHOLD).slice(0, D - chosen.length));
    const rpc = messageRpc([message]);
    const sent = chosen.filter((peer) => this.#sendLossy(peer, rpc));
    return Promise.resolve({ recipients: sent.flatMap((peer) => this.#peers.get(peer)?.id ?? []) });
  }

  reportMessageValidationResult(id: string, source: string, acceptance: "accept" | "ignore" | "reject"): void {
    if (acceptance !== "accept") {
      const entry = this.#cache.remove(id);
      if (entry === undefined || acceptance === "ignore") return;
      this.#net.counts.gossipRejected++;
      this.#net.noteRejected(source);
      this.score.rejectInvalidMessage(source, entry.message.topic);
      for (const peer of entry.senders) this.#net.noteRejected(peer);
      for (const peer of entry.senders) this.score.rejectInvalidMessage(peer, entry.message.topic);
      return;
    }
    const entry = this.#cache.validate(id);
    if (entry === undefined) return;
    const { message, senders } = entry;
    const rpc = messageRpc([message]);
    for (const peer of this.#mesh.peers(message.topic) ?? []) {
      if (peer === source || senders.has(peer)) continue;
      const connection = this.#peers.get(peer)?.connection;
      if (connection !== undefined && !isUnwanted(connection, message)) this.#sendLossy(peer, rpc);
    }
  }

  /** A message with its id. */
  message(topic: string, data: Uint8Array): GossipMessage {
    const id = toHex(gossipMessageId(this.#blake3, topic, data));
    return { topic, data, id, gotUs: data.length >= IDONTWANT_MIN_BYTES ? new Map() : undefined };
  }

  /** Sends a frame to a peer; also for byzantine peers, which follow no rule. False without a stream to it. */
  inject(peer: string, rpc: Rpc): boolean {
    const stream = this.#open(peer);
    stream?.send(rpc);
    return stream !== undefined;
  }

  /** A single message that is known, of a peer whose frames are read: nothing more happens with it. */
  #isKnown(peer: string, { messages, subscriptions, control, garbage }: Rpc): boolean {
    const message = messages[0];
    if (message === undefined || messages.length > 1 || message.from !== undefined || garbage !== undefined)
      return false;
    this.#net.counts.gossipDelivered++;
    if (subscriptions.length > 0 || control !== undefined || !this.seenCache.entries.has(message.id)) return false;
    if (!this.#mesh.has(message.topic) || !this.#peers.has(peer) || !this.acceptFrom(peer)) return false;
    this.#net.counts.gossipDuplicates++;
    this.#cache.observeDuplicate(message.id, peer);
    return true;
  }

  #message(from: SimPeerId, peer: string, message: GossipMessage): void {
    if (this.seenCache.entries.has(message.id)) {
      this.#net.counts.gossipDuplicates++;
      this.#cache.observeDuplicate(message.id, peer);
      return;
    }
    this.#see(message);
    this.#cache.put(message, false);
    this.emit("gossipsub:message", {
      detail: { msgId: message.id, msg: { topic: message.topic, data: message.data }, propagationSource: from },
    });
  }

  #see(message: GossipMessage): void {
    const { nowUs, nowMs } = this.#net.schedule;
    this.seenCache.entries.set(message.id, nowMs + SEEN_MS);
    message.gotUs?.set(this, nowUs);
  }

  #subscriptions(from: SimPeerId, peer: string, subscriptions: Rpc["subscriptions"]): void {
    this.#subscribers.clear();
    const grafts: string[] = [];
    for (const { topic, subscribe } of subscriptions) {
      if (this.#mesh.has(topic) && this.#mesh.subscribed(peer, topic, subscribe)) grafts.push(topic);
    }
    if (grafts.length > 0) this.#tell(peer, grafts, []);
    this.emit("subscription-change", { detail: { peerId: from, subscriptions } });
  }

  #control(peer: string, { graft, prune, ihave, iwant }: Control): void {
    if (!this.#peers.has(peer)) return;
    const prunes = graft.filter(({ topicID }) => this.#mesh.grafted(peer, topicID)).map(({ topicID }) => topicID);
    for (const { topicID } of prune) this.#mesh.pruned(peer, topicID);
    if (prunes.length > 0) this.#tell(peer, [], prunes);
    if (this.score.score(peer) < GOSSIP_THRESHOLD) return;
    if (ihave.length > 0) this.#lazy.ihave(peer, ihave);
    if (iwant.length > 0) this.#lazy.iwant(peer, iwant);
  }

  #beat(afterMs: number): void {
    this.#net.schedule.after(afterMs, this.#host.life, () => {
      if (this.#stopped) return;
      this.#heartbeat();
      this.#beat(HEARTBEAT_MS);
    });
  }

  #heartbeat(): void {
    const { entries } = this.seenCache;
    const { nowMs } = this.#net.schedule;
    for (const [id, untilMs] of entries) {
      if (untilMs > nowMs) break;
      entries.delete(id);
    }
    const changes = this.#mesh.heartbeat();
    this.#lazy.heartbeat();
    for (const [peer, { graft, prune }] of changes) this.#tell(peer, graft, prune);
    this.#cache.shift();
  }

  #tell(peer: string, graft: readonly string[], prune: readonly string[]): void {
    this.#net.counts.grafts += graft.length;
    this.#net.counts.prunes += prune.length;
    const entries = (topics: readonly string[]) => topics.map((topicID) => ({ topicID }));
    this.inject(peer, controlRpc({ graft: entries(graft), prune: entries(prune) }));
  }

  #sendLossy(peer: string, rpc: Rpc): boolean {
    const stream = this.#open(peer);
    if (stream !== undefined) sendLossy(stream, rpc);
    return stream !== undefined;
  }

  #open(peer: string): SimStream | undefined {
    const stream = this.streamsOutbound.get(peer)?.rawStream;
    return stream?.writeStatus === "writable" ? stream : undefined;
  }
}
