import { readU32 } from "../protocol/bytes.js";
import { badParameters } from "./limits.js";

/**
 * Scores and weights of one submission; equal lengths. Scores are 0..100. Weights are any u64, as numbers only up to
 * 2^53 - 1. The caller enforces the narrower range of the rules.
 */
export interface ScoreList {
  /** Reviewers that the task requires; the rule's minimum also applies. */
  readonly required: number;
  readonly scores: readonly number[];
  readonly weights: readonly (bigint | number)[];
}

/** Exact sums over one list: `sum` and `sumOfSquares` are u64, `weightSum` (sum w) and `weightedSum` (sum w*x) u128. */
export interface ScoreSums {
  readonly n: number;
  /** n >= max(minValidators, required) and n*Q - S*S < varianceLimit * n*n. */
  readonly reached: boolean;
  readonly sum: bigint;
  readonly sumOfSquares: bigint;
  readonly weightSum: bigint;
  readonly weightedSum: bigint;
}

/** Bytes of one result: n u32, reached u32, S u64, Q u64, sum w u128, sum w*x u128. */
export const SUMS_BYTES = 56;

const HEAD_BYTES = 12;
/** n and required. */
const LIST_HEAD_BYTES = 8;
const WEIGHT_BYTES = 8;

const U64_MAX = 2n ** 64n - 1n;

/**
 * varianceLimit u32, minValidators u32, count u32; per list: n u32, required u32, n scores u8, n weights u64;
 * big-endian. Throws `bad_parameters` for a score that is not a byte, or a weight that is not a u64 or, as a number,
 * not a safe integer.
 */
export function packScores(
  lists: readonly ScoreList[],
  limits: { readonly varianceLimit: number; readonly minValidators: number },
): Uint8Array {
  let length = HEAD_BYTES;
  for (const { scores, weights } of lists) length += LIST_HEAD_BYTES + scores.length + WEIGHT_BYTES * weights.length;
  const packed = new Uint8Array(length);
  const view = new DataView(packed.buffer);
  view.setUint32(0, limits.varianceLimit);
  view.setUint32(4, limits.minValidators);
  view.setUint32(8, lists.length);
  let at = HEAD_BYTES;
  for (const { required, scores, weights } of lists) {
    view.setUint32(at, scores.length);
    view.setUint32(at + 4, required);
    at += LIST_HEAD_BYTES;
    for (const score of scores) {
      if ((score & 255) !== score) throw badParameters("a score is not a byte");
      packed[at++] = score;
    }
    for (const weight of weights) {
      writeWeight(view, at, weight);
      at += WEIGHT_BYTES;
    }
  }
  return packed;
}

function writeWeight(view: DataView, at: number, weight: bigint | number): void {
  if (typeof weight === "number") {
    if (!Number.isSafeInteger(weight) || weight < 0) throw badParameters("a weight is not a safe integer");
    view.setUint32(at, Math.floor(weight / 2 ** 32));
    view.setUint32(at + 4, weight % 2 ** 32);
    return;
  }
  if (weight < 0n || weight > U64_MAX) throw badParameters("a weight is not a u64");
  view.setBigUint64(at, weight);
}

function readU128(view: DataView, at: number): bigint {
  return (view.getBigUint64(at) << 64n) | view.getBigUint64(at + 8);
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
      weightSum: readU128(view, at + 24),
      weightedSum: readU128(view, at + 40),
    });
  }
  return rows;
}
