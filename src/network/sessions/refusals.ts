import { REFUSAL_MAX_MS, REFUSAL_MEMORY_MS, REFUSAL_MIN_MS, REFUSALS_MAX, REJECTED_BUNDLES_MAX } from "../constants.js";

interface Entry {
  /** Rejected bundles since the entry was made. */
  rejected: number;
  /** How often it was refused. */
  refusals: number;
  untilMs: number;
  lastMs: number;
}

/**
 * Peers and address groups that sent rejected bundles (protocol.md, Strands, topics, bundles). An honest peer sends
 * none, since each node gives the same answer before it forwards. The third one of a peer closes its connection, and
 * so does the third of an address group, whatever identities sent them. The peer and new connections of the group are
 * refused then, twice as long each time. Connections of the group that sent no rejected bundle stay.
 */
export class Refusals {
  /** By kind and name, the least recent first. */
  readonly #entries = new Map<string, Entry>();
  /** Address groups of peers that were ready, the least recent first: a verdict may come after its peer has gone. */
  readonly #groups = new Map<string, string>();
  readonly #nowMs: () => number;

  /** `nowMs` is a clock that is not set back. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Peers and groups that are refused now. */
  get active(): number {
    const nowMs = this.#nowMs();
    let count = 0;
    for (const { untilMs } of this.#entries.values()) if (untilMs > nowMs) count++;
    return count;
  }

  /** The peer has a ready connection from an address of this group. */
  ready(peer: string, group: string): void {
    this.#groups.delete(peer);
    this.#groups.set(peer, group);
    trim(this.#groups);
  }

  /** A bundle of the peer was rejected. True if the peer is to be closed: it and its group are refused from now on. */
  rejected(peer: string): boolean {
    const group = this.#groups.get(peer);
    const entries = [this.#note(`peer ${peer}`), ...(group === undefined ? [] : [this.#note(`group ${group}`)])];
    if (entries.every(({ rejected }) => rejected < REJECTED_BUNDLES_MAX)) return false;
    for (const entry of entries) {
      // One more bundle of a peer that is being closed does not count twice.
      if (entry.untilMs > this.#nowMs()) continue;
      entry.untilMs = this.#nowMs() + Math.min(REFUSAL_MAX_MS, REFUSAL_MIN_MS * 2 ** entry.refusals);
      entry.refusals++;
    }
    return true;
  }

  /** Whether a connection with this peer is refused now. */
  refusesPeer(peer: string): boolean {
    return this.#isRefused(`peer ${peer}`);
  }

  /** Whether connections of unknown peers from this group are refused now. */
  refusesGroup(group: string): boolean {
    return this.#isRefused(`group ${group}`);
  }

  #isRefused(key: string): boolean {
    return (this.#entries.get(key)?.untilMs ?? 0) > this.#nowMs();
  }

  #note(key: string): Entry {
    const nowMs = this.#nowMs();
    const known = this.#entries.get(key);
    const isOver = known === undefined || nowMs - Math.max(known.lastMs, known.untilMs) > REFUSAL_MEMORY_MS;
    const entry = isOver ? { rejected: 0, refusals: 0, untilMs: 0, lastMs: nowMs } : known;
    entry.rejected++;
    entry.lastMs = nowMs;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    trim(this.#entries);
    return entry;
  }
}

function trim(map: Map<string, unknown>): void {
  for (const key of map.keys()) {
    if (map.size <= REFUSALS_MAX) return;
    map.delete(key);
  }
}
