import type { Random } from "../../world/random.js";
import type { NetCounts } from "../settings.js";
import type { Mesh } from "./mesh.js";
import type { MessageCache } from "./message-cache.js";
import { type Control, controlRpc, type GossipMessage, messageRpc, type Rpc } from "./rpc.js";

/** Parameters of gossipsub 17.1.1. */
const D_LAZY = 6;
const GOSSIP_FACTOR = 0.25;
const IHAVES_PER_HEARTBEAT = 10;
const IWANTS_PER_HEARTBEAT = 10;
const IDS_MAX = 5000;
const RETRANSMISSIONS = 3;

export interface LazyPushOptions {
  readonly mesh: Mesh;
  readonly cache: MessageCache;
  readonly random: Random;
  /** Score below which a peer gets no ids. */
  readonly leastScore: number;
  readonly counts: NetCounts;
  /** By message id. */
  readonly seen: ReadonlyMap<string, unknown>;
  /** What the peer has seen. */
  readonly seenBy: (peer: string) => ReadonlyMap<string, unknown> | undefined;
  readonly send: (peer: string, rpc: Rpc) => void;
}

/** What a peer asked and told since the last heartbeat. */
interface Quota {
  ihaves: number;
  asked: number;
  iwants: number;
}

/** IHAVE and IWANT: peers outside the mesh are told the ids of the last messages, and ask for those that they lack. */
export class LazyPush {
  readonly #options: LazyPushOptions;
  readonly #quotas = new Map<string, Quota>();

  constructor(options: LazyPushOptions) {
    this.#options = options;
  }

  ihave(peer: string, ihave: Control["ihave"]): void {
    const { mesh, random, seen, send } = this.#options;
    const quota = this.#quotaOf(peer);
    quota.ihaves++;
    if (quota.ihaves > IHAVES_PER_HEARTBEAT || quota.asked >= IDS_MAX) return;
    const wanted = new Set<string>();
    for (const { topicID, messageIDs } of ihave) {
      if (!mesh.has(topicID)) continue;
      for (const id of messageIDs) if (!seen.has(id)) wanted.add(id);
    }
    if (wanted.size === 0) return;
    const messageIDs = random.shuffled([...wanted]).slice(0, IDS_MAX - quota.asked);
    quota.asked += messageIDs.length;
    send(peer, controlRpc({ iwant: [{ messageIDs }] }));
  }

  iwant(peer: string, iwant: Control["iwant"]): void {
    const { cache, send, counts } = this.#options;
    const quota = this.#quotaOf(peer);
    quota.iwants++;
    if (quota.iwants > IWANTS_PER_HEARTBEAT) return;
    const messages = new Map<string, GossipMessage>();
    for (const { messageIDs } of iwant) {
      for (const id of messageIDs.slice(0, IDS_MAX)) {
        const found = cache.wanted(id, peer);
        if (found !== undefined && found.count <= RETRANSMISSIONS) messages.set(id, found.message);
      }
    }
    counts.gossipRepaired += messages.size;
    if (messages.size > 0) send(peer, messageRpc([...messages.values()]));
  }

  /** Tells some peers the ids of the last windows. Nothing is sent to a peer that has all the messages. */
  heartbeat(): void {
    const { mesh, cache, random, leastScore, seenBy, send } = this.#options;
    this.#quotas.clear();
    const told = new Map<string, { topicID: string; messageIDs: readonly string[] }[]>();
    for (const [topicID, ids] of cache.gossipIds()) {
      const others = mesh.others(topicID, leastScore);
      const messageIDs = ids.length > IDS_MAX ? random.shuffled(ids).slice(0, IDS_MAX) : ids;
      for (const peer of others.slice(0, Math.max(D_LAZY, Math.floor(GOSSIP_FACTOR * others.length)))) {
        const seen = seenBy(peer);
        if (seen !== undefined && messageIDs.every((id) => seen.has(id))) continue;
        const entry = { topicID, messageIDs };
        const known = told.get(peer);
        if (known === undefined) told.set(peer, [entry]);
        else known.push(entry);
      }
    }
    for (const [peer, ihave] of told) send(peer, controlRpc({ ihave }));
  }

  #quotaOf(peer: string): Quota {
    let quota = this.#quotas.get(peer);
    if (quota === undefined) {
      quota = { ihaves: 0, asked: 0, iwants: 0 };
      this.#quotas.set(peer, quota);
    }
    return quota;
  }
}
