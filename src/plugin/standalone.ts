import { checkOptions } from "./option-shapes.js";
import type { ApiAddress } from "./running-node.js";
import { type ServedNode, serveNode } from "./served-node.js";
import { openParts, type StandaloneOptions } from "./standalone-parts.js";

export interface ServedOptions extends StandaloneOptions {
  /** Where the API listens; default 127.0.0.1:8135. */
  readonly api?: ApiAddress;
}

/** A running node without a chain, with its API: the embedded default. */
export type StandaloneNode = ServedNode;

/** Starts a standalone node. Closes all opened parts on a failure. Throws NetworkErrors. */
export async function startStandalone(options: ServedOptions): Promise<StandaloneNode> {
  checkOptions("startStandalone", options);
  const { metricsRegistry, ...parts } = options;
  return serveNode(() => openParts(parts), options.api, metricsRegistry);
}
