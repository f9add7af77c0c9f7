import { setImmediate } from "node:timers/promises";
import type { RPC } from "@libp2p/gossipsub/message";
import type { PeerId } from "@libp2p/interface";
import {
  GOSSIP_BYTES_AT_ONCE,
  GOSSIP_MESSAGES_AT_ONCE,
  GOSSIP_SLICE_MS,
  GOSSIP_TOPIC_ENTRIES_BURST,
  GOSSIP_TOPIC_ENTRIES_PER_SECOND,
} from "../constants.js";
import type { GossipDrop } from "../types.js";
import { GossipBudget } from "./gossip-budget.js";
import type { GossipInternals } from "./gossip-internals.js";

export interface GossipGuardOptions {
  readonly topics: ReadonlySet<string>;
  readonly dropped: (peer: string, reason: GossipDrop, count: number) => void;
  /** The reader may still get frames of a peer that is gone. */
  readonly isReady: (peer: string) => boolean;
  /** Undefined if messages of the peer may be read now, else resolves when they may. */
  readonly room: (peer: string) => Promise<void> | undefined;
  readonly nowMs: () => number;
}

const EMPTY: RPC = { subscriptions: [], messages: [] };

/**
 * Filters frames before gossipsub reads them. It drops, with a reason, what the library would drop silently, and what
 * would cost the library seconds: each GRAFT and PRUNE entry causes work and messages, and the library bounds only
 * their number in one frame. Frames are read in time slices, so thousands of small messages do not block the event
 * loop. The messages of a peer without room in the node wait in its stream, and so the peer waits.
 */
export class GossipGuard {
  readonly #pubsub: GossipInternals;
  readonly #options: GossipGuardOptions;
  /** By ready peer; forgotten when it is gone. */
  readonly #budgets = new Map<string, GossipBudget>();
  /** Frames that could not be decoded. The decoder marks them here; the reader knows their peer. */
  readonly #malformed = new WeakSet<RPC>();
  /** When the current slice began. */
  #sliceMs = 0;

  /** Replaces the decoder and the reader of the library. */
  constructor(pubsub: GossipInternals, options: GossipGuardOptions) {
    this.#pubsub = pubsub;
    this.#options = options;
    const decode = pubsub.decodeRpc.bind(pubsub);
    const handle = pubsub.handleReceivedRpc.bind(pubsub);
    pubsub.decodeRpc = (bytes) => {
      try {
        return decode(bytes);
      } catch {
        const empty = { ...EMPTY };
        this.#malformed.add(empty);
        return empty;
      }
    };
    pubsub.handleReceivedRpc = async (from, rpc) => {
      await this.#slice();
      const passed = this.#pass(from, rpc);
      if (passed === undefined) return;
      const { messages, ...rest } = passed;
      const peer = from.toString();
      const roomAt = (at: number) => (at < messages.length ? options.room(peer) : undefined);
      let room = roomAt(0);
      // The rest does not wait for the room of the messages.
      let at = room === undefined ? stepLength(messages, 0) : 0;
      await handle(from, { ...rest, messages: messages.slice(0, at) });
      room ??= roomAt(at);
      while (at < messages.length) {
        await this.#slice();
        await room;
        const end = at + stepLength(messages, at);
        await handle(from, { subscriptions: [], messages: messages.slice(at, end) });
        at = end;
        room = roomAt(at);
      }
    };
  }

  /** The peer is gone. */
  forget(peer: string): void {
    this.#budgets.delete(peer);
  }

  /** Yields to the event loop at the end of a slice. The library reads the next frame of a peer after this one. */
  async #slice(): Promise<void> {
    if (performance.now() - this.#sliceMs < GOSSIP_SLICE_MS) return;
    await setImmediate();
    this.#sliceMs = performance.now();
  }

  /** The part of the frame that the library may read. */
  #pass(from: PeerId, rpc: RPC): RPC | undefined {
    const peer = from.toString();
    if (!this.#options.isReady(peer)) return undefined;
    if (this.#malformed.has(rpc)) {
      this.#options.dropped(peer, "malformed", 1);
      return undefined;
    }
    if (!this.#pubsub.acceptFrom(peer)) {
      this.#options.dropped(peer, "muted", Math.max(1, rpc.messages.length));
      return undefined;
    }
    const { subscriptions, messages, control } = rpc;
    const passed: RPC = {
      subscriptions: this.#topicEntries(peer, subscriptions, ({ topic }) => topic),
      messages: this.#messages(from, peer, messages),
    };
    if (control !== undefined) {
      passed.control = {
        graft: this.#topicEntries(peer, control.graft, ({ topicID }) => topicID),
        prune: this.#topicEntries(peer, control.prune, ({ topicID }) => topicID),
        // The library bounds the work for these in each heartbeat.
        ihave: control.ihave,
        iwant: control.iwant,
        idontwant: control.idontwant,
      };
    }
    return passed;
  }

  /**
   * Drops messages on other topics and messages with an author. Peers would charge this node for forwarding the latter.
   */
  #messages(from: PeerId, peer: string, messages: RPC.Message[]): RPC.Message[] {
    let foreign = 0;
    let signed = 0;
    const passed = messages.filter((message) => {
      if (!this.#options.topics.has(message.topic)) {
        foreign += 1;
        return false;
      }
      const { from: author, seqno, signature, key } = message;
      if (author === undefined && seqno === undefined && signature === undefined && key === undefined) return true;
      signed += 1;
      this.#pubsub.score.rejectInvalidMessage(from.toString(), message.topic);
      return false;
    });
    if (foreign > 0) this.#options.dropped(peer, "foreign_topic", foreign);
    if (signed > 0) this.#options.dropped(peer, "signed", signed);
    return passed;
  }

  /** The last entry of each topic of this node, within the budget of the peer. */
  #topicEntries<T>(peer: string, entries: readonly T[], topicOf: (entry: T) => string | undefined): T[] {
    if (entries.length === 0) return [];
    const last = new Map<string, T>();
    for (const entry of entries) {
      const topic = topicOf(entry);
      if (topic !== undefined && this.#options.topics.has(topic)) last.set(topic, entry);
    }
    return [...last.values()].slice(0, this.#take(peer, last.size));
  }

  #take(peer: string, count: number): number {
    const nowMs = this.#options.nowMs();
    let budget = this.#budgets.get(peer);
    if (budget === undefined) {
      const { size } = this.#options.topics;
      const rate = { perSecond: size * GOSSIP_TOPIC_ENTRIES_PER_SECOND, burst: size * GOSSIP_TOPIC_ENTRIES_BURST };
      budget = new GossipBudget(rate, nowMs);
      this.#budgets.set(peer, budget);
    }
    const taken = budget.take(count, nowMs);
    if (taken < count) this.#options.dropped(peer, "control_flood", count - taken);
    return taken;
  }
}

/** Messages of the next step: a number and bytes that take little time. At least one. */
function stepLength(messages: readonly RPC.Message[], from: number): number {
  let count = 0;
  let bytes = 0;
  for (const { data } of messages.slice(from, from + GOSSIP_MESSAGES_AT_ONCE)) {
    bytes += data?.length ?? 0;
    if (count > 0 && bytes > GOSSIP_BYTES_AT_ONCE) break;
    count++;
  }
  return count;
}
