import { join } from "node:path";
import { Backoff } from "../../engine/index.js";
import { equalBytes, toHex } from "../../protocol/bytes.js";
import { NetworkError } from "../../protocol/errors.js";
import type { SigningIntent } from "../../protocol/signing.js";
import { createOnce, holdDirectory } from "../files/index.js";
import { hasCode, storageError } from "../storage-error.js";
import { importDay, type StoredKey } from "./key-file.js";
import { KeyStop } from "./key-stop.js";
import { dayOf, headMatches, intentOf, NUMBERED_TYPES, type SigningEntry } from "./signing-entry.js";
import { type Retention, SigningFile } from "./signing-file.js";
import { type CallerRequest, isNumbered } from "./signing-index.js";
import { signingRefusal } from "./signing-inspect.js";
import { newLog } from "./signing-log.js";
import {
  entryOf,
  type OwnRecord,
  type Reservation,
  type ReserveRequest,
  type SigningStoreOptions,
} from "./signing-request.js";
import { readSigningState, type StoppedKey, type StopReason } from "./signing-state.js";

export type { BuiltRecord, OwnRecord, Reservation, ReserveRequest, SigningStoreOptions } from "./signing-request.js";

/** Cap of the requests that wait for the disk: one second's worth on a slow disk. More are refused. */
export const MAX_WAITING_REQUESTS = 1024;
/** Cap of the entries of one commit. With bodies of the largest size these are 64 MiB. */
const MAX_GROUP = 64;
/** A start searches this many days for intents without a record. Callers have given up older ones. */
export const UNFINISHED_DAYS = 7;
/** Cap of the unfinished intents of one call. A crash leaves as many as waited for a signature. */
export const MAX_UNFINISHED = 1024;
/** The wait before the next attempt to write a refused log. Each attempt writes the whole log. */
const RETRY = new Backoff(1000, 15_000);

interface Job {
  /** Decides and stages. The returned function runs once everything staged is on the disk. */
  readonly stage: () => () => Promise<void>;
  readonly reject: (reason: unknown) => void;
}

/**
 * Prevents a second record on one slot or subject of an author key, across crashes (protocol.md, "Signing"): number,
 * subject and bytes are on the disk before they are signed. Requests are served in order; waiting requests share one
 * commit. A copy of the key elsewhere shows by its records: the first record that this store did not reserve stops the
 * key ({@link learn}), and a proof stops it for good ({@link stop}).
 */
export class SigningStore {
  readonly #key: StoredKey;
  readonly #file: SigningFile;
  readonly #retention: Retention;
  readonly #release: () => void;
  readonly #queue: Job[] = [];
  readonly #stop: KeyStop;
  #nowSeconds: number;
  #running: Promise<void> = Promise.resolve();
  #active = false;
  #closed = false;
  readonly #onState: (refusal: NetworkError | undefined) => void;
  #refusal: NetworkError | undefined;
  #retry: NodeJS.Timeout | undefined;
  /** Consecutive attempts that the disk refused. */
  #retries = 0;

  private constructor(options: SigningStoreOptions, file: SigningFile, stop: KeyStop, release: () => void) {
    this.#key = options.key;
    this.#stop = stop;
    this.#nowSeconds = options.nowSeconds;
    this.#retention = options.retention;
    this.#onState = options.onState ?? (() => undefined);
    this.#file = file;
    this.#release = release;
  }

  /**
   * Opens the store of an author key. The caller holds the data directory's lock. A key without its log gets a new log
   * and signs from the next UTC day on. A stopped key stays stopped. `storage_locked`, `storage_corrupt`,
   * `store_missing` (the log of another key).
   */
  static async open(options: SigningStoreOptions): Promise<SigningStore> {
    const { key, nowSeconds, aheadSeconds } = options;
    if (key.kind !== "author") throw new NetworkError("bad_parameters", `${key.name} is not an author key`);
    const path = join(key.directory, "signing.log");
    const release = await holdDirectory(key.directory).catch((cause: unknown) => {
      throw signingRefusal(path, cause);
    });
    let file: SigningFile | undefined;
    try {
      const state = await readSigningState(key.directory);
      const owner = { ...key, firstDay: state.kind === "resumed" ? state.firstDay : 0 };
      file = await SigningFile.open(path, owner).catch(async (cause: unknown) => {
        if (!hasCode(cause, "ENOENT")) throw cause;
        await createOnce(path, newLog({ id: key.id, firstDay: importDay(nowSeconds, aheadSeconds), floorDay: 0 }));
        return SigningFile.open(path, owner);
      });
      const store = new SigningStore(options, file, new KeyStop(key, state), release);
      await file.compact(dayOf(nowSeconds), options.retention);
      return store;
    } catch (cause) {
      await file?.close();
      release();
      throw signingRefusal(path, cause);
    }
  }

  /** Hex of the public key. */
  get author(): string {
    return toHex(this.#key.publicKey);
  }

  /** For the table of bounds: waiting requests, subjects and caller's keys in memory, bytes on disk. */
  get sizes(): { readonly waiting: number; readonly remembered: number; readonly logBytes: number } {
    return { waiting: this.#queue.length, remembered: this.#file.index.size, logBytes: this.#file.sizeBytes };
  }

  /** Why the key is stopped; undefined while it signs. */
  get stopped(): StoppedKey | undefined {
    return this.#stop.stopped;
  }

  /**
   * Call it right before a signature of a record that is no member. Throws for a stopped key as {@link reserve} does,
   * and `key_used_elsewhere` for an intent from before the key was resumed: another node may have used its number.
   */
  assertSigns(intent?: SigningIntent): void {
    this.#stop.assertSigns();
    if (intent === undefined || !this.#file.index.isBeforeFirstDay(intent)) return;
    throw new NetworkError(
      "key_used_elsewhere",
      "this record was begun before the key was resumed, and another node may have used its number: " +
        "it is no longer signed. Publish it with another idempotency key or another author",
      { details: { author: this.author } },
    );
  }

  /** The time from which the key may sign records of every type, unix seconds. A past time means now. */
  signsFrom(aheadSeconds: number): number {
    return Math.max(...NUMBERED_TYPES.map((type) => this.#file.index.signsFrom(type, aheadSeconds)));
  }

  /**
   * Stops the key from this call on, also after a restart: two of its records contradict each other. Resolves when the
   * stop is on the disk. `storage_full` and `storage_failed` if it could not be written: it is retried, also at the
   * close.
   */
  stop(reason: StopReason, records: readonly string[], nowSeconds: number): Promise<void> {
    return this.#stop.stop(reason, records, nowSeconds);
  }

  /** How many records of each type the key may still sign on the UTC day of its next record. */
  left(quotas: ReserveRequest["quotas"], nowSeconds: number): readonly [number, number, number] {
    const { index } = this.#file;
    return [index.left(0, quotas, nowSeconds), index.left(1, quotas, nowSeconds), index.left(2, quotas, nowSeconds)];
  }

  /**
   * Gives a record its number and timestamp and writes it to the disk; only then it may be signed. A request that was
   * made before gets its record, also of a stopped key: {@link assertSigns} decides whether it may be signed. Errors:
   * `clock_behind`, `quota_exceeded`, `already_submitted`, `already_validated`, `store_missing` (imported today),
   * `bad_parameters` (a caller's key with another digest), `key_used_elsewhere` and `key_equivocated` (the key is
   * stopped), `storage_full` and `storage_failed`, and errors of `build`. An error uses up no number.
   */
  reserve(request: ReserveRequest): Promise<Reservation> {
    return this.#enqueue<Reservation>(() => {
      const { type } = request;
      if (!isNumbered(type)) throw new NetworkError("bad_parameters", "records of this type have no number");
      this.#nowSeconds = request.nowSeconds;
      const { index } = this.#file;
      const place = this.#stop.before(() => index.existing({ ...request, type }));
      if (place !== undefined) {
        return async () => ({ intent: this.#intent(await this.#file.read(place)), existing: true });
      }
      this.assertSigns();
      const slot = index.newSlot({ ...request, type });
      const built = request.build(slot.number, slot.timestampSeconds);
      const entry = entryOf({ ...request, type }, slot, built);
      const intent = this.#intent(entry);
      this.#file.stage(entry);
      return async () => ({ intent, existing: false });
    });
  }

  /** The intent of an idempotency key, or undefined. `bad_parameters` if the key was used for something else. */
  recall(request: CallerRequest): Promise<SigningIntent | undefined> {
    return this.#enqueue(() => {
      const place = this.#file.index.sameCaller(request);
      return async () => (place === undefined ? undefined : this.#intent(await this.#file.read(place)));
    });
  }

  /**
   * Takes records of this author in the set: their numbers, timestamps and subjects count as used from now on. The
   * first record that this store did not reserve stops the key (`key_used_elsewhere`): another node signs with it, or
   * the log is an older copy. Records from before the key's import, or learned before, are expected. The stop is on the
   * disk before the record is in the log.
   */
  async learn(records: readonly OwnRecord[], nowSeconds: number): Promise<void> {
    // Before the queue: a full queue or a refusing disk must not hide a foreign record.
    const foreign = records.find((record) => this.#file.index.signerOf(record, record.head) === "foreign");
    if (foreign !== undefined) await this.#stop.stop("key_used_elsewhere", [foreign.id], nowSeconds);
    await this.#enqueue(() => {
      for (const { type, number, timestampSeconds, subject } of records) {
        const entry = { type, number, timestampSeconds, ...(subject === undefined ? {} : { subject }) };
        if (!this.#file.index.covers(entry)) this.#file.stage(entry);
      }
      return async () => undefined;
    });
  }

  /**
   * Intents of the last {@link UNFINISHED_DAYS} days without a record, oldest first. A start signs the same bytes
   * again. None from before the key was resumed; at most {@link MAX_UNFINISHED}. `isStored` must not call this store.
   */
  unfinished(isStored: (intent: SigningIntent) => Promise<boolean>): Promise<SigningIntent[]> {
    return this.#enqueue(() => async () => {
      const found: SigningIntent[] = [];
      const from = (this.#file.index.days?.newest ?? 0) - UNFINISHED_DAYS;
      for (const place of this.#file.index.since(from)) {
        if (found.length >= MAX_UNFINISHED) break;
        const intent = intentOf(this.author, await this.#file.read(place));
        if (intent === undefined || this.#file.index.isBeforeFirstDay(intent)) continue;
        if (!(await isStored(intent))) found.push(intent);
      }
      return found;
    });
  }

  /** Refuses new requests, serves the waiting ones, closes the log. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#retry);
    await this.#running;
    await this.#stop.close();
    try {
      await this.#file.close();
    } finally {
      this.#release();
    }
  }

  #intent(entry: SigningEntry): SigningIntent {
    const intent = intentOf(this.author, entry);
    const sound =
      entry.head !== undefined &&
      headMatches(entry.head, entry) &&
      equalBytes(entry.head.subarray(12, 44), this.#key.publicKey);
    if (intent !== undefined && sound) return intent;
    throw new NetworkError("bad_parameters", "the head does not match its reservation");
  }

  #enqueue<T>(stage: () => () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#closed) {
        reject(new NetworkError("stopped", "the signing store is closed"));
      } else if (this.#queue.length >= MAX_WAITING_REQUESTS) {
        reject(new NetworkError("storage_failed", `${MAX_WAITING_REQUESTS} signatures wait for the disk already`));
      } else {
        this.#queue.push({
          reject,
          stage: () => {
            const finish = stage();
            return async () => resolve(await finish());
          },
        });
        if (!this.#active) this.#running = this.#drain();
      }
    });
  }

  async #drain(): Promise<void> {
    this.#active = true;
    while (this.#queue.length > 0) await this.#serve(this.#queue.splice(0, MAX_GROUP));
    this.#active = false;
  }

  /** Never throws: each job gets its own failure. */
  async #serve(group: readonly Job[]): Promise<void> {
    const staged: [Job, () => Promise<void>][] = [];
    try {
      if (this.#file.broken) await this.#file.repair();
      else await this.#file.compact(dayOf(this.#nowSeconds), this.#retention);
      for (const job of group) {
        try {
          staged.push([job, job.stage()]);
        } catch (reason) {
          job.reject(reason);
        }
      }
      await this.#file.commit();
    } catch (reason) {
      for (const job of group) job.reject(reason);
      this.#refused(storageError("the signing log could not be written", reason));
      return;
    }
    this.#refused(undefined);
    for (const [job, finish] of staged) await finish().catch(job.reject);
  }

  /** Reports a change, and retries while the disk refuses: the next request may come hours later. */
  #refused(refusal: NetworkError | undefined): void {
    const before = this.#refusal;
    this.#refusal = refusal;
    if (before?.code !== refusal?.code) this.#onState(refusal);
    if (refusal === undefined) {
      this.#retries = 0;
      return;
    }
    if (this.#closed || this.#retry !== undefined) return;
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      this.#retries += 1;
      // The job stages nothing: the repair before it is the attempt.
      this.#enqueue(() => async () => undefined).catch(() => undefined);
    }, RETRY.waitMs(this.#retries));
    this.#retry.unref();
  }
}
