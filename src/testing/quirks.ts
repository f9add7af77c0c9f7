import { isObject, type Json, type JsonObject } from "./daemon-json.js";
import type { Misbehaving } from "./rpc-fault.js";

/** Faults of this daemon beside those of every daemon. Each may be changed while it runs. */
export interface Quirks {
  /** Delay of each answer. */
  slowMs: number;
  /** The events of one block come in two parts, this far apart. */
  spreadMs: number;
  /** Each event comes twice. */
  duplicates: boolean;
  /** The events of this many blocks are sent together, in any order. 1: sent at once. */
  shuffledBlocks: number;
  /** Each event also comes with an id that no client sent. */
  strayIds: boolean;
  /** The daemon reports no pruning, but refuses pruned blocks with -32602, as after a pruning that failed half-way. */
  hidesPruning: boolean;
  /** A block is mined and sent before a subscription is answered. */
  blockBeforeReply: boolean;
}

export const NO_QUIRKS: Readonly<Quirks> = {
  slowMs: 0,
  spreadMs: 0,
  duplicates: false,
  shuffledBlocks: 1,
  strayIds: false,
  hidesPruning: false,
  blockBeforeReply: false,
};

/** The id of stray events. */
export const STRAY_ID = 4_242_424_242;

/** Replaces the daemon's answer to a call. */
export type Override =
  | { readonly kind: "result"; readonly result: Json }
  | { readonly kind: "error"; readonly code: number; readonly message: string }
  /** Changes the real result. */
  | { readonly kind: "change"; readonly change: (result: Json) => Json }
  | Misbehaving;

/** Returns undefined for the normal answer. */
export type AnswerHook = (method: string, params: Json | undefined) => Override | undefined;

function member(result: Json, edit: (copy: Record<string, Json>) => void): Json {
  if (!isObject(result)) return result;
  const copy: Record<string, Json> = { ...result };
  edit(copy);
  return copy;
}

const everywhere =
  (change: (object: JsonObject) => Json) =>
  (result: Json): Json =>
    Array.isArray(result)
      ? result.map((item) => (isObject(item) ? change(item) : item))
      : isObject(result)
        ? change(result)
        : result;

/** Ready-made wrong answers. An answer about a member changes it in the result, or in each object of a list. */
export const wrongAnswers = {
  /** JSON of a wrong shape. */
  wrongShape: { kind: "result", result: ["not", "what", "was", "asked"] },
  malformed: { kind: "raw", text: '{"id":1,"jsonrpc":"2.0","result":{"height' },
  silence: { kind: "silence" },
  disconnect: { kind: "disconnect" },
  panic: { kind: "panic" },
  without: (name: string): Override => ({
    kind: "change",
    change: everywhere((object) =>
      member(object, (copy) => {
        delete copy[name];
      }),
    ),
  }),
  /** A number beyond u64. */
  huge: (name: string): Override => wrongAnswers.replaced(name, 10n ** 30n),
  replaced: (name: string, value: Json): Override => ({
    kind: "change",
    change: everywhere((object) =>
      member(object, (copy) => {
        copy[name] = value;
      }),
    ),
  }),
  /** A result of this many bytes. */
  ofBytes: (length: number): Override => ({ kind: "result", result: "x".repeat(length) }),
} as const satisfies Record<string, Override | ((...parts: never[]) => Override)>;
