import { concatBytes, readU32, u8, u16, u32 } from "../protocol/bytes.js";

/** Scores and weights of one submission; equal lengths. Scores 0..100, weights 0..65535. */
export interface ScoreList {
  /** Reviewers that the task asks for; the rule's minimum still holds. */
  readonly required: number;
  readonly scores: readonly number[];
  readonly weights: readonly number[];
}

/** Exact sums over one list. `sum*` are bigint because weights and counts may pass 2^53 in product. */
export interface ScoreSums {
  readonly n: number;
  /** n >= max(minValidators, required) and n*Q - S*S < varianceLimit * n*n. */
  readonly reached: boolean;
  readonly sum: bigint;
  readonly sumOfSquares: bigint;
  readonly weightSum: bigint;
  readonly weightedSum: bigint;
}

/** Bytes of one result: n u32, reached u32, S, Q, sum w, sum w*x (u64 each). */
export const SUMS_BYTES = 40;

/** varianceLimit u32, minValidators u32, count u32; per list: n u32, required u32, n scores u8, n weights u16. */
export function packScores(
  lists: readonly ScoreList[],
  limits: { readonly varianceLimit: number; readonly minValidators: number },
): Uint8Array {
  const parts = [u32(limits.varianceLimit), u32(limits.minValidators), u32(lists.length)];
  for (const list of lists) {
    parts.push(u32(list.scores.length), u32(list.required), ...list.scores.map(u8), ...list.weights.map(u16));
  }
  return concatBytes(parts);
}

/** The results of `consensus`, in order. */
export function readSums(output: Uint8Array): ScoreSums[] {
  const view = new DataView(output.buffer, output.byteOffset, output.byteLength);
  const rows: ScoreSums[] = [];
  for (let at = 0; at + SUMS_BYTES <= output.length; at += SUMS_BYTES) {
    rows.push({
      n: readU32(output, at),
      reached: readU32(output, at + 4) === 1,
      sum: view.getBigUint64(at + 8),
      sumOfSquares: view.getBigUint64(at + 16),
      weightSum: view.getBigUint64(at + 24),
      weightedSum: view.getBigUint64(at + 32),
    });
  }
  return rows;
}
