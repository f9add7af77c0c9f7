import { join } from "node:path";
import { ApiMetrics, type ApiServer, createApiServer } from "../api/index.js";
import { VERSION } from "../manager/options.js";
import { Undo } from "../manager/undo.js";
import { AINetworkSyncManager } from "../manager.js";
import { openStandalone, type StandaloneOptions, type StandaloneParts } from "./standalone-parts.js";

export const DEFAULT_API_HOST = "127.0.0.1";
/** Not the daemon's 8080, so that both run on one machine without a flag. */
export const DEFAULT_API_PORT = 8135;

export interface ServedOptions extends StandaloneOptions {
  /** Where the API listens; default 127.0.0.1:8135. */
  readonly api?: { readonly host: string; readonly port: number };
}

/** A running node of nobody's chain with its API: the embedded default. */
export interface StandaloneNode {
  readonly manager: AINetworkSyncManager;
  /** Its data directory. */
  readonly data: string;
  readonly apiUrl: string;
  readonly tokenFile: string;
  /** A few lines for a person: who it is, which kernel runs and why, where everything is. */
  readonly lines: readonly string[];
  stop(): Promise<void>;
}

function startLines(
  parts: StandaloneParts,
  manager: AINetworkSyncManager,
  api: ApiServer,
  tokenFile: string,
): string[] {
  const info = manager.control.info();
  const name = info.networkName === undefined ? info.network : `${info.network} "${info.networkName}"`;
  const { fallbackCause } = parts.data;
  return [
    `tos-ai-sync ${VERSION} on ${name}`,
    `node     ${info.nodeAddress}`,
    `key      ${info.nodeKey}`,
    `kernel   ${info.kernel.backend}${info.kernel.reason === undefined ? "" : ` (${info.kernel.reason})`}`,
    `data     ${parts.data.path} (${info.storageEngine}${fallbackCause === undefined ? "" : `: ${fallbackCause}`})`,
    ...info.multiaddrs.map((address) => `p2p      ${address}`),
    `api      ${api.url}`,
    `token    ${tokenFile}`,
  ];
}

/** Starts a standalone node; what was opened is closed again if a later part fails. Errors are NetworkErrors. */
export async function startStandalone(options: ServedOptions): Promise<StandaloneNode> {
  const opened = new Undo();
  try {
    const metrics = new ApiMetrics();
    const parts = await openStandalone(options);
    opened.push(() => parts.close());
    const manager = new AINetworkSyncManager({
      ...parts.options,
      count: (counter, label, value) => metrics.count(counter, label, value),
    });
    await manager.start();
    opened.push(() => manager.stop());
    const tokenFile = join(parts.data.path, "api.token");
    const api = await createApiServer({
      control: manager.control,
      listen: options.api ?? { host: DEFAULT_API_HOST, port: DEFAULT_API_PORT },
      tokenFile,
      metrics,
      log: options.log ?? (() => undefined),
    });
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
