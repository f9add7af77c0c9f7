import { FRAME_IDS_MAX } from "../../protocol/frames.js";
import type { Context } from "../context.js";
import { ShortIds, ShortIndex } from "../reconcile/index.js";

interface Serving {
  readonly ids: readonly string[];
  /** Called when all of them are sent. */
  readonly done: (() => void) | undefined;
}

/** The records that move in an exchange: those that this side wants, and those that it serves. */
export class Transfers {
  readonly #context: Context;
  readonly #peer: string;
  readonly #requestId: string;
  readonly #key: Uint32Array;
  readonly #outstanding = new ShortIndex();
  readonly #queue: Serving[] = [];
  #serving: Serving | undefined;
  #inVerification = 0;
  #received = 0;
  #servedItems = 0;
  #servedBytes = 0;

  /** `key`: of the short ids of the exchange. */
  constructor(context: Context, peer: string, requestId: string, key: Uint32Array) {
    this.#context = context;
    this.#peer = peer;
    this.#requestId = requestId;
    this.#key = key;
  }

  /** Wanted records that have not arrived. */
  get outstanding(): number {
    return this.#outstanding.size;
  }

  /** Whether nothing is being served or verified. */
  get idle(): boolean {
    return this.#serving === undefined && this.#queue.length === 0 && this.#inVerification === 0;
  }

  /** Whether records were received or served. */
  get moved(): boolean {
    return this.#received > 0 || this.#servedItems > 0;
  }

  get served(): { readonly items: number; readonly bytes: number } {
    return { items: this.#servedItems, bytes: this.#servedBytes };
  }

  want(high: number, low: number): void {
    this.#outstanding.add(high, low);
  }

  /** Whether the record is wanted and has not arrived. */
  wants(id: string): boolean {
    const short = this.#shortOf(id);
    return short !== undefined && this.#outstanding.has(short.high(0), short.low(0));
  }

  /** A wanted record is known or refused now. */
  settled(id: string, isNew: boolean): void {
    const short = this.#shortOf(id);
    if (short === undefined || !this.#outstanding.delete(short.high(0), short.low(0))) return;
    if (isNew) this.#received++;
  }

  inVerification(step: 1 | -1): void {
    this.#inVerification += step;
  }

  /** Serves records in order, then calls `done`. */
  serve(ids: readonly string[], done: () => void): void {
    for (let at = 0; at < Math.max(1, ids.length); at += FRAME_IDS_MAX) {
      const part = ids.slice(at, at + FRAME_IDS_MAX);
      this.#queue.push({ ids: part, done: at + FRAME_IDS_MAX >= ids.length ? done : undefined });
    }
    this.#next();
  }

  /** A part was sent. */
  sent(items: number, bytes: number): void {
    const serving = this.#serving;
    this.#serving = undefined;
    this.#servedItems += items;
    this.#servedBytes += bytes;
    serving?.done?.();
    this.#next();
  }

  #next(): void {
    while (this.#serving === undefined) {
      const next = this.#queue.shift();
      if (next === undefined) return;
      if (next.ids.length === 0) {
        next.done?.();
        continue;
      }
      this.#serving = next;
      const { out } = this.#context;
      out.emit({ kind: "serve_records", peer: this.#peer, requestId: this.#requestId, ids: next.ids });
    }
  }

  #shortOf(id: string): ShortIds | undefined {
    const short = ShortIds.ofHex(this.#key, [id]);
    return short.count === 0 ? undefined : short;
  }
}
