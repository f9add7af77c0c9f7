import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
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

/**
 * The options of a command that looks for a running node. If no network was named and nodes run on one network only,
 * that network is taken: `start --daemon` takes the network from the daemon, so the user need not repeat it.
 */
export async function ofRunningNode<T extends GlobalOptions>(options: T): Promise<T> {
  if (options.networkGiven) return options;
  const running: NetworkName[] = [];
  for (const network of NETWORKS) {
    if ((await readApiLocation(dataDirectory({ ...options, network }))) !== undefined) running.push(network);
  }
  const [network] = running;
  return network === undefined || running.length > 1 ? options : { ...options, network };
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

/** The content of `api.json`, which a running node writes into its directory for the other commands. */
const shape = z.strictObject({ url: z.url(), pid: z.int().positive() });
export type ApiLocation = z.infer<typeof shape>;

export function apiFile(directory: string): string {
  return join(directory, "api.json");
}

export function tokenFile(directory: string): string {
  return join(directory, "api.token");
}

/** Undefined if there is no `api.json`, or it can't be read. */
export async function readApiLocation(directory: string): Promise<ApiLocation | undefined> {
  try {
    return shape.safeParse(JSON.parse(await readFile(apiFile(directory), "utf8"))).data;
  } catch {
    // The caller tries the default address; its error message names that address.
    return undefined;
  }
}

/** The URL of the node's API: from --api, else from `api.json`, else the default. */
export async function apiUrl(options: GlobalOptions): Promise<string> {
  if (options.api !== undefined) {
    const { host, port } = parseHostPort(options.api);
    return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
  }
  return (await readApiLocation(dataDirectory(options)))?.url ?? `http://${DEFAULT_API}`;
}
