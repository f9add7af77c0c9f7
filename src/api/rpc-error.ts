import {
  type ErrorDetails,
  NetworkError,
  type NetworkErrorKind,
  REASONS,
  type ReasonCode,
} from "../protocol/errors.js";

/** JSON-RPC's error numbers, as TOS uses them (reference 5.5). */
export const PARSE_ERROR = -32700;
export const INVALID_REQUEST = -32600;
export const METHOD_NOT_FOUND = -32601;
export const INVALID_PARAMS = -32602;
export const INTERNAL_ERROR = -32603;
/** TOS's error numbers for subscriptions. */
export const NOT_SUBSCRIBED = -1;
export const ALREADY_SUBSCRIBED = -2;

/** One number for each kind of NetworkError. */
export const KIND_NUMBERS: Readonly<Record<NetworkErrorKind, number>> = {
  serialization: -32010,
  deserialization: -32011,
  storage: -32012,
  peer_connection: -32013,
  signature: -32014,
  consensus: -32015,
};

/** The `error` member of an answer. */
export interface RpcErrorObject {
  readonly code: number;
  readonly message: string;
  readonly data?: { readonly kind: NetworkErrorKind; readonly code: ReasonCode } & ErrorDetails;
}

/** A refusal of the transport itself; not a NetworkError. */
export class RpcError extends Error {
  override readonly name = "RpcError";
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** The number of a reason: JSON-RPC's number if it has one for the case, else that of the kind. */
export function numberOf(code: ReasonCode): number {
  if (code === "bad_parameters") return INVALID_PARAMS;
  if (code === "invalid_json") return PARSE_ERROR;
  return KIND_NUMBERS[REASONS[code]];
}

/** Undefined for any other error: it is a defect, and the caller gets no details. */
export function errorObject(error: unknown): RpcErrorObject | undefined {
  if (error instanceof RpcError) return { code: error.code, message: error.message };
  if (!(error instanceof NetworkError)) return undefined;
  const { kind, code, message, details } = error;
  return { code: numberOf(code), message, data: { ...details, kind, code } };
}
