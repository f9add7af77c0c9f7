import { Backoff } from "../bounded/index.js";
import type { Context } from "../context.js";
import { EARLY_RETRY, EARLY_ROUNDS_MAX, GIVE_UP_MS, PEERS_PER_ATTEMPT, RETRY_MS } from "../exchange/index.js";
import type { BodyAnswer } from "./body-end.js";
import { type BodyWant, type BodyWants, NO_PEERS } from "./body-wants.js";

/** The wait between two rounds. */
const RETRY = new Backoff(RETRY_MS, 3_600_000);
/** The latest peers that a want was requested from, half of the usual ones. With this many, all count as asked. */
const ASKED_MAX = 32;
/**
 * Peers that must answer that they lack a body before it counts as unavailable, since one may lie; all, if fewer are
 * connected.
 */
const DENIALS_NEEDED = 2;
/** A record of the last two listings, 30 s apart, may not be at the asked peers yet, nor its body. */
const NEW_MS = 60_000;
/** The wait after a round in which a peer promised news of the body. */
const AWAITED_MS = 60_000;

/**
 * Decides when a body is requested, and from which peer, in rounds of at most three peers. A round asks a peer that
 * named the record first, then peers not asked before, then those that were asked the longest time ago: the only holder
 * may be any of them. The wait after a round is 300 s; once every peer has been asked it doubles, up to an hour. It is
 * short after a round in which a peer answered "not yet" or "busy", gave no answer in time, or lacked the body of a new
 * record. Rounds continue as long as the record is a member.
 */
export class BodyRounds {
  readonly #context: Context;
  readonly #wants: BodyWants;

  constructor(context: Context, wants: BodyWants) {
    this.#context = context;
    this.#wants = wants;
  }

  /** The next peer to ask in this round; no peer twice. `others` are ranked, best first. */
  candidate(want: BodyWant, others: readonly string[], usable: (peer: string) => boolean): string | undefined {
    if (want.tried.length >= PEERS_PER_ATTEMPT) return undefined;
    const free = (peer: string): boolean => !want.tried.includes(peer) && usable(peer);
    const fresh = (peer: string): boolean => free(peer) && !want.asked.includes(peer);
    const holder = bestOf(want.holders, others, fresh);
    if (holder !== undefined) return holder;
    // `asked` begins with the peer that was asked the longest time ago.
    const again = want.asked.filter(free);
    const first = want.tried.length === 0 ? again.find((peer) => want.holders.includes(peer)) : undefined;
    return first ?? others.find(fresh) ?? again.find((peer) => others.includes(peer));
  }

  /** A request to the peer starts. `extra`: outside the rounds, because the peer has just connected. */
  begin(want: BodyWant, peer: string, requestId: string, timeoutMs: number, extra: boolean): void {
    const { nowMs } = this.#context;
    if (!extra) want.tried = [...want.tried, peer];
    want.asked = [...want.asked.filter((other) => other !== peer), peer].slice(-ASKED_MAX);
    want.active = { peer, requestId, startedMs: nowMs, deadlineMs: nowMs + timeoutMs, extra };
    this.#wants.asking(want);
  }

  /** Takes the status that the peer answered. `late`: no answer came in time. Undefined: its connection ended. */
  answered(want: BodyWant, status: BodyAnswer | "late" | undefined): void {
    // A busy peer, or one whose disk or link stalls, may hold the body, and one that lacks a new body may get it soon,
    // unless its author announced bodies before that nobody has: the usual wait is for bodies that all asked peers lack
    // for longer.
    const isNew = this.#context.nowMs - want.sinceMs < NEW_MS && !this.#wants.hasUnavailable(want.owner);
    const waits = status === "not_yet" || status === "awaited";
    const mayFollow = waits || status === "busy" || status === "late" || (status === "unknown" && isNew);
    if (status === "awaited") want.awaited = true;
    if (mayFollow && want.promises < EARLY_ROUNDS_MAX) want.promised = true;
    // After too many "not yet" without a body, "not yet" counts as "unknown".
    else if (status === "unknown" || waits) want.lacked++;
  }

  /** The request failed. `others` are the peers to ask next, connected or not. */
  failed(want: BodyWant, others: readonly string[], isHere: (peer: string) => boolean): void {
    const { active } = want;
    want.active = undefined;
    const { nowMs } = this.#context;
    if (active?.extra === true) {
      const earlyMs = want.promised ? this.#earlyDueMs(want) : want.due;
      want.promised = false;
      want.awaited = false;
      this.#wants.putOff(want, "resting", Math.max(nowMs, Math.min(want.due, earlyMs)));
      return;
    }
    if (this.candidate(want, others, isHere) !== undefined) {
      this.#wants.enqueue(want, true);
      return;
    }
    this.#end(want, others.filter(isHere));
  }

  /** Ends the round without counting it: this node lacks the right or the room. */
  postpone(want: BodyWant, place: "resting" | "withheld", untilMs: number): void {
    want.active = undefined;
    want.tried = NO_PEERS;
    want.lacked = 0;
    want.promised = false;
    want.awaited = false;
    this.#wants.putOff(want, place, untilMs);
  }

  /** A peer named the record: it is the likely holder. */
  named(want: BodyWant, peer: string): void {
    this.#wants.named(want, peer);
    if (want.place !== "resting") return;
    want.tried = NO_PEERS;
    this.#wants.enqueue(want, true);
  }

  /** A peer that waited for the body has it now, and is asked next. */
  came(want: BodyWant, peer: string): void {
    this.#wants.holdsNow(want, peer);
    if (want.place !== "resting" && want.place !== "queued") return;
    want.tried = NO_PEERS;
    this.#wants.enqueue(want, true);
  }

  #end(want: BodyWant, connected: readonly string[]): void {
    const { nowMs } = this.#context;
    const { promised, lacked } = want;
    want.tried = NO_PEERS;
    want.promised = false;
    want.lacked = 0;
    this.#wants.markLate(want);
    if (promised) {
      const dueMs = this.#earlyDueMs(want);
      want.awaited = false;
      this.#wants.putOff(want, "resting", dueMs);
      return;
    }
    // While some peers have not been asked, one of them may hold the body: the wait does not grow yet.
    const allAsked = want.asked.length >= ASKED_MAX || connected.every((peer) => want.asked.includes(peer));
    if (allAsked) want.rounds++;
    const waitMs = RETRY.waitMs(want.rounds - 1);
    const enough = lacked > 0 && lacked >= Math.min(DENIALS_NEEDED, connected.length);
    const long = nowMs - want.sinceMs >= GIVE_UP_MS || this.#wants.hasUnavailable(want.owner);
    if (allAsked && enough && long) this.#wants.markUnavailable(want);
    this.#wants.putOff(want, "resting", nowMs + this.#context.jitter(waitMs));
  }

  /** News come before; the round is due for the case that they do not. */
  #earlyDueMs(want: BodyWant): number {
    const waitMs = EARLY_RETRY.waitMs(want.promises++);
    return this.#context.nowMs + this.#context.jitter(want.awaited ? Math.max(AWAITED_MS, waitMs) : waitMs);
  }
}

/** The one of `few` that is ranked best; the first of them when none is ranked. */
function bestOf(
  few: readonly string[],
  ranked: readonly string[],
  wanted: (peer: string) => boolean,
): string | undefined {
  const left = few.filter(wanted);
  if (left.length < 2) return left[0];
  return ranked.find((peer) => left.includes(peer)) ?? left[0];
}
