import type { IncomingHttpHeaders } from "node:http";
import { NetworkError } from "../../protocol/errors.js";

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
  /** The rights of a bearer token; undefined: it is none of this node. */
  readonly tokens: { rightsOf(given: string): TokenRights | undefined };
  /** Whether a `Cookie` header has a session of the page. */
  readonly page: { isSession(header: string | undefined): boolean };
}

/** `all`: every method. `read`: the methods that read, subscriptions and metrics. */
export type TokenRights = "all" | "read";

/** Those of a token, or `page`: a session of the page, for the methods that read and for subscriptions. */
export type Rights = TokenRights | "page";

/** A refusal before the body is read. */
export interface Refusal {
  readonly status: 401 | 403;
  readonly error: NetworkError;
}

function hostName(header: string): string {
  return header.replace(/:\d{1,5}$/, "").toLowerCase();
}

function forbidden(message: string): Refusal {
  return { status: 403, error: new NetworkError("unauthorized", message) };
}

/** Undefined if the Host header may name this node, and the request is of no other web page. */
export function originRefusal({ listenHost }: AccessRules, headers: IncomingHttpHeaders): Refusal | undefined {
  const { host } = headers;
  if (isLoopback(listenHost) && (host === undefined || !isLoopback(hostName(host)))) {
    return forbidden("the Host header names another machine");
  }
  return headers.origin === undefined || isOwnPage(listenHost, headers)
    ? undefined
    : forbidden("calls from web pages are not allowed");
}

/** The page is served on loopback only. A page at another port or name has another origin. */
function isOwnPage(listenHost: string, { host, origin }: IncomingHttpHeaders): boolean {
  return isLoopback(listenHost) && host !== undefined && origin === `http://${host}`;
}

/** The rights of a request for the API, or why it is refused. */
export function rightsOf(rules: AccessRules, headers: IncomingHttpHeaders): Rights | Refusal {
  const refused = originRefusal(rules, headers);
  if (refused !== undefined) return refused;
  const { origin, authorization, cookie } = headers;
  if (origin !== undefined) {
    if (rules.page.isSession(cookie)) return "page";
    const error = new NetworkError("unauthorized", 'the page needs a login: run "tos-ai-sync dashboard"');
    return { status: 401, error };
  }
  const given = authorization === undefined ? undefined : /^Bearer (\S+)$/i.exec(authorization)?.[1];
  const rights = given === undefined ? undefined : rules.tokens.rightsOf(given);
  if (rights !== undefined) return rights;
  if (authorization === undefined) return needsToken();
  const message = "the bearer token is neither that in api.token nor that in api-read.token of the data directory";
  return { status: 401, error: new NetworkError("unauthorized", message) };
}

/**
 * Why a request for a path is refused. A session reads by methods only. The token that reads gets the metrics too;
 * other paths need the full one.
 */
export function pathRefusal(rules: AccessRules, headers: IncomingHttpHeaders, path: string): Refusal | undefined {
  const rights = rightsOf(rules, headers);
  if (typeof rights !== "string") return rights;
  const isFree = rights === "all" || path === "/json_rpc" || (rights === "read" && path === "/metrics");
  return isFree ? undefined : needsToken();
}

function needsToken(): Refusal {
  const message = "a bearer token is needed: it is in api.token in the data directory";
  return { status: 401, error: new NetworkError("unauthorized", message) };
}
