import { isObject, type Json, type JsonObject } from "./daemon-json.js";
import type { Misbehaving } from "./rpc-fault.js";

/** What is wrong with this daemon besides what is wrong with all of them. All may be changed while it runs. */
export interface Quirks {
  /** Each answer takes so long. */
  slowMs: number;
  /** The events of one block come in two parts, so far apart. */
  spreadMs: number;
  /** Each event comes twice. */
  duplicates: boolean;
  /** The events of so many blocks are told together, in any order. 1: as they come. */
  shuffledBlocks: number;
  /** Each event also comes with an id that nobody gave. */
  strayIds: boolean;
  /** It says that nothing is pruned, and refuses what is with -32602: a pruning that failed half-way. */
  hidesPruning: boolean;
  /** A subscription is answered after a block that was mined, and told, in between. */
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

/** In place of the daemon's own answer to a call. */
export type Override =
  | { readonly kind: "result"; readonly result: Json }
  | { readonly kind: "error"; readonly code: number; readonly message: string }
  /** What becomes of the true result. */
  | { readonly kind: "change"; readonly change: (result: Json) => Json }
  | Misbehaving;

/** Undefined: answer as always. */
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

/** Ready-made wrong answers. Those about a member change it in the result, or in each object of a list of results. */
export const wrongAnswers = {
  /** JSON, and nothing that was asked for. */
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
  /** A number that no u64 holds. */
  huge: (name: string): Override => wrongAnswers.replaced(name, 10n ** 30n),
  replaced: (name: string, value: Json): Override => ({
    kind: "change",
    change: everywhere((object) =>
      member(object, (copy) => {
        copy[name] = value;
      }),
    ),
  }),
  /** A result of so many bytes. */
  ofBytes: (length: number): Override => ({ kind: "result", result: "x".repeat(length) }),
} as const satisfies Record<string, Override | ((...parts: never[]) => Override)>;
