import { dayOf } from "../../protocol/membership.js";
import type { MemberEntry } from "../writes.js";
import { HandleIndex } from "./handle-index.js";
import { IdPrefixes, type PrefixMatches } from "./id-prefixes.js";
import { KeyTable } from "./key-table.js";
import { SharedKeys } from "./shared-keys.js";

/** Columns of a member beside its id. */
const AUTHOR = 0;
const TASK = 1;
/** Low 32 bits of the timestamp. */
const TIME = 2;
const WINDOW = 3;
/** The number in the high half, the strand in the low half. */
const NUMBER_STRAND = 4;
/** Bits 48 to 32 of the timestamp in the high half, the flag, the type in the low 8 bits. */
const MISC = 5;
/** The next and the previous member of the author: one more than the handle, or 0. */
const NEXT = 6;
const PREVIOUS = 7;
/** The same of the members whose ids begin with the same digits. */
const NEXT_ID = 8;
const PREVIOUS_ID = 9;
const COLUMNS = 10;
const EQUIVOCATED = 1 << 8;

const MIX = 0xc2b2ae35;

/** A member of types 0 to 2 in words, as a checkpoint has it. */
export interface MemberRow {
  /** The id is at `idAt`, the author at `authorAt`: KEY_WORDS words each. */
  readonly words: Uint32Array;
  readonly idAt: number;
  readonly authorAt: number;
  readonly type: number;
  readonly strand: string;
  readonly window: number;
  readonly timestampSeconds: number;
  readonly number: number;
}

/**
 * The index entries of all members as rows of numbers: about 120 bytes each, in pages outside of the JavaScript heap. A
 * member is a handle; its id, and the other fields of {@link MemberEntry}, are read by it.
 */
export class MemberColumns {
  readonly #rows: KeyTable;
  readonly #prefixes: IdPrefixes;
  readonly #authors: SharedKeys;
  readonly #tasks: SharedKeys;
  readonly #strands: string[] = [];
  readonly #strandNumbers = new Map<string, number>();
  /** By slot: the member with the lowest id of each slot. */
  readonly #slots = new HandleIndex((handle) => this.#slotHash(handle));

  /** `salt`: 8 words. */
  constructor(salt: Uint32Array) {
    this.#rows = new KeyTable(COLUMNS, salt);
    this.#prefixes = new IdPrefixes(this.#rows, NEXT_ID, PREVIOUS_ID);
    this.#authors = new SharedKeys(salt);
    this.#tasks = new SharedKeys(salt);
  }

  get size(): number {
    return this.#rows.size;
  }

  /** The handle of a member; -1: not held. */
  find(id: string): number {
    return this.#rows.find(id);
  }

  /** The same for the id at `at`. */
  findWords(words: Uint32Array, at: number): number {
    return this.#rows.findWords(words, at);
  }

  /** Makes room for so many members. */
  reserve(members: number): void {
    this.#rows.reserve(members);
    this.#slots.reserve(members);
  }

  /** Adds a member that is not held. */
  add(entry: MemberEntry): number {
    const handle = this.#rows.add(entry.id);
    this.#prefixes.add(handle);
    this.#link(handle, this.#authors.refer(entry.author));
    this.#rows.set(handle, TASK, this.#tasks.refer(entry.taskId));
    this.#fill(handle, entry);
    return handle;
  }

  /** The same for a row of the task whose words are `task`. */
  addRow(row: MemberRow, task: Uint32Array): number {
    const { words, idAt, authorAt } = row;
    const handle = this.#rows.addWords(words, idAt);
    this.#prefixes.add(handle);
    this.#link(handle, this.#authors.referWords(words, authorAt));
    this.#rows.set(handle, TASK, this.#tasks.referWords(task, 0));
    this.#fill(handle, row);
    return handle;
  }

  #fill(handle: number, row: Pick<MemberEntry, "type" | "strand" | "window" | "timestampSeconds" | "number">): void {
    const { type, strand, window, timestampSeconds, number } = row;
    this.#rows.set(handle, TIME, timestampSeconds % 2 ** 32);
    this.#rows.set(handle, WINDOW, window);
    this.#rows.set(handle, NUMBER_STRAND, (number << 16) | this.#strandNumber(strand));
    this.#rows.set(handle, MISC, (Math.floor(timestampSeconds / 2 ** 32) << 16) | type);
  }

  /** Removes a member. Its slot must not hold it. */
  remove(handle: number): void {
    this.#prefixes.remove(handle);
    this.#unlink(handle);
    this.#authors.release(this.#rows.get(handle, AUTHOR));
    this.#tasks.release(this.#rows.get(handle, TASK));
    this.#rows.remove(handle);
  }

  /** The entry of a member, made for this call. */
  entry(handle: number): MemberEntry {
    const misc = this.#rows.get(handle, MISC);
    const numberStrand = this.#rows.get(handle, NUMBER_STRAND);
    return {
      id: this.#rows.hex(handle),
      type: misc & 0xff,
      author: this.author(handle),
      strand: this.strand(handle),
      window: this.#rows.get(handle, WINDOW),
      timestampSeconds: this.timestampSeconds(handle),
      number: numberStrand >>> 16,
      taskId: this.task(handle),
    };
  }

  /** Members of a type whose ids begin with these digits: see {@link IdPrefixes.find}. */
  withPrefix(prefix: string, type: number | undefined, limit: number): PrefixMatches {
    return this.#prefixes.find(prefix, limit, (handle) => type === undefined || this.type(handle) === type);
  }

  /** Handles of the members of an author, the newest first. No member may be added or removed meanwhile. */
  *ofAuthor(author: string): Generator<number> {
    const authorHandle = this.#authors.find(author);
    if (authorHandle === -1) return;
    for (let at = this.#authors.first(authorHandle); at !== 0; at = this.#rows.get(at - 1, NEXT)) yield at - 1;
  }

  #link(handle: number, author: number): void {
    const next = this.#authors.first(author);
    this.#rows.set(handle, AUTHOR, author);
    this.#rows.set(handle, NEXT, next);
    if (next !== 0) this.#rows.set(next - 1, PREVIOUS, handle + 1);
    this.#authors.setFirst(author, handle + 1);
  }

  #unlink(handle: number): void {
    const [next, previous] = [this.#rows.get(handle, NEXT), this.#rows.get(handle, PREVIOUS)];
    if (next !== 0) this.#rows.set(next - 1, PREVIOUS, previous);
    if (previous === 0) this.#authors.setFirst(this.#rows.get(handle, AUTHOR), next);
    else this.#rows.set(previous - 1, NEXT, next);
  }

  id(handle: number): string {
    return this.#rows.hex(handle);
  }

  timestampSeconds(handle: number): number {
    return this.#rows.get(handle, TIME) + (this.#rows.get(handle, MISC) >>> 16) * 2 ** 32;
  }

  type(handle: number): number {
    return this.#rows.get(handle, MISC) & 0xff;
  }

  author(handle: number): string {
    return this.#authors.text(this.#rows.get(handle, AUTHOR));
  }

  task(handle: number): string {
    return this.#tasks.text(this.#rows.get(handle, TASK));
  }

  strand(handle: number): string {
    return this.#strands[this.#rows.get(handle, NUMBER_STRAND) & 0xffff] as string;
  }

  window(handle: number): number {
    return this.#rows.get(handle, WINDOW);
  }

  isEquivocated(handle: number): boolean {
    return (this.#rows.get(handle, MISC) & EQUIVOCATED) !== 0;
  }

  setEquivocated(handle: number, is: boolean): void {
    const misc = this.#rows.get(handle, MISC);
    this.#rows.set(handle, MISC, is ? misc | EQUIVOCATED : misc & ~EQUIVOCATED);
  }

  /** Order of the ids of two members. */
  compare = (a: number, b: number): number => this.#rows.compare(a, b);

  /** Whether a member has this handle now. */
  isHeld(handle: number): boolean {
    return handle < this.#rows.end && this.#rows.isHeld(handle);
  }

  /** Writes the words of a member's id to `out`. */
  readId(handle: number, out: Uint32Array): void {
    this.#rows.readWords(handle, out);
  }

  /** Writes the 32 bytes of a member's id to `out` at `offset`. */
  writeId(handle: number, out: Uint8Array, offset: number): void {
    this.#rows.writeBytes(handle, out, offset);
  }

  /** The member that {@link holdSlot} set for the slot (author, type, strand, day, number) of an entry; -1: none. */
  slotOf({ author, type, strand, timestampSeconds, number }: MemberEntry): number {
    const authorHandle = this.#authors.find(author);
    const strandNumber = this.#strandNumbers.get(strand);
    if (authorHandle === -1 || strandNumber === undefined) return -1;
    return this.#slot(authorHandle, type, ((number << 16) | strandNumber) >>> 0, dayOf(timestampSeconds));
  }

  /** The same for the slot of a member that {@link holdSlot} was not called for. */
  slotOfMember(handle: number): number {
    const [author, numberStrand] = [this.#rows.get(handle, AUTHOR), this.#rows.get(handle, NUMBER_STRAND)];
    return this.#slot(author, this.type(handle), numberStrand, dayOf(this.timestampSeconds(handle)));
  }

  #slot(authorHandle: number, type: number, numberStrand: number, day: number): number {
    return this.#slots.find(
      mixSlot(authorHandle, type, numberStrand, day),
      (handle) =>
        this.#rows.get(handle, AUTHOR) === authorHandle &&
        this.#rows.get(handle, NUMBER_STRAND) === numberStrand &&
        this.type(handle) === type &&
        dayOf(this.timestampSeconds(handle)) === day,
    );
  }

  /** The member stands for its slot from now on. No other one may. */
  holdSlot(handle: number): void {
    this.#slots.add(this.#slotHash(handle), handle);
  }

  releaseSlot(handle: number): void {
    this.#slots.remove(this.#slotHash(handle), handle);
  }

  #slotHash(handle: number): number {
    const day = dayOf(this.timestampSeconds(handle));
    return mixSlot(this.#rows.get(handle, AUTHOR), this.type(handle), this.#rows.get(handle, NUMBER_STRAND), day);
  }

  /** Strands are few: a task type, a kind and a shard. Numbers are never given back. */
  #strandNumber(strand: string): number {
    let number = this.#strandNumbers.get(strand);
    if (number === undefined) {
      number = this.#strands.length;
      if (number > 0xffff) throw new RangeError("too many strands");
      this.#strands.push(strand);
      this.#strandNumbers.set(strand, number);
    }
    return number;
  }
}

/** The author is a handle, which nobody outside chooses, so this hash needs no salt. */
function mixSlot(author: number, type: number, numberStrand: number, day: number): number {
  let hash = Math.imul(author + 1, MIX);
  hash = Math.imul(hash ^ (hash >>> 15) ^ numberStrand, MIX);
  hash = Math.imul(hash ^ (hash >>> 15) ^ ((day << 8) | type), MIX);
  return (hash ^ (hash >>> 15)) >>> 0;
}
