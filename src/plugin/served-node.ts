import { join } from "node:path";
import { ApiMetrics, type ApiServer, createApiServer } from "../api/index.js";
import { Undo } from "../lifecycle/index.js";
import { AINetworkSyncManager, VERSION } from "../manager/index.js";
import type { OpenedNode } from "./opening.js";

export const DEFAULT_API_HOST = "127.0.0.1";
/** Not the daemon's 8080, so that both run on one machine without a flag. */
export const DEFAULT_API_PORT = 8135;

/** Where an API listens; default 127.0.0.1:8135. */
export interface ApiAddress {
  readonly host: string;
  readonly port: number;
}

/** A running node with its API. */
export interface ServedNode {
  readonly manager: AINetworkSyncManager;
  /** Its data directory. */
  readonly data: string;
  readonly apiUrl: string;
  readonly tokenFile: string;
  /** A few lines for a person: who it is, which kernel runs and why, where everything is. */
  readonly lines: readonly string[];
  stop(): Promise<void>;
}

function startLines(parts: OpenedNode, manager: AINetworkSyncManager, api: ApiServer, tokenFile: string): string[] {
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
    `api      ${api.url}`,
    `token    ${tokenFile}`,
  ];
}

/** Starts the manager and the API of a node; what was opened is closed again if a part fails. Errors are NetworkErrors. */
export async function serveNode(
  open: (metrics: ApiMetrics) => Promise<OpenedNode>,
  listen: ApiAddress = { host: DEFAULT_API_HOST, port: DEFAULT_API_PORT },
): Promise<ServedNode> {
  const opened = new Undo();
  try {
    const metrics = new ApiMetrics();
    const parts = await open(metrics);
    opened.push(() => parts.close());
    const manager = new AINetworkSyncManager({
      ...parts.options,
      count: (counter, label, value) => metrics.count(counter, label, value),
    });
    await manager.start();
    opened.push(() => manager.stop());
    const tokenFile = join(parts.data.path, "api.token");
    const log = parts.options.log ?? (() => undefined);
    const { control, faults } = manager;
    const api = await createApiServer({ control, listen, tokenFile, metrics, log, faults });
    opened.push(() => api.stop());
    return {
      manager,
      data: parts.data.path,
      apiUrl: api.url,
      tokenFile,
      lines: startLines(parts, manager, api, tokenFile),
      stop: () => opened.run(),
    };
  } catch (error) {
    return opened.fail(error);
  }
}
