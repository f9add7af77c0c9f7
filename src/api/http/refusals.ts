import { NetworkError } from "../../protocol/errors.js";
import type { RefusedReason } from "../metrics/index.js";
import { errorText } from "./rpc.js";

/** A body of 1 MiB in base64, and the request around it; also the largest WebSocket message. */
export const MAX_REQUEST_BYTES = 3 * 1024 * 1024;

/** The refusals that have an HTTP answer; refused connections have none. */
export type AnsweredRefusal = Exclude<RefusedReason, "unauthorized" | "no_place" | "no_request">;

/** A JSON-RPC error without an id. */
export function failureJson(
  error: NetworkError,
  headers: Readonly<Record<string, string>> = {},
): ResponseInit & { body: string } {
  return { body: errorText(null, error), headers: { "content-type": "application/json", ...headers } };
}

/** The HTTP answer to a refused request. */
export function refusalResponse(reason: AnsweredRefusal): Response {
  switch (reason) {
    case "not_found":
      return new Response("Not found: the API is at /json_rpc, /health and /metrics\n", { status: 404 });
    case "too_large": {
      const limit = `a request has at most ${MAX_REQUEST_BYTES} bytes`;
      const { body, ...init } = failureJson(new NetworkError("payload_too_large", limit), { connection: "close" });
      return new Response(body, { ...init, status: 413 });
    }
    case "not_utf8": {
      // The status that JSON-RPC errors have.
      const why = "the request is not UTF-8: what is signed must be what was sent";
      const { body, ...init } = failureJson(new NetworkError("invalid_json", why));
      return new Response(body, { ...init, status: 200 });
    }
    case "busy": {
      const { body, ...init } = failureJson(new NetworkError("peer_busy", "too many calls at once: try again"));
      return new Response(body, { ...init, status: 503 });
    }
  }
}
