import { NetworkError } from "../../protocol/errors.js";
import type { BlockSource, ChainTip } from "../types.js";

/** Blocks `from` to `first` - 1 are not available. */
export interface Gap {
  readonly from: number;
  readonly first: number;
}

export const NO_GAP: Gap = { from: 0, first: 0 };

/** `chain_answer`: no block below the top is available. */
export function nothingThere(): NetworkError {
  return new NetworkError("chain_answer", "the source has no blocks below the top");
}

/**
 * Searches the missing blocks if a source refuses the blocks `from` to `to` without reporting them as pruned. A binary
 * search with one block per request: at most 22 plus log2 of the chain's length. Assumes one contiguous gap. Undefined:
 * no block of the range is missing; the chain was shorter for a moment. Throws `chain_answer` if all blocks up to the
 * top are missing, or a block that is not stable: a source does not prune these, so that a later round finds the block
 * or another in its place.
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
    throw new NetworkError("chain_answer", `block ${missing}, which is not stable yet, is not available`);
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
