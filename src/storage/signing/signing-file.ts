import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { equalBytes, toHex } from "../../protocol/bytes.js";
import { NetworkError } from "../../protocol/errors.js";
import { syncDirectory } from "../files/index.js";
import { storageError } from "../storage-error.js";
import { dayOf, decodeSigningEntry, encodeSigningEntry, headMark, type SigningEntry } from "./signing-entry.js";
import { type EntryPlace, SigningIndex } from "./signing-index.js";
import {
  encodeFrame,
  type Frame,
  headerFrame,
  type LogHeader,
  logDamage,
  readLog,
  readPayload,
} from "./signing-log.js";

/** Ten times what a validator at full quota writes within the retention. Only large bodies reach it. */
export const MAX_LOG_BYTES = 4 * 1024 ** 3;
/** Bytes that a rewrite collects before it writes. */
const WRITE_CHUNK_BYTES = 1024 * 1024;

/** How long entries are kept. */
export interface Retention {
  /** Days that a record stays in the set: after that no peer requests its body. */
  readonly horizonDays: number;
  /** Days after its announcement in which a task can be answered: a subject is remembered this much longer. */
  readonly taskMaxAgeDays: number;
}

interface Loaded {
  readonly header: LogHeader;
  readonly chain: Uint8Array;
  readonly end: number;
  readonly torn: boolean;
  readonly index: SigningIndex;
}

/** The owner of a log, needed to open it. */
export interface LogOwner {
  readonly publicKey: Uint8Array;
  readonly id: string;
  /** A resumed key signs nothing before this UTC day, whatever the log contains; 0 for other keys. */
  readonly firstDay: number;
}

function indexOf(owner: LogOwner, { firstDay, floorDay }: LogHeader): SigningIndex {
  const resumed = owner.firstDay > 0 ? { resumedDay: owner.firstDay } : {};
  return new SigningIndex(toHex(owner.publicKey), {
    firstDay: Math.max(firstDay, owner.firstDay),
    floorDay,
    ...resumed,
  });
}

/** Decodes the entry of a frame. An entry that this key can't have written is damage. */
function entryOf(author: Uint8Array, frame: Frame): SigningEntry {
  const entry = decodeSigningEntry(frame.payload);
  if (entry === undefined) throw logDamage(frame.offset);
  if (entry.head !== undefined && !equalBytes(entry.head.subarray(12, 44), author)) throw logDamage(frame.offset);
  return entry;
}

async function load(handle: FileHandle, owner: LogOwner): Promise<Loaded> {
  const entries: [SigningEntry, EntryPlace, number | undefined][] = [];
  const reading = await readLog(handle, (frame) => {
    const { head, body: _, ...small } = entryOf(owner.publicKey, frame);
    // The index needs only to know whether there is a head; its bytes stay in the file.
    const entry = head === undefined ? small : { ...small, head: new Uint8Array(0) };
    const mark = head === undefined ? undefined : headMark(head);
    entries.push([entry, { offset: frame.offset, end: frame.end }, mark]);
    return undefined;
  });
  const index = indexOf(owner, reading.header);
  for (const [entry, place, mark] of entries) index.add(entry, place, mark);
  return { ...reading, index };
}

/**
 * An open signing log and its index. Entries are staged, then committed together with one wait for the disk. Later
 * decisions count staged entries. If the commit fails, {@link repair} returns to the committed entries.
 */
export class SigningFile {
  readonly #path: string;
  readonly #owner: LogOwner;
  #handle: FileHandle;
  #state: Loaded;
  #staged: Uint8Array[] = [];
  /** End of the acknowledged entries. */
  #committed: number;
  #broken = false;

  private constructor(path: string, owner: LogOwner, handle: FileHandle, state: Loaded) {
    this.#path = path;
    this.#owner = owner;
    this.#handle = handle;
    this.#state = state;
    this.#committed = state.end;
  }

  /**
   * Reads the whole log. A torn last entry is dropped: it was never acknowledged, so nothing was signed for it.
   * `storage_corrupt` for other damage, `store_missing` if the log belongs to another key.
   *
   * Syncs the log and its directory, since an earlier process may have ended before its own sync. Without it a power
   * cut takes back entries that are signed by now, or restores the log from before a rewrite, and numbers are given
   * again.
   */
  static async open(path: string, key: LogOwner): Promise<SigningFile> {
    const file = await SigningFile.#read(path, key);
    try {
      await file.#handle.datasync();
      await syncDirectory(dirname(path));
      if (file.#state.torn) await file.repair();
      return file;
    } catch (cause) {
      await file.close();
      throw cause;
    }
  }

  /** Rejects as {@link open} would, and changes nothing. */
  static async inspect(path: string, key: LogOwner): Promise<void> {
    await (await SigningFile.#read(path, key)).close();
  }

  static async #read(path: string, key: LogOwner): Promise<SigningFile> {
    const handle = await open(path, "r+");
    try {
      const state = await load(handle, key);
      if (state.header.id !== key.id) {
        throw new NetworkError(
          "store_missing",
          `${path} belongs to another key: put the right one in its place, or move it away, ` +
            "and the key signs again from the UTC day after the next start",
        );
      }
      return new SigningFile(path, key, handle, state);
    } catch (cause) {
      await handle.close();
      throw cause;
    }
  }

  get header(): LogHeader {
    return this.#state.header;
  }

  get index(): SigningIndex {
    return this.#state.index;
  }

  get sizeBytes(): number {
    return this.#state.end;
  }

  /** A commit failed: no entry may be staged before {@link repair}. */
  get broken(): boolean {
    return this.#broken;
  }

  /** Adds an entry to the next commit. `storage_full` if the log has reached MAX_LOG_BYTES. */
  stage(entry: SigningEntry): void {
    const payload = encodeSigningEntry(entry);
    if (payload === undefined) throw new NetworkError("bad_parameters", "a field of the record's intent is too long");
    const { chain, end, index } = this.#state;
    const frame = encodeFrame(chain, payload);
    const place = { offset: end, end: end + frame.bytes.length };
    if (place.end > MAX_LOG_BYTES) throw new NetworkError("storage_full", "the signing log has its largest size");
    index.add(entry, place);
    this.#staged.push(frame.bytes);
    this.#state = { ...this.#state, chain: frame.chain, end: place.end };
  }

  /** Writes the staged entries and waits for the disk. */
  async commit(): Promise<void> {
    const staged = this.#staged;
    if (staged.length === 0) return;
    this.#staged = [];
    const bytes = Buffer.concat(staged);
    try {
      this.#broken = true;
      const { bytesWritten } = await this.#handle.write(bytes, 0, bytes.length, this.#committed);
      if (bytesWritten !== bytes.length)
        throw new NetworkError("storage_full", "the signing log was not written whole");
      await this.#handle.datasync();
      this.#committed = this.#state.end;
      this.#broken = false;
    } catch (cause) {
      throw storageError("the signing log could not be written", cause);
    }
  }

  /** An entry as it was written. Errors are of kind `storage`. */
  async read(place: EntryPlace): Promise<SigningEntry> {
    const payload = await readPayload(this.#handle, place.offset, place.end).catch((cause: unknown) => {
      throw storageError("the signing log could not be read", cause);
    });
    return entryOf(this.#owner.publicKey, { ...place, payload, chain: payload });
  }

  /** Raises the days before which nothing is signed. A lower day changes nothing. */
  async raise(days: Pick<LogHeader, "firstDay" | "floorDay">): Promise<void> {
    const { header } = this.#state;
    const firstDay = Math.max(header.firstDay, days.firstDay);
    const floorDay = Math.max(header.floorDay, days.floorDay);
    if (firstDay === header.firstDay && floorDay === header.floorDay) return;
    await this.#rewrite(0, 0, { ...header, firstDay, floorDay });
  }

  /** Rewrites the log from the acknowledged entries: after this the disk matches the index. */
  async repair(): Promise<void> {
    await this.#rewrite(0, 0, this.#state.header);
  }

  /**
   * Removes entries that are older than both retention times together, and bodies older than the horizon. Time counts
   * from the older of today and the newest entry, so that a fast clock removes nothing. True if it removed something.
   */
  async compact(today: number, retention: Retention): Promise<boolean> {
    const days = this.index.days;
    if (days === undefined) return false;
    const horizonStart = Math.min(today, days.newest) - retention.horizonDays;
    const firstKept = horizonStart - retention.taskMaxAgeDays;
    if (days.oldest >= firstKept) return false;
    // The removed subjects are forgotten, so records about them must be refused from here on.
    const floorDay = Math.max(this.#state.header.floorDay, horizonStart);
    await this.#rewrite(firstKept, horizonStart, { ...this.#state.header, floorDay });
    return true;
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  async #rewrite(firstKept: number, firstBody: number, header: LogHeader): Promise<void> {
    const temporary = `${this.#path}.tmp`;
    try {
      await rm(temporary, { force: true });
      const handle = await open(temporary, "wx+", 0o600);
      try {
        const state = await this.#copy(handle, header, (entry) => {
          const day = dayOf(entry.timestampSeconds);
          const { body, ...rest } = entry;
          return day < firstKept ? undefined : day < firstBody || body === undefined ? rest : entry;
        });
        await handle.sync();
        await rename(temporary, this.#path);
        await syncDirectory(dirname(this.#path));
        await this.#handle.close();
        this.#handle = handle;
        this.#state = state;
        this.#committed = state.end;
        this.#staged = [];
        this.#broken = false;
      } catch (cause) {
        await handle.close();
        // A partial log would take the space that the next attempt needs.
        await rm(temporary, { force: true });
        throw cause;
      }
    } catch (cause) {
      this.#broken = true;
      throw storageError("the signing log could not be rewritten", cause);
    }
  }

  async #copy(
    to: FileHandle,
    header: LogHeader,
    keep: (entry: SigningEntry) => SigningEntry | undefined,
  ): Promise<Loaded> {
    const first = headerFrame(header);
    let { chain } = first;
    let end = first.bytes.length;
    let chunks = [first.bytes];
    let chunkBytes = end;
    const index = indexOf(this.#owner, header);
    const flush = async (): Promise<void> => {
      await to.writeFile(Buffer.concat(chunks));
      chunks = [];
      chunkBytes = 0;
    };
    const visit = (frame: Frame): Promise<void> | undefined => {
      const entry = keep(entryOf(this.#owner.publicKey, frame));
      const payload = entry && encodeSigningEntry(entry);
      if (entry === undefined || payload === undefined) return undefined;
      const copy = encodeFrame(chain, payload);
      index.add(entry, { offset: end, end: end + copy.bytes.length });
      ({ chain } = copy);
      end += copy.bytes.length;
      chunks.push(copy.bytes);
      chunkBytes += copy.bytes.length;
      return chunkBytes >= WRITE_CHUNK_BYTES ? flush() : undefined;
    };
    const reading = await readLog(this.#handle, visit, this.#committed);
    // All entries up to this place were acknowledged. A torn entry here is damage, and its number must not be given
    // again.
    if (reading.torn) throw logDamage(reading.end);
    await flush();
    return { header, chain, end, torn: false, index };
  }
}
