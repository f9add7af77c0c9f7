import { NetworkError } from "../../protocol/errors.js";
import { jsonText, parseRequest } from "../client/index.js";
import { errorObject, INTERNAL_ERROR, INVALID_REQUEST, PARSE_ERROR, RpcError } from "../rpc-error.js";

/** TOS's cap of a batch over HTTP; here also over WebSocket. */
export const MAX_BATCH = 20;
/** Longest text of a request id, since the answer repeats it. */
const MAX_ID_CHARS = 256;
/** Longest method name: longer than any known one. */
const MAX_METHOD_CHARS = 64;
const U64_MAX = 2n ** 64n - 1n;

/** A request's id as it came; null if there was none. */
export type RpcId = string | number | bigint | null;

export interface RpcRequest {
  readonly id: RpcId;
  readonly method: string;
  /** Undefined if they were left out. */
  readonly params: unknown;
}

/** Carries out a request and returns its result. Throws a NetworkError or an RpcError; anything else is a defect. */
export type RpcHandler = (request: RpcRequest) => Promise<unknown>;

/** The outcome of one call, for the transport's metrics and log. */
export interface RpcOutcome {
  readonly method: string;
  readonly error: unknown;
}

/** One answer as text. An id beyond 2^53 is returned as the exact number. */
function answerText(id: RpcId, member: "result" | "error", value: unknown): string {
  const idText = typeof id === "bigint" ? id.toString() : JSON.stringify(id);
  return `{"jsonrpc":"2.0","id":${idText},"${member}":${jsonText(value)}}`;
}

/** The text of a result, for an answer or an event. */
export function resultText(id: RpcId, value: unknown): string {
  return answerText(id, "result", value);
}

/** The text of an error. A defect becomes an internal error without details. */
export function errorText(id: RpcId, error: unknown): string {
  return answerText(id, "error", errorObject(error) ?? { code: INTERNAL_ERROR, message: "Internal error" });
}

function readId(value: unknown): RpcId | undefined {
  switch (typeof value) {
    case "undefined":
      return null;
    case "string":
      return value.length <= MAX_ID_CHARS ? value : undefined;
    case "number":
      return Number.isSafeInteger(value) && value >= 0 ? value : undefined;
    case "bigint":
      return value >= 0n && value <= U64_MAX ? value : undefined;
    default:
      return value === null ? null : undefined;
  }
}

/** Characters of a caller's value that a message quotes, so that the message stays one line. */
const SHOWN_CHARS = 40;

function idFault(id: unknown): string {
  // JSON can't express a number that is too large for a double.
  const text = typeof id === "number" ? String(id) : jsonText(id);
  const shown = text.length > SHOWN_CHARS ? `${text.slice(0, SHOWN_CHARS)}... (${text.length} characters)` : text;
  return `the id ${shown} is neither a string of at most ${MAX_ID_CHARS} characters nor an integer of 0 to 2^64-1`;
}

function memberFault(method: unknown, version: unknown): string {
  if (method === undefined) return "it has no method";
  if (typeof method !== "string") return "the method is not a string";
  return version === undefined ? "it has no jsonrpc" : `the method is longer than ${MAX_METHOD_CHARS} characters`;
}

/** Checks in TOS's order: scalar, missing member or wrong id (-32700), version (-32600). Other members are ignored. */
function readRequest(value: unknown): RpcRequest | { readonly id: RpcId; readonly error: RpcError } {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return { id: null, error: new RpcError(INVALID_REQUEST, "Invalid JSON request") };
  }
  const given: Readonly<Record<string, unknown>> = { ...value };
  const id = readId(given.id);
  const { method, jsonrpc } = given;
  if (id === undefined || typeof method !== "string" || method.length > MAX_METHOD_CHARS || jsonrpc === undefined) {
    const why = id === undefined ? idFault(given.id) : memberFault(method, jsonrpc);
    return { id: null, error: new RpcError(PARSE_ERROR, `Invalid body in request: ${why}`) };
  }
  if (jsonrpc !== "2.0") return { id, error: new RpcError(INVALID_REQUEST, "Expected jsonrpc set to '2.0'") };
  return { id, method, params: given.params };
}

/**
 * Answers a text: one request or a batch. A request without an id is carried out and answered with `null`, as TOS does.
 * Never throws.
 */
export async function answerRpc(
  text: string,
  handle: RpcHandler,
  observe: (outcome: RpcOutcome) => void,
): Promise<string> {
  let value: unknown;
  try {
    value = parseRequest(text);
  } catch (error) {
    observe({ method: "", error });
    return errorText(null, error);
  }
  if (!Array.isArray(value)) return answerOne(value, handle, observe);
  if (value.length > MAX_BATCH) {
    const error = new RpcError(INVALID_REQUEST, `A batch has at most ${MAX_BATCH} requests`);
    observe({ method: "", error });
    return errorText(null, error);
  }
  // In order: members of a batch may depend on each other, and one caller gets one slot.
  const answers: string[] = [];
  for (const member of value) answers.push(await answerOne(member, handle, observe));
  return `[${answers.join(",")}]`;
}

async function answerOne(value: unknown, handle: RpcHandler, observe: (outcome: RpcOutcome) => void): Promise<string> {
  const request = readRequest(value);
  if ("error" in request) {
    observe({ method: "", error: request.error });
    return errorText(request.id, request.error);
  }
  try {
    const result = await handle(request);
    observe({ method: request.method, error: undefined });
    return request.id === null ? "null" : resultText(request.id, result);
  } catch (error) {
    observe({ method: request.method, error });
    return errorText(request.id, error);
  }
}

/** The metric label of a call's outcome: a kind of NetworkError, `rejected` by JSON-RPC, or `defect`. */
export function outcomeLabel(error: unknown): string {
  if (error === undefined) return "ok";
  if (error instanceof NetworkError) return error.kind;
  return error instanceof RpcError ? "rejected" : "defect";
}
