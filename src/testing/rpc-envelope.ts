import { isList, isObject, type Json, type JsonObject, readJson, writeJson } from "./daemon-json.js";
import { FAULT_CODES, RpcFault } from "./rpc-fault.js";

/** Null if no id was given. */
export type RequestId = string | number | bigint | null;

export interface Call {
  readonly id: RequestId;
  readonly method: string;
  readonly params: Json | undefined;
}

export interface EnvelopeRules {
  /** HTTP: 20. */
  readonly batchLimit: number;
  /** HTTP: one malformed member turns the whole answer into its error. */
  readonly spoilsBatch: boolean;
  /** Methods that are answered with id null if no id was given. All others answer `null` then. */
  readonly alwaysAnswered: ReadonlySet<string>;
}

export const HTTP_RULES: EnvelopeRules = { batchLimit: 20, spoilsBatch: true, alwaysAnswered: new Set() };
export const SOCKET_RULES: EnvelopeRules = {
  batchLimit: Number.POSITIVE_INFINITY,
  spoilsBatch: false,
  alwaysAnswered: new Set(["subscribe", "unsubscribe"]),
};

/** A fault of the request itself, with the id if it could be read. */
class RequestFault extends RpcFault {
  readonly id: RequestId;
  constructor(code: number, message: string, id: RequestId = null) {
    super(code, message);
    this.id = id;
  }
}

/**
 * Answers one body or frame. `run` throws an RpcFault for an error object. Other errors pass through to the transport.
 */
export function respond(body: string, rules: EnvelopeRules, run: (call: Call) => Json): string {
  try {
    const parsed = parseBody(body);
    if (!isList(parsed)) return answerOne(parsed, rules, run);
    if (parsed.length > rules.batchLimit) throw new RequestFault(FAULT_CODES.request, "batch limit exceeded");
    return `[${parsed.map((member) => answerMember(member, rules, run)).join(",")}]`;
  } catch (error) {
    if (error instanceof RequestFault) return faultText(error.id, error);
    throw error;
  }
}

function answerMember(member: Json, rules: EnvelopeRules, run: (call: Call) => Json): string {
  try {
    return answerOne(member, rules, run);
  } catch (error) {
    const inPlace = !rules.spoilsBatch || !isObject(member);
    if (error instanceof RequestFault && inPlace) return faultText(error.id, error);
    throw error;
  }
}

function answerOne(request: Json, rules: EnvelopeRules, run: (call: Call) => Json): string {
  if (!isObject(request)) throw new RequestFault(FAULT_CODES.request, "Invalid JSON request");
  const call = readCall(request);
  try {
    const result = run(call);
    return call.id === null && !rules.alwaysAnswered.has(call.method) ? "null" : resultText(call.id, writeJson(result));
  } catch (error) {
    if (error instanceof RpcFault) return faultText(call.id, error);
    throw error;
  }
}

function parseBody(body: string): Json {
  try {
    return readJson(body);
  } catch {
    throw new RequestFault(FAULT_CODES.parse, "Invalid body in request");
  }
}

function readCall(request: JsonObject): Call {
  const { jsonrpc, id = null, method, params } = request;
  if (typeof jsonrpc !== "string" || typeof method !== "string" || !isId(id)) {
    throw new RequestFault(FAULT_CODES.parse, "Invalid body in request");
  }
  if (jsonrpc !== "2.0") throw new RequestFault(FAULT_CODES.request, "Expected json_rpc set to '2.0'", id);
  return { id, method, params };
}

function isId(id: Json): id is RequestId {
  return id === null || typeof id === "string" || ((typeof id === "number" || typeof id === "bigint") && id >= 0);
}

/** A response whose result is this JSON text: an answer, or an event of the subscription with this id. */
export function resultText(id: RequestId, result: string): string {
  return `{"id":${writeJson(id)},"jsonrpc":"2.0","result":${result}}`;
}

function faultText(id: RequestId, { code, message }: RpcFault): string {
  return writeJson({ error: { code, message }, id, jsonrpc: "2.0" });
}
