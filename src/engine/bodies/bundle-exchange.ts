import type { BodyPart } from "../../protocol/body-parts.js";
import type { ReasonCode } from "../../protocol/errors.js";
import { BODIES_MAX, type SyncResponse, type SyncStatus } from "../../protocol/sync-messages.js";
import type { Context } from "../context.js";
import { failureOf } from "../exchange/index.js";
import { answerLabel } from "../metrics.js";
import { type Peers, TIMEOUT_MAX_MS } from "../peers/index.js";
import type { BodyEnd } from "./body-end.js";
import type { BodyWant } from "./body-wants.js";
import { BundleFlow } from "./bundle-flow.js";
import { BundleRequest, type Slot } from "./bundle-request.js";

/** The feature in a hello of a node that answers requests for many bodies. */
export const BODY_BUNDLES = "body-bundles";
/** Requests open at one peer: together they hold what may be in flight from it (protocol.md, Sync). */
export const BUNDLES_OPEN_MAX = 8;
/** The least rate, bytes a millisecond, at which a peer must send: 4 KiB/s. */
const LEAST_RATE = 4;

export interface BundleExchangePorts {
  readonly context: Context;
  readonly peers: Peers;
  closed(peer: string, requestId: string): void;
  /** Counts the fault and lowers the score of the peer. */
  fault(peer: string, code: ReasonCode): void;
  ended(want: BodyWant, end: BodyEnd): void;
}

/** The requests at one peer. */
interface Line {
  readonly flow: BundleFlow;
  /** In the order in which they were sent; the peer answers them in this order. */
  readonly open: Map<string, BundleRequest>;
  /** The request that is being filled in this turn. */
  filling: BundleRequest | undefined;
  /** When the last answer came. */
  progressMs: number;
}

/** Kind 4: requests many bodies at once from each peer, and takes the answers in the order of each request. */
export class BundleExchange {
  readonly #ports: BundleExchangePorts;
  /** By peer; at most as many as are connected. */
  readonly #lines = new Map<string, Line>();
  /** Hashes in flight: a body that several records announce is requested once. */
  readonly #hashes = new Set<string>();
  #bytes = 0;

  constructor(ports: BundleExchangePorts) {
    this.#ports = ports;
  }

  /** Bodies in flight. */
  get open(): number {
    return this.#hashes.size;
  }

  /** Announced bytes in flight. */
  get bytes(): number {
    return this.#bytes;
  }

  speaks(peer: string): boolean {
    return this.#ports.peers.get(peer)?.facts.features.includes(BODY_BUNDLES) === true;
  }

  isAsked(hash: string): boolean {
    return this.#hashes.has(hash);
  }

  /** Whether the peer may be asked for another body, of `length` bytes. */
  mayAdd(peer: string, length: number): boolean {
    const line = this.#lines.get(peer);
    if (line === undefined) return true;
    const { filling, flow, open } = line;
    if (filling === undefined && !flow.isLow) return false;
    const isFull = filling === undefined || filling.slots.length >= BODIES_MAX;
    const requests = open.size + (filling === undefined ? 0 : 1) + (isFull ? 1 : 0);
    return requests <= BUNDLES_OPEN_MAX && flow.fits(length);
  }

  /** Adds a body to the next request for the peer. Returns its id. `mayAdd` holds. */
  add(want: BodyWant, peer: string, proofAuthor: string | undefined): string {
    const line = this.#lineOf(peer);
    let { filling } = line;
    // A request carries one proof at most; it may name public bodies too.
    const others = filling?.proofAuthor !== undefined && proofAuthor !== undefined;
    if (
      filling !== undefined &&
      (filling.slots.length >= BODIES_MAX || (others && filling.proofAuthor !== proofAuthor))
    )
      this.#send(line, filling);
    filling = line.filling ?? new BundleRequest(this.#ports.context.blake3, peer, this.#ports.context.requestId());
    line.filling = filling;
    filling.proofAuthor ??= proofAuthor;
    const { hash, length } = want.body;
    filling.slots.push({ want, hash, length });
    line.flow.add(length);
    this.#hashes.add(hash);
    this.#bytes += length;
    return filling.requestId;
  }

  /** Sends the requests that this turn has filled. Returns their peers. */
  flush(): string[] {
    const peers: string[] = [];
    for (const [peer, line] of this.#lines) {
      if (line.filling === undefined) continue;
      this.#send(line, line.filling);
      peers.push(peer);
    }
    return peers;
  }

  /** Takes answers. False: a fault, the request has ended. Undefined: of another request. */
  parts(peer: string, requestId: string, parts: readonly BodyPart[]): boolean | undefined {
    const line = this.#lines.get(peer);
    const request = line?.open.get(requestId);
    if (line === undefined || request === undefined) return undefined;
    const { context, peers } = this.#ports;
    if (request.isUntouched && line.open.size === 1) {
      const tookMs = context.nowMs - request.startedMs;
      peers.answered(peer, tookMs);
      context.out.count("requests_answered", answerLabel("bodies", tookMs));
    }
    line.progressMs = context.nowMs;
    for (const part of parts) {
      const result = request.take(part);
      if (result.kind === "faulty") {
        this.#end(line, request, { kind: "failed", peer, code: "body_mismatch", status: undefined });
        return false;
      }
      if (result.kind === "more") continue;
      const { slot, end } = result;
      line.flow.came(part.status === "ok" ? slot.length : 0, context.nowMs);
      const want = this.#leaveSlot(line, slot);
      if (want !== undefined && end !== undefined) this.#ports.ended(want, end);
    }
    return true;
  }

  /** True when the response closes a request of this exchange. */
  responded(peer: string, response: SyncResponse): boolean {
    const line = this.#lines.get(peer);
    const request = line?.open.get(response.requestId);
    if (line === undefined || request === undefined) return false;
    line.progressMs = this.#ports.context.nowMs;
    const status: SyncStatus = response.status;
    if (status === "ok" && !request.isAnswered) {
      this.#ports.fault(peer, "body_mismatch");
      this.#end(line, request, { kind: "failed", peer, code: "body_mismatch", status: undefined });
      return true;
    }
    this.#end(line, request, { kind: "failed", peer, code: failureOf(response), status });
    return true;
  }

  /** Ends the requests past their deadline, and those of a peer that has been silent for longer than usual. */
  expire(): void {
    const { nowMs } = this.#ports.context;
    for (const [peer, line] of this.#lines) {
      const timeoutMs = this.#ports.peers.timeoutMs(peer);
      for (const request of [...line.open.values()]) {
        const silentMs = nowMs - Math.max(line.progressMs, request.startedMs);
        if (request.deadlineMs > nowMs && silentMs < timeoutMs) continue;
        line.flow.stalled();
        this.#end(line, request, { kind: "failed", peer, code: "request_timeout", status: undefined });
      }
    }
  }

  peerGone(peer: string): void {
    const line = this.#lines.get(peer);
    if (line === undefined) return;
    this.#lines.delete(peer);
    const end: BodyEnd = { kind: "failed", peer, code: "peer_gone", status: undefined };
    const { filling } = line;
    for (const request of [...line.open.values(), ...(filling === undefined ? [] : [filling])])
      this.#end(line, request, end);
  }

  /** The body is no longer needed. Its answer still comes and is dropped. False: it is not asked for here. */
  leave(want: BodyWant): boolean {
    const { active } = want;
    const line = active === undefined ? undefined : this.#lines.get(active.peer);
    if (line === undefined || active === undefined) return false;
    const { filling, open } = line;
    const request = filling?.requestId === active.requestId ? filling : open.get(active.requestId);
    const slot = request?.slots.find((held) => held.want === want);
    if (slot === undefined) return false;
    slot.want = undefined;
    return true;
  }

  #send(line: Line, request: BundleRequest): void {
    const { context, peers } = this.#ports;
    const { peer, requestId, slots, proofAuthor } = request;
    line.filling = undefined;
    request.startedMs = context.nowMs;
    const mostMs = Math.floor(peers.timeoutMs(peer) + line.flow.bytes / LEAST_RATE);
    request.deadlineMs = context.nowMs + Math.min(TIMEOUT_MAX_MS, mostMs);
    line.open.set(requestId, request);
    const bodies = { kind: "bodies" as const, requestId, hashes: slots.map(({ hash }) => hash) };
    const proof = proofAuthor === undefined ? {} : { proofAuthor };
    context.out.emit({ kind: "send_request", peer, request: bodies, ...proof });
  }

  /** Ends a request; `end` is that of each body without an answer. */
  #end(line: Line, request: BundleRequest, end: BodyEnd): void {
    const { peer, requestId } = request;
    line.open.delete(requestId);
    if (line.filling === request) line.filling = undefined;
    request.close();
    this.#ports.closed(peer, requestId);
    const left = request.left().map((slot) => this.#leaveSlot(line, slot));
    for (const want of left) if (want !== undefined) this.#ports.ended(want, end);
  }

  #leaveSlot(line: Line, slot: Slot): BodyWant | undefined {
    const { want, hash, length } = slot;
    slot.want = undefined;
    line.flow.remove(length);
    this.#hashes.delete(hash);
    this.#bytes -= length;
    return want;
  }

  #lineOf(peer: string): Line {
    const known = this.#lines.get(peer);
    if (known !== undefined) return known;
    const line: Line = { flow: new BundleFlow(), open: new Map(), filling: undefined, progressMs: 0 };
    this.#lines.set(peer, line);
    return line;
  }
}
