import { type DialReason, helloReason } from "../../protocol/dial-reasons.js";
import { NetworkError, REASONS } from "../../protocol/errors.js";

const BY_ERRNO: Readonly<Record<string, DialReason>> = {
  ECONNRESET: "closed",
  EPIPE: "closed",
  ECONNREFUSED: "connection_refused",
  EHOSTUNREACH: "unreachable",
  ENETUNREACH: "unreachable",
  EHOSTDOWN: "unreachable",
  ENETDOWN: "unreachable",
  EADDRNOTAVAIL: "unreachable",
  EAFNOSUPPORT: "unreachable",
  EINVAL: "unreachable",
  ETIMEDOUT: "timeout",
  ENOTFOUND: "name_not_resolved",
  EAI_AGAIN: "name_not_resolved",
  EAI_FAIL: "name_not_resolved",
  EAI_NODATA: "name_not_resolved",
  EAI_NONAME: "name_not_resolved",
  EAI_FAMILY: "name_not_resolved",
  ENODATA: "name_not_resolved",
  ESERVFAIL: "name_not_resolved",
  ETIMEOUT: "name_not_resolved",
};

/**
 * Reasons, the most specific first. Of several addresses of one target the most specific reason is reported. An answer
 * of a peer is more specific than a failure of the transport.
 */
const RANK: readonly DialReason[] = [
  "wrong_peer_id",
  "handshake_failed",
  "closed",
  "no_addresses",
  "name_not_resolved",
  "connection_refused",
  "timeout",
  "unreachable",
];

/** The reason of an error from libp2p, the system or this folder. Messages of libraries are read and not passed on. */
export function dialReason(error: unknown): DialReason {
  if (error instanceof NetworkError) {
    if (error.code === "request_timeout") return "timeout";
    if (error.code === "not_found") return "no_addresses";
    return REASONS[error.code] === "peer_connection" ? helloReason(error.code) : "failed";
  }
  if (error instanceof AggregateError) {
    const found = error.errors.map(dialReason);
    return RANK.find((reason) => found.includes(reason)) ?? found[0] ?? "failed";
  }
  if (!(error instanceof Error)) return "failed";
  if ("code" in error && typeof error.code === "string") {
    const reason = BY_ERRNO[error.code];
    if (reason !== undefined) return reason;
  }
  switch (error.name) {
    case "TimeoutError":
    case "AbortError":
      return "timeout";
    case "EncryptionFailedError":
      if (error.message.includes("does not match expected")) return "wrong_peer_id";
      return error.message.includes("while reading 0/") ? "closed" : "handshake_failed";
    case "UnexpectedPeerError":
      return "wrong_peer_id";
    case "MuxerUnavailableError":
    case "UnsupportedProtocolError":
      return "handshake_failed";
    case "ConnectionClosedError":
    case "StreamResetError":
    case "UnexpectedEOFError":
      return "closed";
    default:
      return "failed";
  }
}
