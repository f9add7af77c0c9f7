import { NetworkError } from "../../protocol/errors.js";
import type { BlockSource, ChainTip } from "../types.js";

/** Blocks `from` to `first` - 1 are not there. */
export interface Gap {
  readonly from: number;
  readonly first: number;
}

export const NO_GAP: Gap = { from: 0, first: 0 };

/** `chain_answer`: no block below the top can be had. */
export function nothingThere(): NetworkError {
  return new NetworkError("chain_answer", "blocks below the top are not to be had");
}

/**
 * Searches what is missing where a source refuses the blocks `from` to `to`, and does not say that they are pruned: by
 * halves, one block a question: at most 22 and the binary logarithm of the chain's length. What is missing is taken
 * to be in one piece. Undefined: nothing of the range is missing; the chain was shorter for a moment. `chain_answer` where
 * all up to the top is missing, or a block that is not stable: a source prunes none of these, so that it has the block later,
 * or another one in its place.
 */
export async function findGap(
  source: BlockSource,
  { from, to }: { readonly from: number; readonly to: number },
  signal: AbortSignal,
): Promise<Gap | undefined> {
  const { topoheight: top, stableTopoheight }: ChainTip = await source.tip(signal);
  let missing = from;
  while (missing <= Math.min(to, top) && (await isThere(source, missing, signal))) missing++;
  if (missing > Math.min(to, top)) return undefined;
  if (missing === top || !(await isThere(source, top, signal))) throw nothingThere();
  if (missing > stableTopoheight) {
    throw new NetworkError("chain_answer", `block ${missing}, which is not stable yet, is not to be had`);
  }
  let below = missing;
  let first = top;
  while (first - below > 1) {
    const middle = below + Math.floor((first - below) / 2);
    if (await isThere(source, middle, signal)) first = middle;
    else below = middle;
  }
  return { from: missing, first };
}

async function isThere(source: BlockSource, topoheight: number, signal: AbortSignal): Promise<boolean> {
  signal.throwIfAborted();
  try {
    const blocks = await source.blocks(topoheight, topoheight, signal);
    return blocks.length === 1;
  } catch (error) {
    if (error instanceof NetworkError && error.code === "not_found") return false;
    throw error;
  }
}
