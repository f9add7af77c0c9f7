import { readFile } from "node:fs/promises";
import { z } from "zod";
import { NETWORKS, type NetworkName } from "../../protocol/rules.js";
import { apiFile, DEFAULT_API, dataDirectory, type GlobalOptions, parseHostPort } from "../arguments/index.js";

/** The content of `api.json`, which a running node writes into its directory for the other commands. */
const shape = z.strictObject({ url: z.url(), pid: z.int().positive() });
export type ApiLocation = z.infer<typeof shape>;

/** Undefined if there is no `api.json`, or it can't be read. */
export async function readApiLocation(directory: string): Promise<ApiLocation | undefined> {
  try {
    return shape.safeParse(JSON.parse(await readFile(apiFile(directory), "utf8"))).data;
  } catch {
    // The caller tries the default address; its error message names that address.
    return undefined;
  }
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

/** The URL of the node's API: from --api, else from `api.json`, else the default. */
export async function apiUrl(options: GlobalOptions): Promise<string> {
  if (options.api !== undefined) {
    const { host, port } = parseHostPort(options.api);
    return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
  }
  return (await readApiLocation(dataDirectory(options)))?.url ?? `http://${DEFAULT_API}`;
}
