import { fromHex } from "../../protocol/bytes.js";
import { type PrintLevel, type PrintSender, printOf, shortIdKey } from "../../protocol/compare.js";
import { hashBytes } from "../../protocol/records.js";
import type { Context } from "../context.js";
import type { Peer } from "../peers/index.js";
import { shortKey } from "../reconcile/index.js";

export type Role = "opener" | "acceptor";

/** The prints of both sides of an exchange, and the key of its short ids. */
export class Prints {
  /** Of {@link ShortIds}. */
  readonly key: Uint32Array;
  readonly #context: Context;
  readonly #own: PrintSender;
  readonly #theirs: PrintSender;

  constructor(context: Context, { facts }: Peer, requestIdHex: string, role: Role) {
    const requestId = fromHex(requestIdHex) ?? new Uint8Array();
    const salt = hashBytes(facts.salt);
    const [ownRole, theirRole] = role === "opener" ? ([0, 1] as const) : ([1, 0] as const);
    this.#context = context;
    this.#own = { salt, requestId, key: hashBytes(context.nodeKey), role: ownRole };
    this.#theirs = { salt, requestId, key: hashBytes(facts.key), role: theirRole };
    this.key = shortKey(shortIdKey(context.blake3, facts.salt, requestId));
  }

  /** What this side sends for a state. */
  own(strand: string, level: PrintLevel, number: number, state: Uint8Array): string {
    return printOf(this.#context.blake3, this.#own, strandBytes(strand), level, number, state);
  }

  /** What the other side sends if it has this state. */
  theirs(strand: string, level: PrintLevel, number: number, state: Uint8Array): string {
    return printOf(this.#context.blake3, this.#theirs, strandBytes(strand), level, number, state);
  }
}

function strandBytes(strand: string): Uint8Array {
  return fromHex(strand) ?? new Uint8Array();
}
