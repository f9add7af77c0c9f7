import type { Frame } from "../../protocol/frames.js";
import { dayOf } from "../../protocol/membership.js";
import type { SyncResponse } from "../../protocol/sync-messages.js";
import type { Context } from "../context.js";
import type { Peer, Peers } from "../peers/index.js";
import type { RecordSet } from "../set/index.js";
import type { SyncBook } from "./sync-report.js";
import { WindowExchange, type WindowsRequest } from "./window-exchange.js";

/** The specification's anti-entropy interval. */
const WINDOWS_EVERY_MS = 30_000;
/**
 * Wait after the first gossip subscription of a peer: what was published before it did not reach the peer by gossip.
 */
const AFTER_SUBSCRIPTION_MS = 2000;

/** Minimum time between exchanges that a peer opens: each may cost a whole listing. Honest peers wait at least 2 s. */
const ACCEPT_EVERY_MS = 1000;

export interface WindowSyncPorts {
  readonly context: Context;
  readonly set: RecordSet;
  readonly peers: Peers;
  readonly book: SyncBook;
  closed(peer: string, requestId: string): void;
  helpful(peer: string): void;
}

/** Opens and runs the window exchanges of this node, one at a time with each peer, and keeps their results. */
export class WindowSync {
  readonly #ports: WindowSyncPorts;
  /** By peer and request id. */
  readonly #exchanges = new Map<string, WindowExchange>();

  constructor(ports: WindowSyncPorts) {
    this.#ports = ports;
  }

  get open(): number {
    return this.#exchanges.size;
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
    for (const exchange of [...this.#exchanges.values()]) this.#pump(exchange);
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
    const exchange = new WindowExchange(this.#ports, peer, request, "acceptor");
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
    const strands = context.recordStrands().filter((strand) => peer.facts.interests.includes(strand));
    peer.windowsDueMs = context.nowMs + WINDOWS_EVERY_MS;
    if (strands.length === 0) return;
    const today = dayOf(context.nowSeconds);
    const fromDay = Math.max(0, today - context.identity.rules.horizonDays);
    const requestId = context.requestId();
    const request: WindowsRequest = { kind: "windows", requestId, strands, fromDay, toDay: today + 1 };
    this.#exchanges.set(keyOf(peer.facts.peer, requestId), new WindowExchange(this.#ports, peer, request, "opener"));
    context.out.emit({ kind: "send_request", peer: peer.facts.peer, request });
  }

  #with<T>(peer: string, requestId: string, act: (exchange: WindowExchange) => T): T | undefined {
    const exchange = this.#exchanges.get(keyOf(peer, requestId));
    if (exchange === undefined) return undefined;
    const result = act(exchange);
    this.#pump(exchange);
    return result;
  }

  #pump(exchange: WindowExchange): void {
    exchange.pump();
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
