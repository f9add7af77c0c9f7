import { NetworkError } from "../../protocol/errors.js";
import {
  dayOf,
  headMark,
  NUMBERED_TYPES,
  type NumberedType,
  SECONDS_A_DAY,
  type SigningEntry,
} from "./signing-entry.js";

/** The place of an entry in the log. */
export interface EntryPlace {
  readonly offset: number;
  readonly end: number;
}

interface Used extends EntryPlace {
  /** Meaning of a subject, digest of a caller's key. */
  readonly digest: string | undefined;
  /** False for a learned record: there is nothing to sign here. */
  readonly signable: boolean;
}

interface DatedPlace extends EntryPlace {
  readonly day: number;
}

/** The idempotency key of a request, and a digest of its content. */
export interface CallerRequest {
  readonly callerKey?: string;
  readonly callerDigest?: string;
}

/** A request for a new signature. The index returns a number or throws the reason of a refusal. */
export interface SlotRequest extends CallerRequest {
  readonly type: NumberedType;
  readonly nowSeconds: number;
  /** Timestamp of the task's announcement. */
  readonly t0Seconds?: number;
  readonly subject?: string;
  readonly meaning?: string;
  /** Records a day of types 0, 1, 2. */
  readonly quotas: readonly [number, number, number];
  readonly aheadSeconds: number;
}

export interface NewSlot {
  readonly number: number;
  readonly timestampSeconds: number;
}

/**
 * The content of a signing log in memory: the next number by day and type, and every subject and caller's key of the
 * retention. The quotas bound its size: with the network's (64, 256, 4,096 a day) and 86 days it has at most 380,000
 * entries of some 300 bytes, for an author that uses its whole quota each day.
 */
export class SigningIndex {
  readonly #author: string;
  readonly #firstDay: number;
  readonly #floorDay: number;
  readonly #resumedDay: number;
  /** {@link slotNumber} to the mark of the reserved head, or LEARNED. */
  readonly #slots = new Map<number, number>();
  readonly #nextNumbers = new Map<string, number>();
  readonly #lastTimestamps = new Map<NumberedType, number>();
  readonly #subjects = new Map<string, Used>();
  readonly #callerKeys = new Map<string, Used>();
  readonly #places: DatedPlace[] = [];
  #newestDay = 0;
  #oldestDay = Number.MAX_SAFE_INTEGER;

  /** `resumedDay`: the UTC day from which a resumed key signs again; undefined for other keys. */
  constructor(
    author: string,
    limits: { readonly firstDay: number; readonly floorDay: number; readonly resumedDay?: number },
  ) {
    this.#author = author;
    this.#resumedDay = limits.resumedDay ?? Number.POSITIVE_INFINITY;
    this.#firstDay = limits.firstDay;
    this.#floorDay = limits.floorDay;
  }

  /** Subjects and caller's keys held, for the table of bounds. */
  get size(): number {
    return this.#subjects.size + this.#callerKeys.size;
  }

  /** Days of the oldest and the newest entry; undefined for an empty log. */
  get days(): { readonly oldest: number; readonly newest: number } | undefined {
    return this.#places.length === 0 ? undefined : { oldest: this.#oldestDay, newest: this.#newestDay };
  }

  /**
   * Who signed a record of this author. `own`: this log reserved exactly this head. `known`: it was learned before, or
   * is older than the log. `foreign`: another node has the key.
   */
  signerOf({ type, number, timestampSeconds }: SigningEntry, head: Uint8Array): "own" | "known" | "foreign" {
    const day = dayOf(timestampSeconds);
    const held = this.#slots.get(slotNumber(type, day, number));
    if (held === headMark(head)) return "own";
    // It was learned while the key was stopped, and it is dated after the day from which no other node should sign.
    if (held === LEARNED && day >= this.#resumedDay) return "foreign";
    if (held === LEARNED || day < Math.max(this.#firstDay, this.#floorDay)) return "known";
    return "foreign";
  }

  /** Whether the key was imported or resumed after this entry was made: another node may have used its number since. */
  isBeforeFirstDay({ timestampSeconds }: Pick<SigningEntry, "timestampSeconds">): boolean {
    return dayOf(timestampSeconds) < this.#firstDay;
  }

  /** Adds an entry, in the order of the log. `mark` is the mark of its head, if the head is not loaded. */
  add(entry: SigningEntry, place: EntryPlace, mark?: number): void {
    const { type, number, timestampSeconds, subject, callerKey, head } = entry;
    const day = dayOf(timestampSeconds);
    const slots = `${type}:${day}`;
    const { offset, end } = place;
    const signable = head !== undefined;
    const slot = slotNumber(type, day, number);
    if (head !== undefined) this.#slots.set(slot, mark ?? headMark(head));
    else if (!this.#slots.has(slot)) this.#slots.set(slot, LEARNED);
    this.#nextNumbers.set(slots, Math.max(this.#nextNumbers.get(slots) ?? 0, number + 1));
    this.#lastTimestamps.set(type, Math.max(this.#lastTimestamps.get(type) ?? 0, timestampSeconds));
    if (subject !== undefined && !this.#subjects.has(subject)) {
      this.#subjects.set(subject, { offset, end, signable, digest: entry.meaning });
    }
    if (callerKey !== undefined) this.#callerKeys.set(callerKey, { offset, end, signable, digest: entry.callerDigest });
    this.#oldestDay = Math.min(this.#oldestDay, day);
    this.#newestDay = Math.max(this.#newestDay, day);
    this.#places.push({ offset, end, day });
  }

  /** Whether {@link add} would change no decision. */
  covers({ type, number, timestampSeconds, subject }: SigningEntry): boolean {
    return (
      number < (this.#nextNumbers.get(`${type}:${dayOf(timestampSeconds)}`) ?? 0) &&
      this.#slots.has(slotNumber(type, dayOf(timestampSeconds), number)) &&
      timestampSeconds <= (this.#lastTimestamps.get(type) ?? 0) &&
      (subject === undefined || this.#subjects.has(subject))
    );
  }

  /** Entries of the days from `day` on. */
  since(day: number): readonly EntryPlace[] {
    return this.#places.filter((entry) => entry.day >= day);
  }

  /** The entry of the same request, if there is one. Throws a refusal. */
  existing(request: SlotRequest): EntryPlace | undefined {
    return this.sameCaller(request) ?? this.#sameSubject(request);
  }

  /** The entry of the same idempotency key. Throws `bad_parameters` if it was used for something else. */
  sameCaller({ callerKey, callerDigest }: CallerRequest): EntryPlace | undefined {
    const used = callerKey === undefined ? undefined : this.#callerKeys.get(callerKey);
    if (used === undefined) return undefined;
    if (used.digest === callerDigest) return used;
    throw new NetworkError("bad_parameters", "this idempotency key was used for something else");
  }

  #sameSubject({ type, subject, meaning }: SlotRequest): EntryPlace | undefined {
    if ((subject === undefined) !== (type === 0)) {
      throw new NetworkError("bad_parameters", "submissions and validations have a subject, tasks have none");
    }
    const used = subject === undefined ? undefined : this.#subjects.get(subject);
    if (used === undefined) return undefined;
    if (used.signable && used.digest !== undefined && used.digest === meaning) return used;
    const [code, what] =
      type === 1
        ? (["already_submitted", "submitted to this task"] as const)
        : (["already_validated", "validated this submission"] as const);
    throw new NetworkError(code, `${this.#author.slice(0, 16)} has already ${what}`);
  }

  /**
   * The time from which the key may sign records of a type, unix seconds: a record may not be dated before the last
   * one, nor further ahead than peers accept.
   */
  signsFrom(type: NumberedType, aheadSeconds: number): number {
    const firstDay = Math.max(this.#floorDay, this.#firstDay);
    return Math.max((this.#lastTimestamps.get(type) ?? 0) - aheadSeconds, firstDay * SECONDS_A_DAY);
  }

  #behind(asked: Pick<SlotRequest, "type" | "nowSeconds" | "aheadSeconds"> & { t0Seconds: number }): NetworkError {
    const { type, nowSeconds, t0Seconds, aheadSeconds } = asked;
    const own = this.signsFrom(type, aheadSeconds);
    const clock = `this machine's clock says ${utcTime(nowSeconds)}`;
    if (own > nowSeconds) {
      const signsAgain = utcTime(own);
      return new NetworkError(
        "clock_behind",
        `${clock}, and this key has signed a record dated later: it signs again at ${signsAgain}. ` +
          "If the clock is wrong, set it (run NTP); if it was ahead before and is right now, wait, " +
          "or sign with another key",
        { details: { signs_again_at: own, clock: nowSeconds } },
      );
    }
    const possible = t0Seconds - aheadSeconds;
    return new NetworkError(
      "clock_behind",
      `${clock}, and the task is dated ${utcTime(t0Seconds)}: it can be answered from ${utcTime(possible)} on. ` +
        "If the clock is wrong, set it (run NTP)",
      { details: { signs_again_at: possible, clock: nowSeconds } },
    );
  }

  /** How many records of a type the key may still sign on the UTC day of its next record. */
  left(type: NumberedType, quotas: SlotRequest["quotas"], nowSeconds: number): number {
    const day = dayOf(Math.max(nowSeconds, this.#lastTimestamps.get(type) ?? 0));
    return Math.max(0, quotas[type] - (this.#nextNumbers.get(`${type}:${day}`) ?? 0));
  }

  /** The number and timestamp of a new record. Throws a refusal. */
  newSlot({ type, nowSeconds, t0Seconds = 0, quotas, aheadSeconds }: SlotRequest): NewSlot {
    const timestampSeconds = Math.max(nowSeconds, t0Seconds, this.#lastTimestamps.get(type) ?? 0);
    const day = dayOf(timestampSeconds);
    if (day < this.#firstDay) {
      throw new NetworkError(
        "store_missing",
        "this key was imported without its signing log, so its signatures of today are unknown: " +
          `it signs from ${utcTime(this.#firstDay * SECONDS_A_DAY)}. A history that is imported before the first start ` +
          "(tos-ai-sync key import-signing) avoids this",
        { details: { signs_again_at: this.#firstDay * SECONDS_A_DAY, clock: nowSeconds } },
      );
    }
    if (timestampSeconds > nowSeconds + aheadSeconds || day < this.#floorDay) {
      throw this.#behind({ type, nowSeconds, t0Seconds, aheadSeconds });
    }
    const number = this.#nextNumbers.get(`${type}:${day}`) ?? 0;
    if (number >= quotas[type]) {
      const resetsAt = (day + 1) * SECONDS_A_DAY;
      throw new NetworkError(
        "quota_exceeded",
        `all ${quotas[type]} records of this type and UTC day are used: the next can be signed at ${utcTime(resetsAt)}`,
        { details: { limit: quotas[type], left: 0, resets_at: resetsAt } },
      );
    }
    return { number, timestampSeconds };
  }
}

/** The mark of a slot with a record from the network; other marks are 0 to 2^48 - 1. */
const LEARNED = -1;

/** One integer for each slot: days are below 2^32, types below 4, numbers below 2^16. */
function slotNumber(type: NumberedType, day: number, number: number): number {
  return (day * 4 + type) * 0x1_0000 + number;
}

/** A time for people: whole seconds, UTC. */
export function utcTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(".000Z", "Z");
}

/** Narrows a message type to one with a slot. */
export function isNumbered(type: number): type is NumberedType {
  return NUMBERED_TYPES.some((numbered) => numbered === type);
}
