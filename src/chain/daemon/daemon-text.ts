import { parse } from "lossless-json";
import { NetworkError } from "../../protocol/errors.js";
import { EXACT_MAX_CHARACTERS } from "./limits.js";

/** One message of the daemon. Its id names the request or subscription. */
export type DaemonMessage =
  | { readonly kind: "result"; readonly id: number; readonly result: unknown }
  /** Undefined id: the daemon could not read a request. */
  | { readonly kind: "error"; readonly id: number | undefined; readonly code: number; readonly message: string };

/** The longest error text that is kept. */
const SHOWN_CHARACTERS = 200;

/** An error answer of the daemon: `not_found` if the item is unknown or pruned, else `request_refused`. */
export class DaemonRefusal extends NetworkError {
  readonly rpcCode: number;

  constructor(method: string, rpcCode: number, message: string) {
    super(rpcCode === NOT_THERE ? "not_found" : "request_refused", `${method}: ${message} (${rpcCode})`);
    this.rpcCode = rpcCode;
  }
}

export const METHOD_NOT_FOUND = -32601;
export const INVALID_REQUEST = -32600;
export const INVALID_PARAMS = -32602;
/** Unknown topoheight or transaction; a range too wide, reversed, or past the top. */
const NOT_THERE = -32004;

export function badAnswer(text: string, cause?: unknown): NetworkError {
  return new NetworkError("chain_answer", text, { cause });
}

/**
 * Parses one message. Integers past 2^53 lose their last digits here. A caller that needs them parses the text again
 * with {@link exactResult}, which is seventy times slower. Throws `chain_answer`.
 */
export function readMessage(text: string): DaemonMessage {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch (cause) {
    throw badAnswer("the daemon's message is not JSON", cause);
  }
  if (!isRecord(message)) throw badAnswer("the daemon's message is not an object");
  const { id, result, error } = message;
  if (isRecord(error)) {
    const { code, message: text } = error;
    if (typeof code !== "number" || !Number.isSafeInteger(code)) throw badAnswer("an error of the daemon has no code");
    const shown = typeof text === "string" ? text.slice(0, SHOWN_CHARACTERS) : "no reason given";
    if (id === null || id === undefined) return { kind: "error", id: undefined, code, message: shown };
    return { kind: "error", id: idOf(id), code, message: shown };
  }
  if (!("result" in message)) throw badAnswer("the daemon's message has neither result nor error");
  return { kind: "result", id: idOf(id), result };
}

/** The result of a message, with integers past 2^53 as bigint. Throws `chain_answer`. */
export function exactResult(text: string): unknown {
  if (text.length > EXACT_MAX_CHARACTERS) throw badAnswer("the daemon's answer is too long to be read exactly");
  try {
    const message = parse(text, undefined, { parseNumber: exactNumber, onDuplicateKey: ({ newValue }) => newValue });
    return isRecord(message) ? message.result : undefined;
  } catch (cause) {
    throw badAnswer("the daemon's message is not JSON", cause);
  }
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function idOf(id: unknown): number {
  if (typeof id !== "number" || !Number.isSafeInteger(id)) throw badAnswer("an answer of the daemon has no id of ours");
  return id;
}

function exactNumber(text: string): number | bigint {
  const value = Number(text);
  return /^-?\d+$/.test(text) && !Number.isSafeInteger(value) ? BigInt(text) : value;
}
