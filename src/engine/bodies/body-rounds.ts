import type { SyncStatus } from "../../protocol/sync-messages.js";
import { Backoff } from "../bounded/index.js";
import type { Context } from "../context.js";
import { GIVE_UP_MS, PEERS_PER_ATTEMPT, RETRY_MS, SOON, SOON_ROUNDS_MAX } from "../exchange/index.js";
import type { BodyWant, BodyWants } from "./body-wants.js";

/** The wait between two rounds: at most twelve times the first. */
const RETRY = new Backoff(RETRY_MS, 3_600_000);
/** Peers remembered as asked; who has asked so many counts as having asked all. */
const ASKED_MAX = 32;
/** Peers that must have said that they lack a body before it may count as unavailable; all, where fewer are connected. */
const WITNESSES = 2;

/**
 * When and of whom a body is asked: rounds of at most three peers. A round begins with a peer that named the record and
 * goes on with peers that were not asked before. The wait after a round is 300 s; once every peer has been asked it
 * doubles, up to an hour. No round is the last while the record is a member.
 */
export class BodyRounds {
  readonly #context: Context;
  readonly #wants: BodyWants;

  constructor(context: Context, wants: BodyWants) {
    this.#context = context;
    this.#wants = wants;
  }

  /** Whom to ask next in this round: nobody twice. `others` are ranked, best first. */
  candidate(want: BodyWant, others: readonly string[], usable: (peer: string) => boolean): string | undefined {
    if (want.tried.length >= PEERS_PER_ATTEMPT) return undefined;
    const free = (peer: string): boolean => !want.tried.includes(peer) && usable(peer);
    const fresh = (peer: string): boolean => free(peer) && !want.asked.includes(peer);
    const holder = (wanted: (peer: string) => boolean): string | undefined => bestOf(want.holders, others, wanted);
    const first = want.tried.length === 0 ? holder(free) : holder(fresh);
    return first ?? others.find(fresh) ?? holder(free) ?? others.find(free);
  }

  /** The peer is being asked; `extra`: because it has just connected, beside the rounds. */
  begin(want: BodyWant, peer: string, requestId: string, timeoutMs: number, extra: boolean): void {
    const { nowMs } = this.#context;
    if (!extra) want.tried = [...want.tried, peer];
    if (!want.asked.includes(peer)) want.asked = [...want.asked, peer].slice(-ASKED_MAX);
    want.active = { peer, requestId, startedMs: nowMs, deadlineMs: nowMs + timeoutMs, extra };
    this.#wants.asking(want);
  }

  /** What the peer said, if it said anything. */
  answered(want: BodyWant, status: SyncStatus | undefined): void {
    const promised = status === "not_yet" && want.promises < SOON_ROUNDS_MAX;
    if (promised) want.promised = true;
    // A promise that was repeated for so long without a body is none.
    else if (status === "unknown" || status === "not_yet") want.lacked++;
  }

  /** The peer asked did not help. `others` are those that could be asked, `connected` among them or not. */
  failed(want: BodyWant, others: readonly string[], isHere: (peer: string) => boolean): void {
    const { active } = want;
    want.active = undefined;
    const { nowMs } = this.#context;
    if (active?.extra === true) {
      const soonMs = want.promised ? this.#soon(want) : want.due;
      want.promised = false;
      this.#wants.putOff(want, "resting", Math.max(nowMs, Math.min(want.due, soonMs)));
      return;
    }
    if (this.candidate(want, others, isHere) !== undefined) {
      this.#wants.enqueue(want, true);
      return;
    }
    this.#end(want, others.filter(isHere));
  }

  /** Not a round at all: rights or room are what is lacking. */
  postpone(want: BodyWant, place: "resting" | "withheld", untilMs: number): void {
    want.active = undefined;
    want.tried = [];
    want.lacked = 0;
    want.promised = false;
    this.#wants.putOff(want, place, untilMs);
  }

  /** A peer named the record: it is the likely holder. */
  named(want: BodyWant, peer: string): void {
    this.#wants.named(want, peer);
    if (want.place !== "resting") return;
    want.tried = [];
    this.#wants.enqueue(want, true);
  }

  #end(want: BodyWant, connected: readonly string[]): void {
    const { nowMs } = this.#context;
    const { promised, lacked } = want;
    want.tried = [];
    want.promised = false;
    want.lacked = 0;
    this.#wants.markLate(want);
    if (promised) {
      this.#wants.putOff(want, "resting", this.#soon(want));
      return;
    }
    // Who is asked in the rounds to come may be the one that holds it.
    const allAsked = want.asked.length >= ASKED_MAX || connected.every((peer) => want.asked.includes(peer));
    if (allAsked) want.rounds++;
    const waitMs = RETRY.waitMs(want.rounds - 1);
    const enough = lacked > 0 && lacked >= Math.min(WITNESSES, connected.length);
    const long = nowMs - want.sinceMs >= GIVE_UP_MS || this.#wants.hasUnavailable(want.owner);
    if (allAsked && enough && long) this.#wants.markUnavailable(want);
    this.#wants.putOff(want, "resting", nowMs + this.#context.jitter(waitMs));
  }

  #soon(want: BodyWant): number {
    return this.#context.nowMs + this.#context.jitter(SOON.waitMs(want.promises++));
  }
}

/** The one of a few peers that stands first among the ranked; the first of them where none does. */
function bestOf(
  few: readonly string[],
  ranked: readonly string[],
  wanted: (peer: string) => boolean,
): string | undefined {
  const left = few.filter(wanted);
  if (left.length < 2) return left[0];
  return ranked.find((peer) => left.includes(peer)) ?? left[0];
}
