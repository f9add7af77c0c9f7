import { MessageType } from "../../protocol/envelope.js";
import type { Blake3 } from "../../protocol/hash.js";
import { KEY_WORDS } from "../../protocol/key-words.js";
import { dayOf, slotKey } from "../../protocol/membership.js";
import { DAY_SECONDS, type NetworkRules } from "../../protocol/rules.js";
import { BOUNDS } from "../bounds.js";
import type { MemberEntry } from "../writes.js";
import { LatestWork } from "./latest-work.js";
import { MemberColumns, type MemberRow } from "./member-columns.js";
import { SetStates } from "./set-states.js";
import { WindowIndex } from "./window-index.js";

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

export interface RecordSetOptions {
  readonly maxRecords?: number;
  /** {@link KEY_WORDS} random words: peers can't choose ids that collide in the index. */
  readonly salt?: Uint32Array;
}

/** Members found by the first digits of their ids. */
export interface PrefixEntries {
  readonly entries: readonly MemberEntry[];
  /** False if there may be more. */
  readonly complete: boolean;
}

const NO_HANDLES = new Uint32Array();

/**
 * The index of every member (types 0, 1, 2 and certificates) by id, slot and window. Its content does not depend on the
 * order of admission: each slot keeps the two records with the lowest ids. Holds no payloads.
 */
export class RecordSet {
  /** Digests of windows, days and roots. */
  readonly states: SetStates;
  readonly #rules: NetworkRules;
  readonly #maxRecords: number;
  readonly #members: MemberColumns;
  /** The other member of each equivocated slot. */
  readonly #partners = new Map<number, number>();
  readonly #windows: WindowIndex;
  readonly #workers = new LatestWork();

  constructor(blake3: Blake3, rules: NetworkRules, options: RecordSetOptions = {}) {
    this.#rules = rules;
    this.#maxRecords = options.maxRecords ?? BOUNDS.members.cap;
    this.#members = new MemberColumns(options.salt ?? new Uint32Array(KEY_WORDS));
    this.#windows = new WindowIndex(this.#members.compare, DAY_SECONDS / rules.windowSeconds);
    this.states = new SetStates(blake3, this.#members, this.#windows);
  }

  /** Number of members. */
  get size(): number {
    return this.#members.size;
  }

  get maxRecords(): number {
    return this.#maxRecords;
  }

  has(id: string): boolean {
    return this.#members.find(id) !== -1;
  }

  entry(id: string): MemberEntry | undefined {
    const handle = this.#members.find(id);
    return handle === -1 ? undefined : this.#members.entry(handle);
  }

  /**
   * At most `limit` members of a type whose ids begin with `prefix`, in the order of their ids; `prefix` has at least
   * PREFIX_MIN_DIGITS lowercase hex digits. The cost does not depend on the number of members.
   */
  entriesWithPrefix(prefix: string, type: number | undefined, limit: number): PrefixEntries {
    const { handles, complete } = this.#members.withPrefix(prefix, type, limit);
    const entries = handles.map((handle) => this.#members.entry(handle));
    return { entries: entries.sort((a, b) => (a.id < b.id ? -1 : 1)), complete };
  }

  /** Author and strand of a member, as texts that all its entries share. */
  texts(id: string): Pick<MemberEntry, "author" | "strand"> | undefined {
    const handle = this.#members.find(id);
    return handle === -1 ? undefined : { author: this.#members.author(handle), strand: this.#members.strand(handle) };
  }

  /** The members of an author, in no order. The set must not change meanwhile. */
  *entriesOf(author: string): Generator<MemberEntry> {
    for (const handle of this.#members.ofAuthor(author)) yield this.#members.entry(handle);
  }

  /** The task of a member. */
  taskOf(id: string): string | undefined {
    const handle = this.#members.find(id);
    return handle === -1 ? undefined : this.#members.task(handle);
  }

  /** The ids in the slot of an entry, ascending: none, one, or two if it is equivocated. */
  slot(entry: MemberEntry): readonly string[] {
    const low = this.#members.slotOf(entry);
    if (low === -1) return [];
    const high = this.#partners.get(low);
    return high === undefined ? [this.#members.id(low)] : [this.#members.id(low), this.#members.id(high)];
  }

  /** The pair in a member's slot if it is equivocated; undefined otherwise. */
  equivocatedPair(id: string): EquivocatedPair | undefined {
    // Most sets have no such slot, and a fold asks for each record.
    if (this.#partners.size === 0) return undefined;
    const handle = this.#members.find(id);
    if (handle === -1 || !this.#members.isEquivocated(handle)) return undefined;
    const partner = this.#partners.get(handle);
    if (partner === undefined) return undefined;
    const other = this.#members.id(partner);
    return id < other ? [id, other] : [other, id];
  }

  /** Admits a record. The caller has checked the signature and rules 1 to 5 of membership. */
  admit(entry: MemberEntry): Admission {
    if (this.has(entry.id)) return { outcome: "known" };
    const full = this.size >= this.#maxRecords;
    if (entry.type === MessageType.Certificate) {
      if (full) return { outcome: "full" };
      this.#insert(entry);
      return { outcome: "added", equivocated: false, evicted: undefined };
    }
    const held = this.#members.slotOf(entry);
    const partner = held === -1 ? undefined : this.#partners.get(held);
    if (partner !== undefined) return this.#replace(entry, held, partner);
    if (full) return { outcome: "full" };
    const added = this.#insert(entry);
    if (held === -1) this.#members.holdSlot(added);
    else this.#equivocate(held, added);
    return { outcome: "added", equivocated: held !== -1, evicted: undefined };
  }

  /** Makes room for so many members. */
  reserve = (members: number): void => this.#members.reserve(Math.min(members, this.#maxRecords));

  /** Takes a member of the task with the words `task`. False: known, no room, or two others are in its slot. */
  restoreRow(row: MemberRow, task: Uint32Array): boolean {
    if (this.size >= this.#maxRecords || this.#members.findWords(row.words, row.idAt) !== -1) return false;
    const handle = this.#members.addRow(row, task);
    const held = this.#members.slotOfMember(handle);
    if (held !== -1 && this.#partners.has(held)) {
      this.#members.remove(handle);
      return false;
    }
    this.#workers.joined(row.type, this.#members.author(handle), row.timestampSeconds);
    this.#windows.append(row.strand, row.window, handle);
    if (held === -1) this.#members.holdSlot(handle);
    else this.#equivocate(held, handle);
    return true;
  }

  /** The tasks with a member whose slot holds two records. */
  equivocatedTasks = (): Set<string> => new Set([...this.#partners.keys()].map((held) => this.#members.task(held)));

  /** Non-empty windows of a strand, ascending. */
  windows(strand: string): readonly number[] {
    return this.#windows.windows(strand);
  }

  /** Number of members of a window. */
  windowCount(strand: string, window: number): number {
    return this.#windows.window(strand, window)?.count ?? 0;
  }

  /** Members of a window, ascending; a new array. */
  windowIds(strand: string, window: number): string[] {
    const ids: string[] = [];
    const held = this.#windows.window(strand, window);
    if (held === undefined) return ids;
    for (let at = 0; at < held.count; at++) ids.push(this.#members.id(held.handles[at] as number));
    return ids;
  }

  /** Handles of the members of a window, in the order of their ids: {@link readId} reads them until the set changes. */
  windowHandles(strand: string, window: number): Uint32Array {
    const held = this.#windows.window(strand, window);
    return held === undefined ? NO_HANDLES : held.handles.subarray(0, held.count);
  }

  /** Writes the {@link KEY_WORDS} words of a member's id to `out`. */
  readId = (handle: number, out: Uint32Array): void => this.#members.readId(handle, out);

  /** The id of a handle; undefined: no member has it now. */
  idOf(handle: number): string | undefined {
    return this.#members.isHeld(handle) ? this.#members.id(handle) : undefined;
  }

  /** Entries of the members of a window, ascending. The set must not change meanwhile. */
  *windowEntries(strand: string, window: number): Generator<MemberEntry> {
    const held = this.#windows.window(strand, window);
    if (held === undefined) return;
    for (let at = 0; at < held.count; at++) yield this.#members.entry(held.handles[at] as number);
  }

  /** Members of a strand dated on `fromDay` (UTC) or later, ascending. */
  ids(strand: string, fromDay: number): string[] {
    const fromSeconds = fromDay * DAY_SECONDS;
    const found: string[] = [];
    for (const window of this.windows(strand)) {
      if ((window + 1) * this.#rules.windowSeconds <= fromSeconds) continue;
      for (const { id, timestampSeconds } of this.windowEntries(strand, window)) {
        // A window of a devnet may cross midnight, so the day of each record is checked.
        if (dayOf(timestampSeconds) >= fromDay) found.push(id);
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
    return [...this.#windows.strands()].sort();
  }

  /** Removes and returns every member dated before `firstKeptDay` (UTC). A slot is of one day, so it expires whole. */
  expire(firstKeptDay: number): MemberEntry[] {
    const gone: MemberEntry[] = [];
    for (const strand of this.#windows.strands()) {
      for (const window of this.windows(strand)) {
        if (window * this.#rules.windowSeconds >= firstKeptDay * DAY_SECONDS) break;
        for (const entry of this.windowEntries(strand, window)) {
          if (dayOf(entry.timestampSeconds) < firstKeptDay) gone.push(entry);
        }
      }
    }
    this.#workers.expire(firstKeptDay * DAY_SECONDS);
    for (const { id } of gone) this.lose(id);
    return gone;
  }

  /**
   * Removes a member whose envelope the disk lost, so that exchanges fetch it again. Returns its entry. Until then its
   * slot holds only the other record, if any.
   */
  lose(id: string): MemberEntry | undefined {
    const handle = this.#members.find(id);
    if (handle === -1) return undefined;
    const entry = this.#members.entry(handle);
    if (entry.type !== MessageType.Certificate) {
      const partner = this.#partners.get(handle);
      const holder = this.#members.slotOf(entry);
      if (holder === handle) this.#members.releaseSlot(handle);
      if (partner !== undefined) this.#separate(handle, partner);
      if (partner !== undefined && holder === handle) this.#members.holdSlot(partner);
    }
    this.#evict(handle);
    return entry;
  }

  /**
   * A third record for an equivocated slot: the two lowest ids stay. The number of members does not change, so a full
   * set admits it.
   */
  #replace(entry: MemberEntry, low: number, high: number): Admission {
    if (entry.id > this.#members.id(high)) return { outcome: "refused" };
    const evicted = this.#members.entry(high);
    this.#separate(low, high);
    this.#evict(high);
    this.#equivocate(low, this.#insert(entry));
    return { outcome: "added", equivocated: true, evicted };
  }

  /** Two members share a slot that `held` stands for. Afterwards the lower of them stands for it. */
  #equivocate(held: number, added: number): void {
    if (this.#members.compare(added, held) < 0) {
      this.#members.releaseSlot(held);
      this.#members.holdSlot(added);
    }
    this.#partners.set(held, added);
    this.#partners.set(added, held);
    this.#members.setEquivocated(held, true);
    this.#members.setEquivocated(added, true);
  }

  #separate(a: number, b: number): void {
    this.#partners.delete(a);
    this.#partners.delete(b);
    this.#members.setEquivocated(a, false);
    this.#members.setEquivocated(b, false);
  }

  #insert(entry: MemberEntry): number {
    const handle = this.#members.add(entry);
    this.#workers.joined(entry.type, entry.author, entry.timestampSeconds);
    this.#windows.add(this.#members.strand(handle), entry.window, handle);
    return handle;
  }

  #evict(handle: number): void {
    const [strand, window] = [this.#members.strand(handle), this.#members.window(handle)];
    this.#windows.remove(strand, window, handle);
    this.#members.remove(handle);
  }
}

/** Slot of a member of types 0, 1 or 2. */
export function slotOf(entry: MemberEntry): string {
  const { author, timestampSeconds, number, strand } = entry;
  return slotKey(author, { type: entry.type as MessageType, timestampSeconds, number }, strand);
}
