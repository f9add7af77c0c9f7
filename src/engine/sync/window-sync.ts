import type { Frame } from "../../protocol/frames.js";
import { dayOf } from "../../protocol/membership.js";
import type { SyncResponse } from "../../protocol/sync-messages.js";
import {
  DifferenceAcceptor,
  DifferenceOpener,
  type DifferenceSide,
  type WindowPorts,
  type WindowsRequest,
} from "../difference/index.js";
import type { Peer, Peers } from "../peers/index.js";
import type { SyncBook } from "./sync-report.js";
import { WindowExchange } from "./window-exchange.js";

/** The specification's anti-entropy interval. */
const WINDOWS_EVERY_MS = 30_000;
/**
 * Wait after the first gossip subscription of a peer: what was published before it did not reach the peer by gossip.
 */
const AFTER_SUBSCRIPTION_MS = 2000;

/** Minimum time between exchanges that a peer opens: each may cost a whole listing. Honest peers wait at least 2 s. */
const ACCEPT_EVERY_MS = 1000;

/** The feature in a hello of a node that compares sets in full form. */
export const WINDOWS_FULL = "windows-full";

/** Work on exchanges in one step, about this many us. What is left is done in the next steps. */
const STEP_WORK_US = 3000;

type Exchange = WindowExchange | DifferenceSide;

export interface WindowSyncPorts extends WindowPorts {
  readonly peers: Peers;
  readonly book: SyncBook;
  closed(peer: string, requestId: string): void;
  helpful(peer: string): void;
}

/** Opens and runs the window exchanges of this node, one at a time with each peer, and keeps their results. */
export class WindowSync {
  readonly #ports: WindowSyncPorts;
  /** By peer and request id. */
  readonly #exchanges = new Map<string, Exchange>();

  constructor(ports: WindowSyncPorts) {
    this.#ports = ports;
  }

  get open(): number {
    return this.#exchanges.size;
  }

  /** When {@link tick} is needed before the regular one; undefined: the regular one is early enough. */
  get nextDueMs(): number | undefined {
    for (const { hasWork } of this.#exchanges.values()) if (hasWork) return this.#ports.context.nowMs;
    return undefined;
  }

  get sizes(): { readonly listed: number; readonly wanted: number } {
    let listed = 0;
    let wanted = 0;
    for (const { sizes } of this.#exchanges.values()) {
      listed = Math.max(listed, sizes.listed);
      wanted = Math.max(wanted, sizes.wanted);
    }
    return { listed, wanted };
  }

  subscribed(peer: Peer): void {
    if (!peer.facts.dialed) return;
    peer.windowsDueMs = Math.min(peer.windowsDueMs, this.#ports.context.nowMs + AFTER_SUBSCRIPTION_MS);
  }

  tick(): void {
    const working = Math.max(1, [...this.#exchanges.values()].filter(({ hasWork }) => hasWork).length);
    const workUs = Math.ceil(STEP_WORK_US / working);
    for (const exchange of [...this.#exchanges.values()]) this.#pump(exchange, workUs);
    const { context, peers } = this.#ports;
    for (const peer of peers.all()) if (peer.windowsDueMs <= context.nowMs) this.#start(peer);
  }

  /** Accepts type 3 of kind 3 from a peer. False: no room now. */
  accept(peer: Peer, request: WindowsRequest): boolean {
    const { nowMs, limits } = this.#ports.context;
    const full = this.#exchanges.size >= limits.window_exchanges;
    if (full || Math.abs(nowMs - peer.windowsAcceptedMs) < ACCEPT_EVERY_MS) return false;
    let accepted = 0;
    for (const exchange of this.#exchanges.values()) {
      if (exchange.role !== "acceptor") continue;
      if (exchange.peer.facts.peer === peer.facts.peer) return false;
      accepted++;
    }
    // Half of the room is for own exchanges, so that peers can't use all of it.
    if (accepted >= Math.ceil(limits.window_exchanges / 2)) return false;
    peer.windowsAcceptedMs = nowMs;
    const exchange = isFull(peer)
      ? new DifferenceAcceptor(this.#ports, peer, request)
      : new WindowExchange(this.#ports, peer, request, "acceptor");
    this.#exchanges.set(keyOf(peer.facts.peer, request.requestId), exchange);
    this.#pump(exchange);
    return true;
  }

  /** Undefined: no exchange of this id. False: the peer broke the order of turns, and the exchange is over. */
  frame(peer: string, frame: Frame): boolean | undefined {
    return this.#with(peer, frame.requestId, (exchange) => exchange.frame(frame));
  }

  wants(peer: string, requestId: string, id: string): boolean | undefined {
    return this.#exchanges.get(keyOf(peer, requestId))?.wants(id);
  }

  inVerification(peer: string, requestId: string, step: 1 | -1): void {
    this.#with(peer, requestId, (exchange) => exchange.inVerification(step));
  }

  settled(peer: string, requestId: string, id: string, isNew: boolean): void {
    const exchange = this.#exchanges.get(keyOf(peer, requestId));
    exchange?.settled(id, isNew);
    if (exchange?.lacking !== undefined) exchange.peer.lackingRecords = exchange.lacking;
  }

  served(peer: string, requestId: string, items: number, bytes: number, ok: boolean): boolean {
    return this.#with(peer, requestId, (exchange) => exchange.served(items, bytes, ok)) !== undefined;
  }

  sent(peer: string, requestId: string, ok: boolean): void {
    this.#with(peer, requestId, (exchange) => exchange.sent(ok));
  }

  responded(peer: string, response: SyncResponse): boolean | undefined {
    return this.#with(peer, response.requestId, (exchange) => exchange.responded(response));
  }

  peerGone(peer: string): void {
    for (const exchange of [...this.#exchanges.values()]) {
      if (exchange.peer.facts.peer !== peer) continue;
      exchange.abort();
      this.#pump(exchange);
    }
  }

  #start(peer: Peer): void {
    const { context } = this.#ports;
    for (const exchange of this.#exchanges.values()) if (exchange.peer === peer && exchange.role === "opener") return;
    if (this.#exchanges.size >= context.limits.window_exchanges) return;
    const strands = context.heldStrands().filter((strand) => peer.facts.interests.includes(strand));
    peer.windowsDueMs = context.nowMs + WINDOWS_EVERY_MS;
    if (strands.length === 0) return;
    const today = dayOf(context.nowSeconds);
    const fromDay = Math.max(0, today - context.identity.rules.horizonDays);
    const requestId = context.requestId();
    const request: WindowsRequest = { kind: "windows", requestId, strands, fromDay, toDay: today + 1 };
    const exchange = isFull(peer)
      ? new DifferenceOpener(this.#ports, peer, request)
      : new WindowExchange(this.#ports, peer, request, "opener");
    this.#exchanges.set(keyOf(peer.facts.peer, requestId), exchange);
    context.out.emit({ kind: "send_request", peer: peer.facts.peer, request });
  }

  #with<T>(peer: string, requestId: string, act: (exchange: Exchange) => T): T | undefined {
    const exchange = this.#exchanges.get(keyOf(peer, requestId));
    if (exchange === undefined) return undefined;
    const result = act(exchange);
    this.#pump(exchange);
    return result;
  }

  #pump(exchange: Exchange, workUs = STEP_WORK_US): void {
    exchange.pump(workUs);
    const { result, peer, requestId, lacking } = exchange;
    if (lacking !== undefined) peer.lackingRecords = lacking;
    if (result === undefined) return;
    const { context, book, closed, helpful } = this.#ports;
    const id = peer.facts.peer;
    if (!this.#exchanges.delete(keyOf(id, requestId))) return;
    closed(id, requestId);
    for (const [strand, equal] of result.equal) book.note(id, strand, equal, context.nowMs);
    if (exchange.role === "acceptor") return;
    if (result.completed) helpful(id);
    // After records moved, the next exchange follows soon, so that equality is known early.
    const follow = result.completed && result.moved && !peer.followed;
    peer.followed = follow;
    if (follow) peer.windowsDueMs = Math.min(peer.windowsDueMs, context.nowMs + AFTER_SUBSCRIPTION_MS);
  }
}

function keyOf(peer: string, requestId: string): string {
  return `${peer}:${requestId}`;
}

/** Both sides know the features of the other one, so they choose the same form. */
function isFull(peer: Peer): boolean {
  return peer.facts.features.includes(WINDOWS_FULL);
}
