import { parseJson, parseRequest } from "../../api/client/index.js";
import { NetworkError } from "../../protocol/errors.js";
import { ChannelError, type ErrorObject } from "./channel-error.js";

/** Longest text of a request id, as in the API, since the answer repeats it. */
const MAX_ID_CHARS = 256;
/** Longest method name, as in the API. */
const MAX_METHOD_CHARS = 64;
/** The longest error text of the host that is kept, so that it fits into a log line. */
const MAX_TEXT_CHARS = 512;
/** Longest reason code of the host: longer than any of this program. */
const MAX_REASON_CHARS = 64;

/** A request's id, chosen by its sender. */
export type MessageId = string | number;

/** One message of the other side. Parameters and results are not checked yet. */
export type Message =
  | { readonly kind: "request"; readonly id: MessageId; readonly method: string; readonly params: unknown }
  | { readonly kind: "notification"; readonly method: string; readonly params: unknown }
  | { readonly kind: "result"; readonly id: MessageId; readonly result: unknown }
  | { readonly kind: "error"; readonly id: MessageId | null; readonly error: ErrorObject };

function isId(value: unknown): value is MessageId {
  if (typeof value === "string") return value.length <= MAX_ID_CHARS;
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  throw new ChannelError("invalid_request", "a message is one JSON object");
}

function errorOf(value: unknown): ErrorObject {
  const { code, message, data } = asObject(value);
  if (typeof code !== "number" || !Number.isSafeInteger(code)) {
    throw new ChannelError("invalid_request", "an error has an integer code");
  }
  const text = typeof message === "string" ? message.slice(0, MAX_TEXT_CHARS) : "";
  const reason = typeof data === "object" && data !== null && "reason" in data ? data.reason : undefined;
  if (typeof reason !== "string") return { code, message: text };
  return { code, message: text, data: { reason: reason.slice(0, MAX_REASON_CHARS) } };
}

/** Parses one line, with integers beyond 2^53 as bigint. Throws a ChannelError: `parse_error` or `invalid_request`. */
export function readMessage(text: string): Message {
  const members = asObject(parseLine(text, parseJson));
  const { id, method, params, result, error } = members;
  if (members.jsonrpc !== "2.0") throw new ChannelError("invalid_request", 'expected "jsonrpc": "2.0"');
  if (method !== undefined) {
    if (typeof method !== "string" || method.length > MAX_METHOD_CHARS) {
      throw new ChannelError("invalid_request", `a method's name is text of at most ${MAX_METHOD_CHARS} characters`);
    }
    if (id === undefined) return { kind: "notification", method, params };
    if (isId(id)) {
      // Strict parsing for requests, whose text may be signed. Notifications are never signed, and blocks are many.
      parseLine(text, parseRequest);
      return { kind: "request", id, method, params };
    }
  } else if (error !== undefined && (id === null || isId(id))) return { kind: "error", id, error: errorOf(error) };
  else if (result !== undefined && isId(id)) return { kind: "result", id, result };
  throw new ChannelError("invalid_request", "neither a request, nor a notification, nor a response");
}

function parseLine(text: string, parse: (text: string) => unknown): unknown {
  try {
    return parse(text);
  } catch (cause) {
    if (cause instanceof NetworkError) throw new ChannelError("parse_error", cause.message, { cause });
    throw cause;
  }
}
