/** Weights of the product (`gossip-parameters.ts`) and of gossipsub 17.1.1. */
const REJECT_WEIGHT = -10;
const COLOCATION_WEIGHT = -5;
const COLOCATION_THRESHOLD = 10;
const PENALTY_WEIGHT = -10;
const FORGOTTEN = 0.1;
/** What is left of a count after a second. */
const REJECT_DECAY = 0.1 ** (1 / 3600);
const PENALTY_DECAY = 0.2;

interface Decaying {
  count: number;
  atMs: number;
}

/**
 * Scores of peers: rejected messages, GRAFT within a backoff, and many peers behind one IP address. Not simulated:
 * penalties for messages that were promised by IHAVE and did not come.
 */
export class PeerScore {
  readonly #nowMs: () => number;
  readonly #colocation: boolean;
  /** By peer, then topic. */
  readonly #rejects = new Map<string, Map<string, Decaying>>();
  readonly #penalties = new Map<string, Decaying>();
  readonly #ips = new Map<string, string>();
  readonly #byIp = new Map<string, number>();

  /** `colocation`: peers at one IP address cost score; not in a network on loopback. */
  constructor(nowMs: () => number, colocation: boolean) {
    this.#nowMs = nowMs;
    this.#colocation = colocation;
  }

  added(peer: string, ip: string): void {
    this.#ips.set(peer, ip);
    this.#byIp.set(ip, (this.#byIp.get(ip) ?? 0) + 1);
  }

  removed(peer: string): void {
    const ip = this.#ips.get(peer);
    if (ip === undefined) return;
    this.#ips.delete(peer);
    const left = (this.#byIp.get(ip) ?? 0) - 1;
    if (left > 0) this.#byIp.set(ip, left);
    else this.#byIp.delete(ip);
  }

  rejectInvalidMessage(peer: string, topic: string): void {
    let topics = this.#rejects.get(peer);
    if (topics === undefined) {
      topics = new Map();
      this.#rejects.set(peer, topics);
    }
    topics.set(topic, { count: this.#count(topics.get(topic), REJECT_DECAY) + 1, atMs: this.#nowMs() });
  }

  penalize(peer: string, count: number): void {
    const before = this.#count(this.#penalties.get(peer), PENALTY_DECAY);
    this.#penalties.set(peer, { count: before + count, atMs: this.#nowMs() });
  }

  score(peer: string): number {
    let score = 0;
    const topics = this.#rejects.size === 0 ? undefined : this.#rejects.get(peer);
    if (topics !== undefined) {
      for (const rejects of topics.values()) score += REJECT_WEIGHT * this.#count(rejects, REJECT_DECAY) ** 2;
    }
    if (this.#penalties.size > 0) {
      score += PENALTY_WEIGHT * this.#count(this.#penalties.get(peer), PENALTY_DECAY) ** 2;
    }
    if (this.#colocation) {
      const surplus = (this.#byIp.get(this.#ips.get(peer) ?? "") ?? 0) - COLOCATION_THRESHOLD;
      if (surplus > 0) score += COLOCATION_WEIGHT * surplus ** 2;
    }
    return score;
  }

  #count(entry: Decaying | undefined, decay: number): number {
    if (entry === undefined) return 0;
    const count = entry.count * decay ** ((this.#nowMs() - entry.atMs) / 1000);
    return count < FORGOTTEN ? 0 : count;
  }
}
