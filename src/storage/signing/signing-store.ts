import { join } from "node:path";
import { Backoff } from "../../engine/index.js";
import { equalBytes, toHex } from "../../protocol/bytes.js";
import { NetworkError } from "../../protocol/errors.js";
import type { SigningIntent } from "../../protocol/signing.js";
import { createOnce, holdDirectory } from "../files/index.js";
import { hasCode, storageError } from "../storage-error.js";
import { importDay, type StoredKey } from "./key-file.js";
import { KeyStop } from "./key-stop.js";
import { dayOf, headSays, intentOf, NUMBERED_TYPES, type SigningEntry } from "./signing-entry.js";
import { type Retention, SigningFile } from "./signing-file.js";
import { isNumbered } from "./signing-index.js";
import { signingRefusal } from "./signing-inspect.js";
import { newLog } from "./signing-log.js";
import type { OwnRecord, Reservation, ReserveRequest, SigningStoreOptions } from "./signing-request.js";
import { readSigningState, type StoppedKey, type StopReason } from "./signing-state.js";

export type { BuiltRecord, OwnRecord, Reservation, ReserveRequest, SigningStoreOptions } from "./signing-request.js";

/** Requests that may wait for the disk: a second's worth on a slow one. More are refused, nobody waits for ever. */
export const MAX_WAITING_REQUESTS = 1024;
/** Entries that one wait for the disk may serve. With bodies of the largest size these are 64 MiB. */
const MAX_GROUP = 64;
/** Days back in which a start looks for intents without a record; older ones were given up by their callers. */
export const UNFINISHED_DAYS = 7;
/** Unfinished intents that one call returns; a crash leaves as many as were waiting for a signature. */
export const MAX_UNFINISHED = 1024;
/** The wait before a log that could not be written is tried again. Each try writes the whole log. */
const RETRY = new Backoff(1000, 15_000);

interface Job {
  /** Decides and stages; what it returns runs once everything staged is on the disk. */
  readonly stage: () => () => Promise<void>;
  readonly reject: (reason: unknown) => void;
}

/**
 * Makes a second record on one slot or subject impossible for one author key, across crashes (protocol.md, "Signing"):
 * number, subject and bytes are on the disk before anybody may sign them. Requests are served in order; those that wait
 * share one wait for the disk. A copy of the key that signs elsewhere is seen by its records: the first one that this
 * store did not reserve stops the key here ({@link learn}), and a proof stops it for good ({@link stop}).
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
  /** Tries in a row that the disk refused. */
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
   * Opens the store of an author key; the data directory's lock is held by then. A key whose log is gone gets a new one
   * and signs from the UTC day after. A key that was stopped stays stopped. `storage_locked`, `storage_corrupt`,
   * `store_missing` (the log of another key).
   */
  static async open(options: SigningStoreOptions): Promise<SigningStore> {
    const { key, nowSeconds, aheadSeconds } = options;
    if (key.kind !== "author") throw new NetworkError("bad_parameters", `${key.name} is no author key`);
    const path = join(key.directory, "signing.log");
    const release = await holdDirectory(key.directory);
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

  /** For the table of bounds: requests that wait, subjects and caller's keys in memory, bytes on disk. */
  get sizes(): { readonly waiting: number; readonly remembered: number; readonly logBytes: number } {
    return { waiting: this.#queue.length, remembered: this.#file.index.size, logBytes: this.#file.sizeBytes };
  }

  /** Why the key signs no more; undefined while it signs. */
  get stopped(): StoppedKey | undefined {
    return this.#stop.stopped;
  }

  /**
   * To be asked right before a signature. Throws what {@link reserve} would refuse a stopped key with, and
   * `key_used_elsewhere` for an intent from before the key was resumed that is no member: its number may be used by now.
   */
  assertSigns(intent?: SigningIntent, isMember = false): void {
    this.#stop.assertSigns();
    if (intent === undefined || isMember || !this.#file.index.isBeforeFirstDay(intent)) return;
    throw new NetworkError(
      "key_used_elsewhere",
      "this record was begun before the key was resumed, and another node may have used its number: " +
        "it is not signed any more. Publish it with another idempotency key or another author",
      { details: { author: this.author } },
    );
  }

  /** From when on the machine's clock lets this key sign records of every type, unix seconds; in the past: now. */
  signsFrom(aheadSeconds: number): number {
    return Math.max(...NUMBERED_TYPES.map((type) => this.#file.index.signsFrom(type, aheadSeconds)));
  }

  /**
   * Two records of this key contradict each other: it signs no more, from this call on, and after a restart. Resolves when
   * that is on the disk; `storage_full` and `storage_failed` where it could not be written: it is tried again, also at the close.
   */
  stop(reason: StopReason, records: readonly string[], nowSeconds: number): Promise<void> {
    return this.#stop.stop(reason, records, nowSeconds);
  }

  /** Records of each type that the key may still sign on the UTC day of its next record. */
  left(quotas: ReserveRequest["quotas"], nowSeconds: number): readonly [number, number, number] {
    const { index } = this.#file;
    return [index.left(0, quotas, nowSeconds), index.left(1, quotas, nowSeconds), index.left(2, quotas, nowSeconds)];
  }

  /**
   * Gives a record its number and timestamp and brings it to the disk; only then it may be signed.
   * Errors: `clock_behind`, `quota_exceeded`, `subject_used`, `store_missing` (imported today), `bad_parameters` (a caller's
   * key with another digest), `key_used_elsewhere` and `key_equivocated` (the key is stopped), `storage_full` and
   * `storage_failed`, and whatever `build` throws. Nothing is used up then.
   */
  reserve(request: ReserveRequest): Promise<Reservation> {
    return this.#enqueue<Reservation>(() => {
      const { type } = request;
      if (!isNumbered(type)) throw new NetworkError("bad_parameters", "records of this type take no number");
      this.assertSigns();
      this.#nowSeconds = request.nowSeconds;
      const answer = this.#file.index.decide({ ...request, type });
      if (answer.kind === "existing") {
        return async () => ({ intent: this.#intent(await this.#file.read(answer)), existing: true });
      }
      const { number, timestampSeconds } = answer;
      const { subject, meaning, callerKey, callerDigest } = request;
      const { head, body } = request.build(number, timestampSeconds);
      const entry: SigningEntry = {
        type,
        number,
        timestampSeconds,
        ...(subject === undefined ? {} : { subject }),
        ...(meaning === undefined ? {} : { meaning }),
        ...(callerKey === undefined ? {} : { callerKey }),
        ...(callerDigest === undefined ? {} : { callerDigest }),
        head,
        ...(body === undefined ? {} : { body }),
      };
      const intent = this.#intent(entry);
      this.#file.stage(entry);
      return async () => ({ intent, existing: false });
    });
  }

  /**
   * Records of this author that are in the set: their numbers, timestamps and subjects count as used from now on. The first
   * that this store did not reserve stops the key (`key_used_elsewhere`): somebody else signs with it, or the log is an
   * older copy, and nobody here can tell which. What is dated before the key came here, or was heard of before, is expected.
   * The stop is on the disk before the record is in the log.
   */
  async learn(records: readonly OwnRecord[], nowSeconds: number): Promise<void> {
    // Before any queue: what a full one or a refusing disk turns away must not hide it.
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
   * Intents of the last {@link UNFINISHED_DAYS} days that never became a record, oldest first: a start signs them, the
   * same bytes. None from before the key was resumed. At most {@link MAX_UNFINISHED}. `isStored` must not call this store.
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

  /** Refuses new requests, serves those that wait, closes the log. */
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
      headSays(entry.head, entry) &&
      equalBytes(entry.head.subarray(12, 44), this.#key.publicKey);
    if (intent !== undefined && sound) return intent;
    throw new NetworkError("bad_parameters", "the head does not say what was reserved for it");
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

  /** Never throws: each job hears of its own failure. */
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

  /** Tells a change, and tries again by itself while the disk refuses: nobody may publish for hours. */
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
      // It stages nothing: the repair before it is the try.
      this.#enqueue(() => async () => undefined).catch(() => undefined);
    }, RETRY.waitMs(this.#retries));
    this.#retry.unref();
  }
}
