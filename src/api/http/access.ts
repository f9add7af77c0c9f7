import type { IncomingHttpHeaders } from "node:http";
import { NetworkError } from "../../protocol/errors.js";
import { tokensEqual } from "../client/index.js";

const LOOPBACK = new Set(["127.0.0.1", "localhost", "::1", "[::1]"]);

export function isLoopback(host: string): boolean {
  return LOOPBACK.has(host) || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);
}

/** The rules of access. */
export interface AccessRules {
  /**
   * The listen address. On loopback the Host header must name loopback: a web page's name may resolve here (DNS
   * rebinding).
   */
  readonly listenHost: string;
  readonly token: string;
}

/** A refusal before the body is read. */
export interface Refusal {
  readonly status: 401 | 403;
  readonly error: NetworkError;
}

function hostName(header: string): string {
  return header.replace(/:\d{1,5}$/, "").toLowerCase();
}

/** Undefined if the request is allowed. `open` needs no token (health). */
export function refusal(rules: AccessRules, headers: IncomingHttpHeaders, open: boolean): Refusal | undefined {
  const { host, origin, authorization } = headers;
  if (isLoopback(rules.listenHost) && (host === undefined || !isLoopback(hostName(host)))) {
    return { status: 403, error: new NetworkError("unauthorized", "the Host header names another machine") };
  }
  if (origin !== undefined) {
    return { status: 403, error: new NetworkError("unauthorized", "calls from web pages are not allowed") };
  }
  if (open) return undefined;
  const given = authorization === undefined ? undefined : /^Bearer (\S+)$/i.exec(authorization)?.[1];
  if (given !== undefined && tokensEqual(given, rules.token)) return undefined;
  const message =
    authorization === undefined
      ? "a bearer token is needed: it is in api.token in the data directory"
      : "the bearer token is not the one in api.token in the data directory";
  return { status: 401, error: new NetworkError("unauthorized", message) };
}
