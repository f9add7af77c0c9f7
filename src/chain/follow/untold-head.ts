import { toHex } from "../../protocol/bytes.js";
import type { ChainHead, FactsSource } from "../types.js";

/**
 * The head of a chain that told nothing since the start: the last place that the facts remember, or none. Only `topoheight`
 * and `hash` of a remembered place are known, and nothing where `place` is "unknown"; the other fields are 0.
 */
export function untoldHead(genesis: Uint8Array, facts: Pick<FactsSource, "startFrom">): ChainHead {
  const remembered = facts.startFrom();
  const none = { height: 0, stableHeight: 0, timestampSeconds: 0 };
  if (remembered?.hash === undefined) return { ...none, topoheight: 0, hash: toHex(genesis), place: "unknown" };
  return { ...none, topoheight: remembered.topoheight, hash: remembered.hash, place: "remembered" };
}
