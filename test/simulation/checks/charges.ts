import type { ReasonCode } from "../../../src/protocol/errors.js";
import { platform } from "../platform/ambient.js";

/**
 * Called in each bundle where a node charges a peer, with the peer id: the counter of the product does not say whom
 * it charges. `bundle.mjs` patches the calls in.
 */
export function charged(peer: string, code: ReasonCode): void {
  const { schedule, charged: report } = platform();
  if (schedule.life !== undefined) report?.(schedule.life.name, peer, code);
}
