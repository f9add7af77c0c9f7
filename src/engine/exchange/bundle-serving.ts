import type { LackingStatus } from "../../protocol/body-parts.js";
import type { ReasonCode } from "../../protocol/errors.js";
import type { SyncRequest, SyncStatus } from "../../protocol/sync-messages.js";
import { bodiesHash } from "../../protocol/sync-messages.js";
import type { Context } from "../context.js";
import type { BodyToServe } from "../effects.js";
import { TIMEOUT_MAX_MS } from "../peers/index.js";
import type { HeldBody } from "../set/index.js";
import type { BodyRight } from "./body-right.js";

/** Requests of one peer that are open at once (protocol.md, Sync). */
const OPEN_MAX = 8;

export type BundleRequest = Extract<SyncRequest, { kind: "bodies" }>;

export interface BundleServingPorts {
  readonly context: Context;
  body(hash: string): HeldBody | undefined;
  /** The right to this body now, of `author` if one is given. */
  bodyRight(body: HeldBody, author: string | undefined): BodyRight;
  /** The answer for a body that this node lacks. */
  lacking(peer: string, hash: string): LackingStatus;
  /** The answers are sent; not `ok`: only some of them. */
  answered(peer: string, ok: boolean, hashes: readonly string[]): void;
  /** Counts the fault and lowers the score of the peer. */
  fault(peer: string, code: ReasonCode): void;
  respond(peer: string, requestId: string, status: SyncStatus, items?: number, bytes?: number): void;
}

interface Open {
  readonly peer: string;
  readonly request: BundleRequest;
  state: "waiting" | "proving" | "serving";
  /** From the start of its service on. */
  untilMs: number;
}

/** Requests of peers for many bodies: those of one peer are answered one after another, from the disk. */
export class BundleServing {
  readonly #ports: BundleServingPorts;
  /** In order of arrival; the first of each peer is served. */
  readonly #lines = new Map<string, Open[]>();
  #open = 0;

  constructor(ports: BundleServingPorts) {
    this.#ports = ports;
  }

  get open(): number {
    return this.#open;
  }

  request(peer: string, request: BundleRequest): void {
    const { context, respond } = this.#ports;
    const line = this.#lines.get(peer) ?? [];
    if (line.length >= OPEN_MAX || this.#open >= context.limits.bundles_served) {
      respond(peer, request.requestId, "busy");
      return;
    }
    this.#lines.set(peer, line);
    line.push({ peer, request, state: "waiting", untilMs: Number.POSITIVE_INFINITY });
    this.#open++;
    if (line.length === 1) this.#start(line);
  }

  /** False when nothing of this id is served. */
  served(peer: string, requestId: string, items: number, bytes: number, ok: boolean): boolean {
    const first = this.#first(peer, requestId);
    if (first === undefined) return false;
    // The disk can't be read, the proof can't be checked, or too many answers are under way: the peer may ask again.
    this.#close(first, ok ? "ok" : "busy", items, bytes);
    return true;
  }

  /** False when no proof of this id is checked. */
  proofChecked(peer: string, requestId: string, valid: boolean): boolean {
    const first = this.#first(peer, requestId);
    if (first?.state !== "proving") return false;
    if (valid) {
      this.#serve(first, first.request.access?.author);
      return true;
    }
    this.#ports.fault(peer, "bad_signature");
    this.#close(first, "refused");
    return true;
  }

  peerGone(peer: string): void {
    this.#open -= this.#lines.get(peer)?.length ?? 0;
    this.#lines.delete(peer);
  }

  tick(): void {
    const { nowMs } = this.#ports.context;
    for (const [first] of [...this.#lines.values()]) {
      if (first !== undefined && first.untilMs <= nowMs) this.#close(first, "busy");
    }
  }

  #first(peer: string, requestId: string): Open | undefined {
    const first = this.#lines.get(peer)?.[0];
    return first?.request.requestId === requestId ? first : undefined;
  }

  #start([first]: readonly Open[]): void {
    if (first === undefined) return;
    const { context } = this.#ports;
    const { peer, request } = first;
    const { requestId, access, hashes } = request;
    first.untilMs = context.nowMs + TIMEOUT_MAX_MS;
    if (access === undefined) {
      this.#serve(first, undefined);
      return;
    }
    first.state = "proving";
    const hash = bodiesHash(context.blake3, hashes);
    context.out.emit({ kind: "check_proof", peer, requestId, author: access.author, hash, proof: access.proof });
  }

  /** `author`: whose proof is checked. */
  #serve(open: Open, author: string | undefined): void {
    const { peer, request } = open;
    open.state = "serving";
    const bodies = request.hashes.map((hash): BodyToServe => ({ hash, status: this.#statusOf(peer, hash, author) }));
    this.#ports.context.out.emit({ kind: "serve_bodies", peer, requestId: request.requestId, bodies });
  }

  #statusOf(peer: string, hash: string, author: string | undefined): BodyToServe["status"] {
    const { body, bodyRight, lacking } = this.#ports;
    const held = body(hash);
    if (held === undefined) return lacking(peer, hash);
    const right = bodyRight(held, author);
    return right === "everyone" || (right === "proof" && author !== undefined) ? "ok" : "not_yet";
  }

  #close(open: Open, status: SyncStatus, items = 0, bytes = 0): void {
    const { peer, request } = open;
    const line = this.#lines.get(peer);
    if (line === undefined) return;
    this.#ports.answered(peer, status === "ok", request.hashes);
    line.shift();
    this.#open--;
    if (line.length === 0) this.#lines.delete(peer);
    this.#ports.respond(peer, request.requestId, status, items, bytes);
    this.#start(line);
  }
}
