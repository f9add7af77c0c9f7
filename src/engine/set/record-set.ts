import { toHex } from "../../protocol/bytes.js";
import { windowState } from "../../protocol/digests.js";
import { MessageType } from "../../protocol/envelope.js";
import type { Blake3 } from "../../protocol/hash.js";
import { dayOf, slotKey } from "../../protocol/membership.js";
import { DAY_SECONDS, type NetworkRules } from "../../protocol/rules.js";
import { BOUNDS } from "../bounds.js";
import type { MemberEntry, WindowState } from "../writes.js";
import { LatestWork } from "./latest-work.js";

/** The outcome of a record that meets rules 1 to 5 of membership. */
export type Admission =
  /** A member now. `equivocated`: its slot holds two records and neither counts. `evicted`: the third one, removed. */
  | { readonly outcome: "added"; readonly equivocated: boolean; readonly evicted: MemberEntry | undefined }
  | { readonly outcome: "known" }
  /** Its slot holds two records with lower ids. */
  | { readonly outcome: "refused" }
  /** The set is at its cap. Only this outcome depends on the order of admission. */
  | { readonly outcome: "full" };

/** The two lowest ids of an equivocated slot, ascending: the proof against their author. */
export type EquivocatedPair = readonly [string, string];

/** Members of one window, ascending by id. */
interface Bucket {
  readonly ids: string[];
  state: WindowState | undefined;
}

interface StrandIndex {
  readonly buckets: Map<number, Bucket>;
  /** The numbers of the buckets, ascending; undefined after a bucket was added or removed. */
  order: number[] | undefined;
}

const NONE: readonly string[] = [];

/**
 * The index of every member (types 0, 1, 2 and certificates) by id, slot and window. Its content does not depend on the
 * order of admission: each slot keeps the two records with the lowest ids. Holds no payloads.
 */
export class RecordSet {
  readonly #blake3: Blake3;
  readonly #rules: NetworkRules;
  readonly #maxRecords: number;
  readonly #entries = new Map<string, MemberEntry>();
  /** One id, or two if the slot is equivocated. Certificates have no slot. */
  readonly #slots = new Map<string, string | EquivocatedPair>();
  /** The pair of each record whose slot is equivocated. */
  readonly #equivocated = new Map<string, EquivocatedPair>();
  readonly #strands = new Map<string, StrandIndex>();
  readonly #workers = new LatestWork();

  constructor(blake3: Blake3, rules: NetworkRules, options: { readonly maxRecords?: number } = {}) {
    this.#blake3 = blake3;
    this.#rules = rules;
    this.#maxRecords = options.maxRecords ?? BOUNDS.members.cap;
  }

  /** Number of members. */
  get size(): number {
    return this.#entries.size;
  }

  get maxRecords(): number {
    return this.#maxRecords;
  }

  has(id: string): boolean {
    return this.#entries.has(id);
  }

  entry(id: string): MemberEntry | undefined {
    return this.#entries.get(id);
  }

  /** Every member, in no order. */
  entries(): IterableIterator<MemberEntry> {
    return this.#entries.values();
  }

  /** The ids in a slot ({@link slotKey}), ascending: none, one, or two if it is equivocated. */
  slot(key: string): readonly string[] {
    const held = this.#slots.get(key);
    return held === undefined ? NONE : typeof held === "string" ? [held] : held;
  }

  /** The pair in a member's slot if it is equivocated; undefined otherwise. */
  equivocatedPair(id: string): EquivocatedPair | undefined {
    return this.#equivocated.get(id);
  }

  /** Admits a record. The caller has checked the signature and rules 1 to 5 of membership. */
  admit(entry: MemberEntry): Admission {
    if (this.#entries.has(entry.id)) return { outcome: "known" };
    const full = this.#entries.size >= this.#maxRecords;
    if (entry.type === MessageType.Certificate) {
      if (full) return { outcome: "full" };
      this.#insert(entry);
      return { outcome: "added", equivocated: false, evicted: undefined };
    }
    const key = slotOf(entry);
    const held = this.#slots.get(key);
    if (held !== undefined && typeof held !== "string") return this.#replace(entry, key, held);
    if (full) return { outcome: "full" };
    this.#insert(entry);
    if (held === undefined) this.#slots.set(key, entry.id);
    else this.#equivocate(key, held, entry.id);
    return { outcome: "added", equivocated: held !== undefined, evicted: undefined };
  }

  /** Non-empty windows of a strand, ascending. */
  windows(strand: string): readonly number[] {
    const index = this.#strands.get(strand);
    if (index === undefined) return [];
    index.order ??= [...index.buckets.keys()].sort((a, b) => a - b);
    return index.order;
  }

  /** Members of a window, ascending. Valid until the next change of the set. */
  windowIds(strand: string, window: number): readonly string[] {
    return this.#strands.get(strand)?.buckets.get(window)?.ids ?? NONE;
  }

  /** Count and digest of a non-empty window; computed at the first call after a change. */
  windowState(strand: string, window: number): WindowState | undefined {
    const bucket = this.#strands.get(strand)?.buckets.get(window);
    if (bucket === undefined) return undefined;
    bucket.state ??= {
      strand,
      window,
      count: bucket.ids.length,
      state: toHex(windowState(this.#blake3, bucket.ids)),
    };
    return bucket.state;
  }

  /** Members of a strand dated on `fromDay` (UTC) or later, ascending. */
  ids(strand: string, fromDay: number): string[] {
    const fromSeconds = fromDay * DAY_SECONDS;
    const found: string[] = [];
    for (const window of this.windows(strand)) {
      if ((window + 1) * this.#rules.windowSeconds <= fromSeconds) continue;
      for (const id of this.windowIds(strand, window)) {
        // A window of a devnet may cross midnight, so the day of each record is checked.
        if (this.#dayOf(id) >= fromDay) found.push(id);
      }
    }
    return found.sort();
  }

  /** Authors of a submission or validation dated later than `afterSeconds`. */
  workersSince(afterSeconds: number): number {
    return this.#workers.countSince(afterSeconds);
  }

  /** Strands with a member, ascending. */
  strands(): string[] {
    return [...this.#strands.keys()].sort();
  }

  /** Removes and returns every member dated before `firstKeptDay` (UTC). A slot is of one day, so it expires whole. */
  expire(firstKeptDay: number): MemberEntry[] {
    const gone: MemberEntry[] = [];
    for (const [strand, index] of this.#strands) {
      for (const [window, bucket] of index.buckets) {
        if (window * this.#rules.windowSeconds >= firstKeptDay * DAY_SECONDS) continue;
        const kept = bucket.ids.filter((id) => this.#dayOf(id) >= firstKeptDay);
        if (kept.length === bucket.ids.length) continue;
        for (const id of bucket.ids) {
          const entry = this.#entries.get(id);
          if (entry !== undefined && dayOf(entry.timestampSeconds) < firstKeptDay) gone.push(entry);
        }
        if (kept.length > 0) index.buckets.set(window, { ids: kept, state: undefined });
        else index.buckets.delete(window);
        index.order = undefined;
      }
      if (index.buckets.size === 0) this.#strands.delete(strand);
    }
    this.#workers.expire(firstKeptDay * DAY_SECONDS);
    for (const entry of gone) {
      this.#entries.delete(entry.id);
      this.#equivocated.delete(entry.id);
      if (entry.type !== MessageType.Certificate) this.#slots.delete(slotOf(entry));
    }
    return gone;
  }

  /**
   * Removes a member whose envelope the disk lost, so that exchanges fetch it again. Returns its entry. Until then its
   * slot holds only the other record, if any.
   */
  lose(id: string): MemberEntry | undefined {
    const entry = this.#entries.get(id);
    if (entry === undefined) return undefined;
    this.#evict(entry);
    if (entry.type === MessageType.Certificate) return entry;
    const key = slotOf(entry);
    const other = this.slot(key).find((held) => held !== id);
    if (other === undefined) this.#slots.delete(key);
    else {
      this.#slots.set(key, other);
      this.#equivocated.delete(other);
    }
    return entry;
  }

  /** A third record for an equivocated slot: the two lowest ids stay. The count stays, so a full set takes it too. */
  #replace(entry: MemberEntry, key: string, [low, high]: EquivocatedPair): Admission {
    if (entry.id > high) return { outcome: "refused" };
    const evicted = this.#entries.get(high);
    if (evicted !== undefined) this.#evict(evicted);
    this.#insert(entry);
    this.#equivocate(key, low, entry.id);
    return { outcome: "added", equivocated: true, evicted };
  }

  #equivocate(key: string, a: string, b: string): void {
    const pair: EquivocatedPair = a < b ? [a, b] : [b, a];
    this.#slots.set(key, pair);
    this.#equivocated.set(a, pair);
    this.#equivocated.set(b, pair);
  }

  #insert(entry: MemberEntry): void {
    this.#entries.set(entry.id, entry);
    this.#workers.joined(entry);
    let index = this.#strands.get(entry.strand);
    if (index === undefined) {
      index = { buckets: new Map(), order: undefined };
      this.#strands.set(entry.strand, index);
    }
    const bucket = index.buckets.get(entry.window);
    if (bucket === undefined) {
      index.buckets.set(entry.window, { ids: [entry.id], state: undefined });
      index.order = undefined;
    } else {
      bucket.ids.splice(position(bucket.ids, entry.id), 0, entry.id);
      bucket.state = undefined;
    }
  }

  #evict(entry: MemberEntry): void {
    this.#entries.delete(entry.id);
    this.#equivocated.delete(entry.id);
    const index = this.#strands.get(entry.strand);
    const bucket = index?.buckets.get(entry.window);
    if (index === undefined || bucket === undefined) return;
    bucket.ids.splice(position(bucket.ids, entry.id), 1);
    bucket.state = undefined;
    if (bucket.ids.length > 0) return;
    index.buckets.delete(entry.window);
    index.order = undefined;
    if (index.buckets.size === 0) this.#strands.delete(entry.strand);
  }

  #dayOf(id: string): number {
    const entry = this.#entries.get(id);
    return entry === undefined ? -1 : dayOf(entry.timestampSeconds);
  }
}

/** Slot of a member of types 0, 1 or 2. */
export function slotOf(entry: MemberEntry): string {
  const { author, timestampSeconds, number, strand } = entry;
  return slotKey(author, { type: entry.type as MessageType, timestampSeconds, number }, strand);
}

/** The index of `id`, or of its place, in ascending ids. */
function position(ids: readonly string[], id: string): number {
  let low = 0;
  let high = ids.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ids[middle] as string) < id) low = middle + 1;
    else high = middle;
  }
  return low;
}
