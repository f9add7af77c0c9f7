import { toHex } from "../../protocol/bytes.js";
import type { ChainHead, FactsSource } from "../types.js";

/**
 * The head before the first event of the chain: the last block that the facts source remembers, or an unknown one. Of a
 * remembered block only `topoheight` and `hash` are known. Unknown fields are 0.
 */
export function rememberedHead(genesis: Uint8Array, facts: Pick<FactsSource, "startFrom">): ChainHead {
  const remembered = facts.startFrom();
  const none = { height: 0, stableHeight: 0, timestampSeconds: 0 };
  if (remembered?.hash === undefined) return { ...none, topoheight: 0, hash: toHex(genesis), place: "unknown" };
  return { ...none, topoheight: remembered.topoheight, hash: remembered.hash, place: "remembered" };
}
