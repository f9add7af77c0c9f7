import type { Frame } from "../../protocol/frames.js";
import { dayOf } from "../../protocol/membership.js";
import type { SyncResponse } from "../../protocol/sync-messages.js";
import type { WindowPorts, WindowResult, WindowsRequest } from "../difference/index.js";
import type { Peer } from "../peers/index.js";
import { Listing, wantFrames } from "./listing.js";
import { PeerListing } from "./peer-listing.js";

/**
 * Bytes and frames of a listing sent in one turn; the next turn follows when they are sent. A listing of a month may
 * have tens of thousands of small windows, more than may wait for a slow peer.
 */
const LISTING_BYTES_PER_TURN = 256 * 1024;
const LISTING_FRAMES_PER_TURN = 256;
/** An exchange ends after this time without a frame: as long as a send may take. */
const IDLE_MS = 30_000;
/** The specification's request timeout. */
const TOTAL_MS = 300_000;
/** Most wanted ids, in frames, that wait to be served to a peer in one exchange: as many as the send queue has. */
const SERVE_FRAMES_MAX = 128;

/**
 * One exchange of kind 3, plain form, seen from either side. The turns:
 *
 * 1. The opener sends type 3 with strands and days.
 * 2. The acceptor lists: `ids` frames of each asked strand it holds, newest window first; an `ids` frame of window
 *    2^32-1, last, without ids, ends a strand (also one that it does not hold).
 * 3. When every strand has ended, the opener lists in the same way; before it ends a strand it sends `want` frames for
 *    what it lacks there. The end of the last strand thus ends its listing and its wants.
 * 4. The acceptor serves wants as they come, in `records` frames, and sends its own `want` frames after the opener's
 *    last strand; the opener serves them. Each id that was listed may be wanted once.
 * 5. When it has served all and has received (or refused) all it wanted, the acceptor closes with type 4: `ok`, or
 *    `unknown` where something that it wanted did not come or it left something out of its listing.
 *
 * Then both compute equality per strand, under equal registry digests: everything that the other listed is held, and
 * the other wanted exactly what it had not listed itself.
 */
export class WindowExchange {
  readonly requestId: string;
  readonly peer: Peer;
  readonly role: "opener" | "acceptor";
  readonly startedMs: number;
  /** Each event is worked through at once. */
  readonly hasWork = false;
  readonly #ports: WindowPorts;
  readonly #strands: readonly string[];
  readonly #peerListing: PeerListing;
  readonly #listing: Listing;
  readonly #outstanding = new Set<string>();
  readonly #peerWants = new Map<string, number>();
  #peerWanted = 0;
  readonly #serveQueue: (readonly string[])[] = [];
  #listingStarted: boolean;
  #wantsSent = false;
  #serving = false;
  #sending = false;
  #inVerification = 0;
  #received = 0;
  /** Wanted ids that were received, already known, or refused. */
  #settled = 0;
  #servedItems = 0;
  #servedBytes = 0;
  #missed = false;
  #touchedMs: number;
  #response: SyncResponse | undefined;
  #result: WindowResult | undefined;

  constructor(ports: WindowPorts, peer: Peer, request: WindowsRequest, role: "opener" | "acceptor") {
    const { context, set } = ports;
    this.#ports = ports;
    this.peer = peer;
    this.requestId = request.requestId;
    this.role = role;
    this.startedMs = context.nowMs;
    this.#touchedMs = context.nowMs;
    this.#listingStarted = role === "acceptor";
    const held = new Set(context.heldStrands());
    this.#strands = request.strands.filter((strand) => held.has(strand));
    const { rules } = context.identity;
    this.#peerListing = new PeerListing(request, rules.windowSeconds, context.limits.wanted_ids);
    const firstDay = dayOf(context.nowSeconds) - rules.horizonDays;
    const range = {
      requestId: request.requestId,
      strands: request.strands,
      fromDay: Math.max(request.fromDay, firstDay),
      toDay: request.toDay,
      windowSeconds: rules.windowSeconds,
      maxIds: context.limits.listed_ids,
    };
    this.#listing = new Listing(set, range, (strand) => (role === "opener" ? this.#wantsOf(strand) : []));
  }

  /** Undefined while the exchange runs. */
  get result(): WindowResult | undefined {
    return this.#result;
  }

  /** Number of listed ids that this node neither holds nor refused; undefined before the listing ended. */
  get lacking(): number | undefined {
    return this.#peerListing.complete
      ? this.#peerListing.wantedCount - this.#settled + this.#peerListing.left
      : undefined;
  }

  get sizes(): { readonly listed: number; readonly wanted: number } {
    return { listed: this.#listing.listed, wanted: this.#peerListing.wantedCount };
  }

  /** Advances the exchange. Called after each of its events and at each tick. */
  pump(): void {
    if (this.#result !== undefined) return;
    this.#listOn();
    if (this.role === "opener" && this.#listing.done) this.#wantsSent = true;
    this.#serveNext();
    if (this.role === "acceptor") this.#maybeClose();
    else if (this.#response !== undefined && this.#inVerification === 0) this.#finish(this.#response.status === "ok");
    const { nowMs } = this.#ports.context;
    const late = nowMs - this.#touchedMs >= IDLE_MS || nowMs - this.startedMs >= TOTAL_MS;
    if (this.#result === undefined && late) this.#timeOut();
  }

  /** Takes a frame. False: it does not belong to the exchange, which is over. */
  frame(frame: Frame): boolean {
    this.#touch();
    if (frame.kind === "ids") return this.#onIds(frame);
    if (frame.kind === "want") return this.#onWant(frame.ids);
    return this.#refuse();
  }

  /** Whether the id was requested and has not arrived. */
  wants(id: string): boolean {
    return this.#outstanding.has(id);
  }

  inVerification(step: 1 | -1): void {
    this.#inVerification += step;
    this.#touch();
  }

  settled(id: string, isNew: boolean): void {
    if (!this.#outstanding.delete(id)) return;
    this.#settled++;
    if (isNew) this.#received++;
  }

  served(items: number, bytes: number, ok: boolean): void {
    this.#serving = false;
    this.#servedItems += items;
    this.#servedBytes += bytes;
    this.#touch();
    if (!ok) this.#finish(false);
  }

  /** A turn of the listing was sent, or failed. */
  sent(ok: boolean): void {
    this.#sending = false;
    this.#touch();
    if (!ok) this.#finish(false);
  }

  /** Takes type 4, only from the acceptor and only once. */
  responded(response: SyncResponse): boolean {
    if (this.role === "acceptor" || this.#response !== undefined) return this.#refuse();
    this.#response = response;
    this.#touch();
    if (response.status !== "ok" && response.status !== "unknown") this.#finish(false);
    return true;
  }

  abort(): void {
    this.#finish(false);
  }

  #listOn(): void {
    if (!this.#listingStarted || this.#listing.done || this.#sending) return;
    const frames = this.#listing.next(LISTING_BYTES_PER_TURN, LISTING_FRAMES_PER_TURN);
    if (frames.length === 0) return;
    this.#sending = true;
    const { peer, requestId } = this;
    this.#ports.context.out.emit({ kind: "send_frames", peer: peer.facts.peer, requestId, frames });
  }

  #touch(): void {
    this.#touchedMs = this.#ports.context.nowMs;
  }

  #has = (id: string): boolean => this.#ports.set.has(id);

  #send(frames: readonly Frame[]): void {
    for (const frame of frames) this.#ports.context.out.emit({ kind: "send", peer: this.peer.facts.peer, frame });
  }

  #onIds(frame: Extract<Frame, { kind: "ids" }>): boolean {
    // The opener lists only after the listing of the acceptor is complete.
    if (this.role === "acceptor" && !this.#listing.done) return this.#refuse();
    const taken = this.#peerListing.take(frame, { has: this.#has, isRefused: (id) => this.peer.refused.has(id) });
    if (!taken) return this.#refuse();
    if (!this.#peerListing.complete) return true;
    this.#peerListing.settle(this.#has);
    if (this.role === "opener") {
      this.#listingStarted = true;
    } else {
      for (const strand of this.#strands) this.#send(this.#wantsOf(strand));
      this.#wantsSent = true;
    }
    return true;
  }

  #wantsOf(strand: string): Frame[] {
    if (!this.#strands.includes(strand)) return [];
    const ids = this.#peerListing.lacking(strand).filter((id) => !this.#has(id));
    for (const id of ids) this.#outstanding.add(id);
    return wantFrames(this.requestId, ids);
  }

  #onWant(ids: readonly string[]): boolean {
    this.#peerWanted += ids.length;
    // An answer can be many times larger than a want, so each id is served once and only if it was listed.
    if (this.#serveQueue.length >= SERVE_FRAMES_MAX || this.#peerWanted > this.#listing.listed) return this.#refuse();
    for (const id of ids) {
      const strand = this.#ports.set.entry(id)?.strand;
      if (strand !== undefined) this.#peerWants.set(strand, (this.#peerWants.get(strand) ?? 0) + 1);
    }
    this.#serveQueue.push(ids);
    return true;
  }

  #serveNext(): void {
    if (this.#serving) return;
    const ids = this.#serveQueue.shift();
    if (ids === undefined) return;
    this.#serving = true;
    this.#ports.context.out.emit({ kind: "serve_records", peer: this.peer.facts.peer, requestId: this.requestId, ids });
  }

  #maybeClose(): void {
    const served = !this.#serving && this.#serveQueue.length === 0;
    if (this.#listing.truncated) this.#missed = true;
    if (!this.#wantsSent || !served || this.#outstanding.size > 0 || this.#inVerification > 0) return;
    this.#respond();
    this.#finish(!this.#missed);
  }

  #timeOut(): void {
    if (this.role === "opener" || !this.#wantsSent) {
      this.#finish(false);
      return;
    }
    this.#missed = true;
    this.#respond();
    this.#finish(false);
  }

  #respond(): void {
    const { context } = this.#ports;
    const status = this.#missed ? "unknown" : "ok";
    const items = this.#servedItems;
    const bytes = this.#servedBytes;
    context.out.emit({
      kind: "send_response",
      peer: this.peer.facts.peer,
      requestId: this.requestId,
      status,
      items,
      bytes,
    });
  }

  #refuse(): false {
    this.#finish(false);
    return false;
  }

  #finish(completed: boolean): void {
    if (this.#result !== undefined) return;
    const moved = this.#received > 0 || this.#servedItems > 0;
    const comparable = completed && this.peer.registryDigest === this.#ports.context.facts?.registryDigest;
    const equal = comparable ? this.#strands.map((strand) => [strand, this.#isEqual(strand)] as const) : [];
    this.#result = { completed, moved, equal: new Map(equal) };
  }

  #isEqual(strand: string): boolean {
    if (this.#listing.truncated || !this.#peerListing.holdsAll(strand, this.#has)) return false;
    return (this.#peerWants.get(strand) ?? 0) === this.#listing.count(strand) - this.#peerListing.common(strand);
  }
}
