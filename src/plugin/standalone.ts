import type { ApiAddress } from "./running-node.js";
import { type ServedNode, serveNode } from "./served-node.js";
import { openStandalone, type StandaloneOptions } from "./standalone-parts.js";

export interface ServedOptions extends StandaloneOptions {
  /** Where the API listens; default 127.0.0.1:8135. */
  readonly api?: ApiAddress;
}

/** A running node of nobody's chain with its API: the embedded default. */
export type StandaloneNode = ServedNode;

/** Starts a standalone node; what was opened is closed again if a later part fails. Errors are NetworkErrors. */
export function startStandalone(options: ServedOptions): Promise<StandaloneNode> {
  return serveNode(() => openStandalone(options), options.api);
}
