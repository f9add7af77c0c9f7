import type { ReasonCode } from "../../protocol/errors.js";
import { Backoff, BoundedMap, SharedRoom } from "../bounded/index.js";

/**
 * The specification's SyncState: at most three attempts, five minutes (RETRY_MS) apart, given up after an hour
 * (GIVE_UP_MS).
 */
const ATTEMPTS_MAX = 3;
export const RETRY_MS = 300_000;
export const GIVE_UP_MS = 3_600_000;
/**
 * Peers asked one after the other in one attempt, so that one silent peer does not use up an attempt. Three requests
 * with the first timeout of 30 s end well before the next attempt.
 */
export const PEERS_PER_ATTEMPT = 3;
/** The specification's request timeout. */
const REQUEST_MAX_MS = 300_000;
/** The wait after an attempt in which a peer answered "not yet"; for a body also after "busy". */
export const EARLY_RETRY = new Backoff(2000, RETRY_MS);
/**
 * Attempts of one wait that end with {@link EARLY_RETRY}, together about four minutes. Later ones end with RETRY_MS.
 */
export const EARLY_ROUNDS_MAX = 7;
/**
 * Waits that start within this time are requested together, so that a step with a thousand records visits the waits
 * once.
 */
const GATHER_MS = 5;
/** Peers remembered that named the item, about a mesh. They likely hold it and are asked first. */
const HOLDERS_MAX = 8;
/** Newly connected peers to ask, as many as a node seeks. When full, the oldest is forgotten. */
const ARRIVALS_MAX = 8;
/** Asked peers that a wait remembers: enough for three attempts and some that ended with "not yet". */
const ASKED_MAX = 32;

/** The specification's SyncRequestInfo. */
export interface ActiveRequest {
  readonly peer: string;
  readonly requestId: string;
  readonly startedMs: number;
  deadlineMs: number;
  /** Requested outside the attempts, because the peer has just connected. */
  readonly extra: boolean;
}

/** An item that a peer named and this node lacks (specification: PendingTaskSync). */
export interface PendingSync<T> {
  /** Task id, or the id of the record whose body it is. */
  readonly key: string;
  readonly subject: T;
  firstSeenMs: number;
  attempts: number;
  dueMs: number;
  readonly holders: string[];
  /** Peers asked in this attempt. */
  tried: string[];
  /** Peers asked in any attempt; the next one starts with others. */
  readonly asked: string[];
  /** Peers connected since the last attempt and not asked yet. */
  readonly arrivals: string[];
  arrivalsDueMs: number;
  /** The peer asked now. */
  active: ActiveRequest | undefined;
  lastReason: ReasonCode | undefined;
  /** A peer answered "not yet" in this attempt. */
  promised: boolean;
  /** Attempts with a "not yet"; they do not count against {@link ATTEMPTS_MAX}. */
  promises: number;
}

/** A wait that ended without its item, and the reason. */
export interface GivenUp {
  readonly key: string;
  readonly code: ReasonCode;
  readonly atMs: number;
  readonly attempts: number;
}

/**
 * Waits, attempts and retries. The caller sends the requests. Each wait has an owner, the author who caused it. Owners
 * are served in turn; when the state is full, the owner with the most waits loses its oldest.
 */
export class SyncState<T> {
  readonly #pending = new Map<string, PendingSync<T>>();
  readonly #room: SharedRoom;
  readonly #givenUp: BoundedMap<string, GivenUp>;
  readonly #jitter: (value: number) => number;
  /** When the latest new waits are requested. */
  #freshDueMs: number | undefined;

  constructor(cap: number, givenUpCap: number, jitter: (value: number) => number) {
    this.#room = new SharedRoom(cap);
    this.#givenUp = new BoundedMap(givenUpCap);
    this.#jitter = jitter;
  }

  get size(): number {
    return this.#pending.size;
  }

  /** When {@link due} must be called before the next tick; undefined: the tick is early enough. */
  get nextDueMs(): number | undefined {
    return this.#freshDueMs;
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

  givenUp(): GivenUp[] {
    return [...this.#givenUp.values()];
  }

  /** Starts a wait, or adds a holder to it. False when there is no room, or another wait was dropped. */
  add(key: string, subject: T, owner: string, holder: string | undefined, nowMs: number): boolean {
    let entry = this.#pending.get(key);
    let complete = true;
    if (entry === undefined) {
      const { taken, gone } = this.#room.take(owner, key, (held) => this.#pending.get(held)?.active === undefined);
      if (gone !== undefined) this.#pending.delete(gone);
      if (!taken) return false;
      complete = gone === undefined;
      entry = {
        key,
        subject,
        firstSeenMs: nowMs,
        attempts: 0,
        dueMs: nowMs,
        holders: [],
        tried: [],
        asked: [],
        arrivals: [],
        arrivalsDueMs: nowMs,
        active: undefined,
        lastReason: undefined,
        promised: false,
        promises: 0,
      };
      this.#pending.set(key, entry);
      this.#givenUp.delete(key);
      this.#freshDueMs ??= nowMs + GATHER_MS;
    }
    if (holder !== undefined && !entry.holders.includes(holder) && entry.holders.length < HOLDERS_MAX) {
      entry.holders.push(holder);
    }
    return complete;
  }

  done(key: string): void {
    this.#remove(key);
    this.#givenUp.delete(key);
  }

  /**
   * Requests waiting items from a new or returned peer. This does not count as an attempt: a peer that reconnects three
   * times would otherwise use up all of them.
   */
  peerArrived(peer: string, nowMs: number): void {
    for (const entry of this.#pending.values()) {
      if (entry.attempts === 0 || entry.arrivals.includes(peer)) continue;
      if (entry.arrivals.length >= ARRIVALS_MAX) entry.arrivals.shift();
      entry.arrivals.push(peer);
      entry.arrivalsDueMs = nowMs;
    }
  }

  /**
   * The next peer to ask for an entry; no peer twice in an attempt. Each attempt asks the best holder, then peers not
   * asked before, best first: otherwise a few silent peers with good scores could use up the attempts. `others` are
   * ranked, best first.
   */
  candidate(
    entry: PendingSync<T>,
    others: readonly string[],
    usable: (peer: string) => boolean,
    nowMs: number,
  ): string | undefined {
    if (entry.dueMs > nowMs) return entry.arrivals.find(usable);
    if (entry.tried.length >= PEERS_PER_ATTEMPT) return undefined;
    const free = (peer: string): boolean => !entry.tried.includes(peer) && usable(peer);
    const fresh = (peer: string): boolean => free(peer) && !entry.asked.includes(peer);
    const holder = (wanted: (peer: string) => boolean): string | undefined =>
      bestOf(entry.holders.filter(wanted), others);
    const first = entry.tried.length === 0 ? holder(free) : holder(fresh);
    return first ?? others.find(fresh) ?? holder(free) ?? others.find(free);
  }

  /** Entries that may be requested now, one of each owner in turn. */
  *due(nowMs: number): Generator<PendingSync<T>> {
    this.#freshDueMs = undefined;
    for (const key of this.#room.inTurns()) {
      const entry = this.#pending.get(key);
      if (entry === undefined || entry.active !== undefined) continue;
      const arrival = entry.arrivals.length > 0 && entry.arrivalsDueMs <= nowMs;
      if (entry.dueMs <= nowMs || arrival) yield entry;
    }
  }

  start(entry: PendingSync<T>, peer: string, requestId: string, nowMs: number, timeoutMs: number): void {
    const extra = entry.dueMs > nowMs;
    const at = entry.arrivals.indexOf(peer);
    if (at >= 0) entry.arrivals.splice(at, 1);
    if (!extra) {
      if (entry.tried.length === 0) entry.attempts++;
      entry.tried.push(peer);
    }
    if (!entry.asked.includes(peer) && entry.asked.push(peer) > ASKED_MAX) entry.asked.shift();
    entry.active = { peer, requestId, startedMs: nowMs, deadlineMs: nowMs + timeoutMs, extra };
    this.#room.served(entry.key);
  }

  /** Data arrived: extends the deadline, up to {@link REQUEST_MAX_MS} from the start. */
  progressed({ active }: PendingSync<T>, nowMs: number, timeoutMs: number): void {
    if (active === undefined) return;
    const deadlineMs = Math.min(nowMs + timeoutMs, active.startedMs + REQUEST_MAX_MS);
    active.deadlineMs = Math.max(active.deadlineMs, deadlineMs);
  }

  /** The request failed: asks the next peer now, starts the next attempt later, or gives up the wait. */
  failed(entry: PendingSync<T>, code: ReasonCode, nowMs: number, moreCandidates: boolean): void {
    const { active, promised } = entry;
    entry.active = undefined;
    entry.lastReason = code;
    if (active?.extra === true) {
      entry.promised = false;
      if (promised && entry.promises < EARLY_ROUNDS_MAX) {
        entry.arrivals.push(active.peer);
        entry.arrivalsDueMs = this.#earlyDueMs(entry, nowMs);
      }
      return;
    }
    if (moreCandidates && entry.tried.length < PEERS_PER_ATTEMPT) {
      entry.dueMs = nowMs;
      return;
    }
    entry.tried = [];
    entry.promised = false;
    if (promised && entry.promises < EARLY_ROUNDS_MAX) {
      entry.attempts--;
      entry.dueMs = this.#earlyDueMs(entry, nowMs);
    } else if (entry.attempts >= ATTEMPTS_MAX) this.#giveUp(entry, code, nowMs);
    else entry.dueMs = nowMs + this.#jitter(RETRY_MS);
  }

  /** Undoes the attempt: the wait is due at `untilMs`, and its {@link GIVE_UP_MS} start there. */
  postpone(entry: PendingSync<T>, untilMs: number): void {
    if (entry.tried.length > 0) entry.attempts--;
    entry.active = undefined;
    entry.tried = [];
    entry.arrivals.length = 0;
    entry.promised = false;
    entry.promises = 0;
    entry.dueMs = untilMs;
    entry.firstSeenMs = untilMs;
  }

  /** Gives up waits older than {@link GIVE_UP_MS}. Returns the requests past their deadline. */
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

  #earlyDueMs(entry: PendingSync<T>, nowMs: number): number {
    return nowMs + this.#jitter(EARLY_RETRY.waitMs(entry.promises++));
  }

  #giveUp(entry: PendingSync<T>, code: ReasonCode, nowMs: number): void {
    this.#remove(entry.key);
    this.#givenUp.set(entry.key, { key: entry.key, code, atMs: nowMs, attempts: entry.attempts });
  }

  #remove(key: string): void {
    this.#pending.delete(key);
    this.#room.leave(key);
  }
}

/** The one of `few` that is ranked best; the first of them when none is ranked. */
function bestOf(few: readonly string[], ranked: readonly string[]): string | undefined {
  if (few.length < 2) return few[0];
  return ranked.find((peer) => few.includes(peer)) ?? few[0];
}
