import type { ReasonCode } from "../protocol/errors.js";
import { BoundedMap } from "./bounded-map.js";

/** The specification's SyncState: at most three attempts, five minutes apart, given up after an hour. */
export const ATTEMPTS_MAX = 3;
export const RETRY_MS = 300_000;
export const GIVE_UP_MS = 3_600_000;
/** Peers asked one after the other inside one attempt. */
export const PEERS_PER_ATTEMPT = 3;
/** First wait after an attempt in which a peer said "not yet"; doubled each time up to the usual one. */
const SOON_MS = 2000;
const SOON_ROUNDS_MAX = 7;
/** Peers remembered as having named the thing: the likely holders, asked first. */
const HOLDERS_MAX = 8;

/** The specification's SyncRequestInfo. */
export interface ActiveRequest {
  readonly peer: string;
  readonly requestId: string;
  readonly startedMs: number;
  readonly deadlineMs: number;
}

/** Something that a peer named and this node waits for (specification: PendingTaskSync). */
export interface PendingSync<T> {
  /** Task id, or the id of the record whose body it is. */
  readonly key: string;
  readonly subject: T;
  firstSeenMs: number;
  attempts: number;
  dueMs: number;
  readonly holders: string[];
  /** Asked in the attempt that runs. */
  tried: string[];
  /** The peer asked now. */
  active: ActiveRequest | undefined;
  lastReason: ReasonCode | undefined;
  /** A peer of the attempt that runs said "not yet". */
  promised: boolean;
  /** Attempts that ended so: they do not count. */
  promises: number;
}

/** Why a wait ended without what was waited for. */
export interface GivenUp {
  readonly key: string;
  readonly code: ReasonCode;
  readonly atMs: number;
  readonly attempts: number;
}

/** Waits, attempts and retries; what is asked, and of whom, is the caller's. */
export class SyncState<T> {
  readonly #pending = new Map<string, PendingSync<T>>();
  readonly #givenUp: BoundedMap<string, GivenUp>;
  readonly #cap: number;
  readonly #jitter: (value: number) => number;

  constructor(cap: number, givenUpCap: number, jitter: (value: number) => number) {
    this.#cap = cap;
    this.#givenUp = new BoundedMap(givenUpCap);
    this.#jitter = jitter;
  }

  get size(): number {
    return this.#pending.size;
  }

  get givenUpCount(): number {
    return this.#givenUp.size;
  }

  get(key: string): PendingSync<T> | undefined {
    return this.#pending.get(key);
  }

  has(key: string): boolean {
    return this.#pending.has(key);
  }

  pending(): IterableIterator<PendingSync<T>> {
    return this.#pending.values();
  }

  givenUp(): GivenUp[] {
    return [...this.#givenUp.values()];
  }

  /** Starts to wait, or remembers one more holder. False when there is no room. */
  add(key: string, subject: T, holder: string | undefined, nowMs: number, dueMs: number = nowMs): boolean {
    let entry = this.#pending.get(key);
    if (entry === undefined) {
      if (this.#pending.size >= this.#cap) return false;
      entry = {
        key,
        subject,
        firstSeenMs: Math.max(nowMs, dueMs),
        attempts: 0,
        dueMs,
        holders: [],
        tried: [],
        active: undefined,
        lastReason: undefined,
        promised: false,
        promises: 0,
      };
      this.#pending.set(key, entry);
      this.#givenUp.delete(key);
    }
    if (holder !== undefined && !entry.holders.includes(holder) && entry.holders.length < HOLDERS_MAX) {
      entry.holders.push(holder);
    }
    return true;
  }

  done(key: string): void {
    this.#pending.delete(key);
    this.#givenUp.delete(key);
  }

  /** A new peer or a reconnect makes waiting attempts due at once; it does not give them more attempts. */
  peerArrived(nowMs: number): void {
    for (const entry of this.#pending.values()) {
      if (entry.active === undefined && entry.attempts > 0) entry.dueMs = Math.min(entry.dueMs, nowMs);
    }
  }

  /** Whom to ask next for one entry: holders first, then the others in the order given; nobody twice in an attempt. */
  candidate(entry: PendingSync<T>, others: readonly string[], usable: (peer: string) => boolean): string | undefined {
    if (entry.tried.length >= PEERS_PER_ATTEMPT) return undefined;
    const free = (peer: string): boolean => !entry.tried.includes(peer) && usable(peer);
    return entry.holders.find(free) ?? others.find(free);
  }

  /** Entries that may be asked for now. */
  *due(nowMs: number): Generator<PendingSync<T>> {
    for (const entry of this.#pending.values()) {
      if (entry.active === undefined && entry.dueMs <= nowMs) yield entry;
    }
  }

  start(entry: PendingSync<T>, peer: string, requestId: string, nowMs: number, timeoutMs: number): void {
    if (entry.tried.length === 0) entry.attempts++;
    entry.tried.push(peer);
    entry.active = { peer, requestId, startedMs: nowMs, deadlineMs: nowMs + timeoutMs };
  }

  /** The peer asked did not help: the next one is due at once, or the next attempt later, or it is over. */
  failed(entry: PendingSync<T>, code: ReasonCode, nowMs: number, moreCandidates: boolean): void {
    entry.active = undefined;
    entry.lastReason = code;
    if (moreCandidates && entry.tried.length < PEERS_PER_ATTEMPT) {
      entry.dueMs = nowMs;
      return;
    }
    entry.tried = [];
    const { promised } = entry;
    entry.promised = false;
    if (promised && entry.promises < SOON_ROUNDS_MAX) {
      entry.attempts--;
      entry.dueMs = nowMs + this.#jitter(SOON_MS * 2 ** entry.promises);
      entry.promises++;
    } else if (entry.attempts >= ATTEMPTS_MAX) this.#giveUp(entry, code, nowMs);
    else entry.dueMs = nowMs + this.#jitter(RETRY_MS);
  }

  /** Not an attempt at all: it is due at `untilMs`, and the hour counts from there. */
  postpone(entry: PendingSync<T>, untilMs: number): void {
    if (entry.tried.length > 0) entry.attempts--;
    entry.active = undefined;
    entry.tried = [];
    entry.promised = false;
    entry.promises = 0;
    entry.dueMs = untilMs;
    entry.firstSeenMs = untilMs;
  }

  /** Ends what has waited for an hour; returns the requests that ran past their deadline. */
  overdue(nowMs: number): PendingSync<T>[] {
    const late: PendingSync<T>[] = [];
    for (const entry of this.#pending.values()) {
      if (entry.active !== undefined) {
        if (entry.active.deadlineMs <= nowMs) late.push(entry);
      } else if (nowMs - entry.firstSeenMs >= GIVE_UP_MS) {
        this.#giveUp(entry, entry.lastReason ?? "peer_gone", nowMs);
      }
    }
    return late;
  }

  #giveUp(entry: PendingSync<T>, code: ReasonCode, nowMs: number): void {
    this.#pending.delete(entry.key);
    this.#givenUp.set(entry.key, { key: entry.key, code, atMs: nowMs, attempts: entry.attempts });
  }
}
