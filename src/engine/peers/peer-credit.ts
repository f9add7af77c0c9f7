import type { ReasonCode } from "../../protocol/errors.js";
import type { Context } from "../context.js";
import type { PeerScoring } from "./peer-scoring.js";
import type { Peers } from "./peers.js";

/** Scores connected peers by peer id; scores belong to node keys. A disconnected peer gains and loses nothing. */
export class PeerCredit {
  readonly #context: Context;
  readonly #peers: Peers;
  readonly #scoring: PeerScoring;

  constructor(context: Context, peers: Peers, scoring: PeerScoring) {
    this.#context = context;
    this.#peers = peers;
    this.#scoring = scoring;
  }

  useful(peer: string, count: number): void {
    const key = this.#keyOf(peer);
    if (key !== undefined) this.#scoring.useful(key, this.#context.nowSeconds, count);
  }

  /** Counts new records whose sender gains nothing. */
  noteNew(count: number): void {
    this.#scoring.noteNew(count);
  }

  duplicate(peer: string, count: number): void {
    const key = this.#keyOf(peer);
    if (key !== undefined) this.#scoring.duplicate(key, this.#context.nowSeconds, count);
  }

  helpful(peer: string): void {
    const key = this.#keyOf(peer);
    if (key !== undefined) this.#scoring.helpful(key, this.#context.nowSeconds);
  }

  /** Reports the fault, also of a disconnected peer, and lowers the score of a connected one. */
  fault(peer: string, code: ReasonCode): void {
    this.#context.out.fault(peer, code);
    const key = this.#keyOf(peer);
    if (key !== undefined) this.#scoring.fault(key, this.#context.nowSeconds, code);
  }

  #keyOf(peer: string): string | undefined {
    return this.#peers.get(peer)?.facts.key;
  }
}
