import type { Random } from "../../world/random.js";

/** Parameters of the product (`gossip-parameters.ts`) and of gossipsub 17.1.1. */
export const D = 6;
const D_LOW = 4;
const D_HIGH = 12;
const D_SCORE = 4;
const D_OUT = 2;
const PRUNE_BACKOFF_MS = 60_000;
const BACKOFF_SLACK_MS = 1000;
const BACKOFF_TICKS = 15;
const GRAFT_FLOOD_MS = 10_000;

export interface MeshOptions {
  readonly random: Random;
  readonly nowMs: () => number;
  readonly score: (peer: string) => number;
  /** This node dialled the peer. */
  readonly isOutbound: (peer: string) => boolean;
  readonly hasStream: (peer: string) => boolean;
  readonly penalize: (peer: string, count: number) => void;
}

/** Entries of one peer to send. */
export interface Changes {
  readonly graft: string[];
  readonly prune: string[];
}

/** For each topic of this node: its subscribed peers, and those of them to which messages are sent at once. */
export class Mesh {
  readonly #options: MeshOptions;
  readonly #mesh = new Map<string, Set<string>>();
  readonly #subscribers = new Map<string, Set<string>>();
  /** By topic and peer: until when it is not grafted, ms. */
  readonly #backoff = new Map<string, Map<string, number>>();
  #ticks = 0;

  constructor(options: MeshOptions) {
    this.#options = options;
  }

  join(topic: string): void {
    if (!this.#mesh.has(topic)) this.#mesh.set(topic, new Set());
  }

  get topics(): readonly string[] {
    return [...this.#mesh.keys()];
  }

  get all(): ReadonlyMap<string, ReadonlySet<string>> {
    return this.#mesh;
  }

  has(topic: string): boolean {
    return this.#mesh.has(topic);
  }

  peers(topic: string): ReadonlySet<string> | undefined {
    return this.#mesh.get(topic);
  }

  subscribers(topic: string): ReadonlySet<string> | undefined {
    return this.#subscribers.get(topic);
  }

  /** True where the peer is grafted now: the mesh has too few peers. */
  subscribed(peer: string, topic: string, subscribe: boolean): boolean {
    let peers = this.#subscribers.get(topic);
    if (!subscribe) {
      peers?.delete(peer);
      return false;
    }
    if (peers === undefined) {
      peers = new Set();
      this.#subscribers.set(topic, peers);
    }
    peers.add(peer);
    const mesh = this.#mesh.get(topic);
    if (mesh === undefined || mesh.has(peer) || mesh.size >= D_LOW || !this.#options.hasStream(peer)) return false;
    if (this.#options.score(peer) < 0 || this.#backoff.get(topic)?.has(peer) === true) return false;
    mesh.add(peer);
    return true;
  }

  /** Handles a GRAFT. True where it is refused by PRUNE. */
  grafted(peer: string, topic: string): boolean {
    const mesh = this.#mesh.get(topic);
    if (mesh === undefined || mesh.has(peer)) return false;
    const { nowMs, score, isOutbound, penalize } = this.#options;
    const until = this.#backoff.get(topic)?.get(peer);
    if (until !== undefined && nowMs() < until) {
      penalize(peer, nowMs() < until + GRAFT_FLOOD_MS - PRUNE_BACKOFF_MS ? 2 : 1);
    } else if (score(peer) >= 0 && (mesh.size < D_HIGH || isOutbound(peer))) {
      mesh.add(peer);
      return false;
    }
    this.#addBackoff(peer, topic);
    return true;
  }

  /** Handles a PRUNE. */
  pruned(peer: string, topic: string): void {
    const mesh = this.#mesh.get(topic);
    if (mesh === undefined) return;
    mesh.delete(peer);
    this.#addBackoff(peer, topic);
  }

  removed(peer: string): void {
    for (const mesh of this.#mesh.values()) mesh.delete(peer);
    for (const peers of this.#subscribers.values()) peers.delete(peer);
  }

  /** Subscribed peers outside the mesh, in random order, with at least this score. */
  others(topic: string, leastScore: number): string[] {
    const mesh = this.#mesh.get(topic);
    const found: string[] = [];
    for (const peer of this.#subscribers.get(topic) ?? []) {
      if (mesh?.has(peer) === true || !this.#options.hasStream(peer)) continue;
      if (this.#options.score(peer) >= leastScore) found.push(peer);
    }
    return this.#options.random.shuffled(found);
  }

  /** Keeps the meshes within their bounds. Returns what each peer is told. */
  heartbeat(): Map<string, Changes> {
    this.#ticks++;
    if (this.#ticks % BACKOFF_TICKS === 0) this.#clearBackoff();
    const changes = new Map<string, Changes>();
    const changesOf = (peer: string): Changes => {
      let entry = changes.get(peer);
      if (entry === undefined) {
        entry = { graft: [], prune: [] };
        changes.set(peer, entry);
      }
      return entry;
    };
    for (const [topic, mesh] of this.#mesh) {
      const prune = (peer: string): void => {
        this.#addBackoff(peer, topic);
        mesh.delete(peer);
        changesOf(peer).prune.push(topic);
      };
      for (const peer of mesh) if (this.#options.score(peer) < 0) prune(peer);
      for (const peer of this.#missing(topic, mesh)) {
        mesh.add(peer);
        changesOf(peer).graft.push(topic);
      }
      if (mesh.size > D_HIGH) for (const peer of this.#excess(mesh)) prune(peer);
    }
    return changes;
  }

  /** Peers to graft: up to D where there are too few, and outbound ones where there are too few of them. */
  #missing(topic: string, mesh: ReadonlySet<string>): string[] {
    const { isOutbound } = this.#options;
    if (mesh.size < D_LOW) return this.#candidates(topic).slice(0, D - mesh.size);
    let outbound = 0;
    for (const peer of mesh) if (isOutbound(peer)) outbound++;
    if (outbound >= D_OUT) return [];
    return this.#candidates(topic)
      .filter(isOutbound)
      .slice(0, D_OUT - outbound);
  }

  #candidates(topic: string): string[] {
    const subscribers = this.#subscribers.get(topic);
    if (subscribers === undefined || subscribers.size <= (this.#mesh.get(topic)?.size ?? 0)) return [];
    const backoff = this.#backoff.get(topic);
    return this.others(topic, 0).filter((peer) => backoff?.has(peer) !== true);
  }

  /** The peers beyond D: the best by score stay, and D_OUT that this node dialled. */
  #excess(mesh: ReadonlySet<string>): string[] {
    const { random, score, isOutbound } = this.#options;
    const sorted = [...mesh].sort((a, b) => score(b) - score(a));
    const order = [...sorted.slice(0, D_SCORE), ...random.shuffled(sorted.slice(D_SCORE))];
    const stay = new Set(order.filter(isOutbound).slice(0, D_OUT));
    for (const peer of order) if (stay.size < D) stay.add(peer);
    return order.filter((peer) => !stay.has(peer));
  }

  #addBackoff(peer: string, topic: string): void {
    let backoff = this.#backoff.get(topic);
    if (backoff === undefined) {
      backoff = new Map();
      this.#backoff.set(topic, backoff);
    }
    backoff.set(peer, this.#options.nowMs() + PRUNE_BACKOFF_MS);
  }

  #clearBackoff(): void {
    const nowMs = this.#options.nowMs();
    for (const backoff of this.#backoff.values()) {
      for (const [peer, until] of backoff) if (until + BACKOFF_SLACK_MS < nowMs) backoff.delete(peer);
    }
  }
}
