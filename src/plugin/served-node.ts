import type { Registry } from "prom-client";
import type { ApiMetrics } from "../api/index.js";
import { type AINetworkSyncManager, VERSION } from "../manager/index.js";
import type { OpenedNode } from "./opening.js";
import { type ApiAddress, RunningNode } from "./running-node.js";

export const DEFAULT_API_HOST = "127.0.0.1";
/** Differs from the daemon's 8080, so that both run on one machine without a flag. */
export const DEFAULT_API_PORT = 8135;

/** A running node with its API. */
export interface ServedNode {
  readonly manager: AINetworkSyncManager;
  /** Path of the data directory. */
  readonly data: string;
  readonly apiUrl: string;
  readonly tokenFile: string;
  /** A link that opens the page in a browser, once; undefined beyond loopback, where no page is served. */
  loginLink(): string | undefined;
  /** Lines for a person: version, keys, kernel backend and reason, paths, addresses. */
  readonly lines: readonly string[];
  stop(): Promise<void>;
}

function startLines(parts: OpenedNode, manager: AINetworkSyncManager, apiUrl: string, tokenFile: string): string[] {
  const info = manager.control.info();
  const { chain } = parts.options;
  const name = info.networkName === undefined ? info.network : `${info.network} "${info.networkName}"`;
  const { fallbackCause } = parts.data;
  const trouble = chain.trouble();
  const place = trouble === undefined ? `at ${info.chain.topoheight}` : `${trouble.reason}: ${trouble.detail}`;
  return [
    `tos-ai-sync ${VERSION} on ${name}`,
    `node     ${info.nodeAddress}`,
    `key      ${info.nodeKey}`,
    `kernel   ${info.kernel.backend}${info.kernel.reason === undefined ? "" : ` (${info.kernel.reason})`}`,
    `data     ${parts.data.path} (${info.storageEngine}${fallbackCause === undefined ? "" : `: ${fallbackCause}`})`,
    ...(chain.mode === "standalone" ? [] : [`chain    ${info.genesis.slice(0, 16)}, ${place}`]),
    `registry ${info.registry.kind}`,
    ...info.multiaddrs.map((address) => `p2p      ${address}`),
    `api      ${apiUrl}`,
    `token    ${tokenFile}`,
  ];
}

/** Opens a node, starts its manager and its API server. Closes all opened parts on a failure. Throws NetworkErrors. */
export async function serveNode(
  open: (metrics: ApiMetrics) => Promise<OpenedNode>,
  listen: ApiAddress = { host: DEFAULT_API_HOST, port: DEFAULT_API_PORT },
  registry?: Registry,
): Promise<ServedNode> {
  const node = new RunningNode(registry);
  try {
    const parts = node.own(await open(node.metrics));
    const manager = await node.startManager(parts);
    const { api, tokenFile } = await node.startApi(parts, manager, listen);
    return {
      manager,
      data: parts.data.path,
      apiUrl: api.url,
      tokenFile,
      lines: startLines(parts, manager, api.url, tokenFile),
      loginLink: () => api.loginLink()?.url,
      stop: () => node.stop(),
    };
  } catch (error) {
    return node.fail(error);
  }
}
