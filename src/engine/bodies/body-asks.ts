import { recordStrand } from "../../protocol/strand.js";
import type { Context } from "../context.js";
import type { BodyExchange } from "./body-exchange.js";
import type { BodyPeers } from "./body-peers.js";
import type { BodyFetchPorts } from "./body-ports.js";
import { type BodyAccess, lookAgainMs } from "./body-rights.js";
import type { BodyRounds } from "./body-rounds.js";
import type { BodyWant, BodyWants } from "./body-wants.js";
import type { BundleExchange } from "./bundle-exchange.js";

/** Wait of a body without room, or whose peers may not be asked yet: the room changes within minutes. */
export const LATER_MS = 60_000;
/** Wait of a body that another record announces too and that is in flight for that one. */
const SAME_BODY_MS = 5000;
/** Bodies examined in one turn: two full requests of 128, about 1 ms. */
const LOOKS_PER_TURN = 256;
/** Looks in a row without a request after which a turn ends: the free peers hold little of what is missing. */
const IDLE_LOOKS = 32;

export interface BodyAsksParts {
  readonly ports: Pick<BodyFetchPorts, "context" | "peers" | "book" | "ranked" | "access">;
  readonly wants: BodyWants;
  readonly rounds: BodyRounds;
  readonly bodyPeers: BodyPeers;
  readonly exchange: BodyExchange;
  readonly bundles: BundleExchange;
}

/** Chooses the peer for each queued body and requests it: one by one, or many at once where the peer takes that. */
export class BodyAsks {
  readonly #parts: BodyAsksParts;
  /** For each peer that has just connected: an iterator over the wants, to request resting bodies from it. */
  readonly #arrivals = new Map<string, IterableIterator<BodyWant>>();

  constructor(parts: BodyAsksParts) {
    this.#parts = parts;
  }

  /** Requests resting bodies from a new or returned peer, outside the rounds. */
  peerArrived(peer: string): void {
    const { wants } = this.#parts;
    if (wants.size > 0) this.#arrivals.set(peer, wants.all());
  }

  peerGone(peer: string): void {
    this.#arrivals.delete(peer);
  }

  /** True when another turn would send more requests. */
  turn(): boolean {
    const moreQueued = this.#askQueued();
    let moreArrived = false;
    for (const [peer, left] of this.#arrivals) if (this.#askArrived(peer, left)) moreArrived = true;
    for (const peer of this.#parts.bundles.flush()) this.#parts.bodyPeers.asked(peer);
    return moreQueued || moreArrived;
  }

  withhold(want: BodyWant, access: Extract<BodyAccess, { kind: "not_before" | "task_unknown" }>): void {
    const { rounds } = this.#parts;
    rounds.postpone(want, "withheld", lookAgainMs(this.#context, access));
  }

  get #context(): Context {
    return this.#parts.ports.context;
  }

  #hasRoom(): boolean {
    const { limits } = this.#context;
    const { exchange, bundles } = this.#parts;
    return exchange.open + bundles.open < limits.bodies_in_flight && this.#bytes() < limits.body_bytes_in_flight;
  }

  #bytes(): number {
    return this.#parts.exchange.bytes + this.#parts.bundles.bytes;
  }

  #askQueued(): boolean {
    const { wants, bodyPeers } = this.#parts;
    let free = bodyPeers.countFree();
    let idle = 0;
    for (let looks = 0; looks < LOOKS_PER_TURN && idle < IDLE_LOOKS; looks++) {
      if (free === 0 || !this.#hasRoom()) return false;
      const want = wants.take();
      if (want === undefined) return false;
      const peer = this.#look(want);
      idle = peer === undefined ? idle + 1 : 0;
      if (peer !== undefined && !bodyPeers.isFree(peer)) free--;
    }
    return idle < IDLE_LOOKS;
  }

  /** Requests the body and returns the peer, or queues it again, or postpones it. */
  #look(want: BodyWant): string | undefined {
    const { ports, wants, rounds, bodyPeers, bundles } = this.#parts;
    const { context, book, ranked } = ports;
    if (book.full) {
      context.out.count("dropped", "held_bodies");
      rounds.postpone(want, "resting", context.nowMs + LATER_MS);
      return undefined;
    }
    const access = ports.access(want.kind, want.task.taskId);
    if (access.kind !== "open" && access.kind !== "proof") {
      this.withhold(want, access);
      return undefined;
    }
    if (bundles.isAsked(want.body.hash)) {
      rounds.postpone(want, "resting", context.nowMs + SAME_BODY_MS);
      return undefined;
    }
    const others = ranked(want.task);
    const isFirst = (peer: string): boolean => want.holders.includes(peer) && !want.asked.includes(peer);
    const mayAsk = (peer: string): boolean => bodyPeers.isHere(peer) && (isFirst(peer) || !bodyPeers.isSlowed(peer));
    const peer = rounds.candidate(want, others, (id) => mayAsk(id) && bodyPeers.isFree(id));
    if (peer !== undefined && this.#ask(want, peer, access, false)) return peer;
    if (peer !== undefined || rounds.candidate(want, others, mayAsk) !== undefined) wants.enqueue(want, false);
    else wants.putOff(want, "resting", context.nowMs + context.jitter(LATER_MS));
    return undefined;
  }

  /** Requests further bodies from a peer that has just connected, from where the last turn stopped. */
  #askArrived(peer: string, left: IterableIterator<BodyWant>): boolean {
    const { ports, bodyPeers, bundles } = this.#parts;
    const { context, peers, access } = ports;
    const interests = peers.get(peer)?.facts.interests;
    for (let looks = 0; looks < LOOKS_PER_TURN; looks++) {
      if (!this.#hasRoom() || !bodyPeers.isFree(peer) || bodyPeers.isSlowed(peer)) return false;
      const { value: want, done } = left.next();
      if (done === true || interests === undefined) {
        this.#arrivals.delete(peer);
        return false;
      }
      const strand = recordStrand(want.task, context.identity.rules.shards);
      if (want.place !== "resting" || !interests.includes(strand) || bundles.isAsked(want.body.hash)) continue;
      const right = access(want.kind, want.task.taskId);
      if (right.kind === "open" || right.kind === "proof") this.#ask(want, peer, right, true);
    }
    return true;
  }

  /** False: the bytes in flight leave no room now. */
  #ask(want: BodyWant, peer: string, access: BodyAccess, extra: boolean): boolean {
    const { ports, rounds, exchange, bundles } = this.#parts;
    const { context, peers } = ports;
    const { body } = want;
    if (this.#bytes() + body.length > context.limits.body_bytes_in_flight) return false;
    const proof = access.kind === "proof" ? { proofAuthor: access.author } : {};
    if (bundles.speaks(peer)) {
      if (!bundles.mayAdd(peer, body.length)) return false;
      const requestId = bundles.add(want, peer, proof.proofAuthor);
      rounds.begin(want, peer, requestId, peers.timeoutMs(peer), extra);
      return true;
    }
    const requestId = context.requestId();
    rounds.begin(want, peer, requestId, peers.timeoutMs(peer), extra);
    exchange.start(want, peer, requestId);
    const request = { kind: "body" as const, requestId, hash: body.hash, task: want.task };
    context.out.emit({ kind: "send_request", peer, request, ...proof });
    return true;
  }
}
