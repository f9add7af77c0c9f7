import { homedir } from "node:os";
import { join } from "node:path";
import { NETWORKS, type NetworkName, networkLabel } from "../../protocol/rules.js";
import { UsageError } from "../exit-codes.js";

export const DEFAULT_API = "127.0.0.1:8135";

/** Options that every command has. */
export interface GlobalOptions {
  readonly dirPath: string;
  readonly network: NetworkName;
  /** The network was named on the command line; it is not the default. */
  readonly networkGiven: boolean;
  /** host:port; undefined if it was not given. */
  readonly api?: string;
  readonly json?: boolean;
  readonly verbose?: boolean;
}

/** Expands `~` to the home directory, as a shell does. */
export function expandHome(path: string): string {
  return path === "~" || path.startsWith("~/") ? join(homedir(), path.slice(1)) : path;
}

/** The node's own directory, `{dir}ai/{mainnet|testnet|stagenet|dev}`. */
export function dataDirectory(options: Pick<GlobalOptions, "dirPath" | "network">): string {
  return join(expandHome(options.dirPath), "ai", networkLabel(NETWORKS.indexOf(options.network)));
}

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** `host:port`, `[v6]:port`. */
export function parseHostPort(text: string): HostPort {
  const [, bracketed, name, digits] = /^(?:\[([0-9a-fA-F:]+)\]|([A-Za-z0-9.-]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? name;
  const port = Number(digits);
  if (host !== undefined && port <= 65_535) return { host, port };
  throw new UsageError(`--api is host:port, such as ${DEFAULT_API}`);
}

export function apiFile(directory: string): string {
  return join(directory, "api.json");
}

export function tokenFile(directory: string): string {
  return join(directory, "api.token");
}
