import { isIPv4 } from "node:net";
import { NetworkError } from "../../protocol/errors.js";

/** The daemon's default port, for an address without a port. */
const DEFAULT_PORT = "8080";
const PATH = "/json_rpc";
const SCHEMES = new Set(["ws:", "wss:", "http:", "https:"]);

/** The URLs of one daemon: WebSocket and HTTP share host, port and path. */
export interface DaemonUrl {
  readonly ws: string;
  readonly http: string;
  /** The same machine: a refused connection is detected at once and costs nothing. */
  readonly loopback: boolean;
}

/**
 * Reads `ws://host:port/json_rpc`, the same with wss, http or https, or `host:port`. Throws `bad_parameters` for
 * anything else.
 */
export function parseDaemonUrl(text: string): DaemonUrl {
  const bare = !text.includes("://");
  const url = URL.canParse(bare ? `ws://${text}` : text) ? new URL(bare ? `ws://${text}` : text) : undefined;
  if (url === undefined || !SCHEMES.has(url.protocol)) {
    throw new NetworkError(
      "bad_parameters",
      "a daemon is ws://host:port/json_rpc, or with wss, http, https, or host:port",
    );
  }
  if (url.username !== "" || url.password !== "" || url.hash !== "") {
    throw new NetworkError("bad_parameters", "the URL of a daemon has no user, no password and no fragment");
  }
  if (bare && url.port === "" && !/:80$/.test(text)) url.port = DEFAULT_PORT;
  if (url.pathname === "/") url.pathname = PATH;
  const secure = url.protocol === "wss:" || url.protocol === "https:";
  const rest = `//${url.host}${url.pathname}${url.search}`;
  return {
    ws: `${secure ? "wss" : "ws"}:${rest}`,
    http: `${secure ? "https" : "http"}:${rest}`,
    loopback: isLoopback(url.hostname),
  };
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "[::1]" || (isIPv4(host) && host.startsWith("127."));
}
