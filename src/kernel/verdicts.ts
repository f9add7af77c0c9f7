import { SUMS_BYTES } from "./consensus-layout.js";
import { badParameters } from "./limits.js";
import type { Kernel } from "./types.js";

/** A submission in the engine's form. Weights are below 2^16; those of the network are 1..10,000. */
export interface WeighedScores {
  readonly requiredReviewers: number;
  readonly validations: readonly { readonly score: number; readonly weight: number }[];
}

/**
 * ScoreSums as numbers. They are exact: an input that reaches 2^53 needs more weights of this size than the largest
 * input holds.
 */
export interface ExactVerdict {
  readonly n: number;
  readonly sum: number;
  readonly sumOfSquares: number;
  readonly weightSum: number;
  readonly weightedSum: number;
  readonly reached: boolean;
}

interface VerdictLimits {
  readonly varianceLimit: number;
  readonly minValidators: number;
}

const HEAD_BYTES = 12;
/** n and required. */
const LIST_HEAD_BYTES = 8;
const WEIGHT_BYTES = 8;
const WEIGHT_MAX = 2 ** 16 - 1;

/**
 * {@link Kernel.consensus} over the engine's lists, without an array or bigint for each: several times as fast as
 * `packScores` and `readSums`, which take any u64. Throws `bad_parameters` for a larger weight or a score over 100.
 */
export function verdictsOf(
  kernel: Pick<Kernel, "consensus">,
  submissions: readonly WeighedScores[],
  limits: VerdictLimits,
): ExactVerdict[] {
  return read(kernel.consensus(pack(submissions, limits)));
}

function pack(submissions: readonly WeighedScores[], { varianceLimit, minValidators }: VerdictLimits): Uint8Array {
  let length = HEAD_BYTES;
  for (const { validations } of submissions) length += LIST_HEAD_BYTES + (1 + WEIGHT_BYTES) * validations.length;
  const packed = new Uint8Array(length);
  const view = new DataView(packed.buffer);
  view.setUint32(0, varianceLimit);
  view.setUint32(4, minValidators);
  view.setUint32(8, submissions.length);
  let at = HEAD_BYTES;
  for (const { requiredReviewers, validations } of submissions) {
    view.setUint32(at, validations.length);
    view.setUint32(at + 4, requiredReviewers);
    at += LIST_HEAD_BYTES;
    let weightAt = at + validations.length;
    for (const { score, weight } of validations) {
      if (weight > WEIGHT_MAX) throw badParameters("a weight is over 65,535");
      packed[at++] = score;
      view.setUint32(weightAt + 4, weight);
      weightAt += WEIGHT_BYTES;
    }
    at = weightAt;
  }
  return packed;
}

function read(output: Uint8Array): ExactVerdict[] {
  const view = new DataView(output.buffer, output.byteOffset, output.byteLength);
  const verdicts: ExactVerdict[] = [];
  for (let at = 0; at + SUMS_BYTES <= output.length; at += SUMS_BYTES) {
    verdicts.push({
      n: view.getUint32(at),
      sum: readNumber(view, at + 8),
      sumOfSquares: readNumber(view, at + 16),
      // The lower halves of the u128 sums.
      weightSum: readNumber(view, at + 32),
      weightedSum: readNumber(view, at + 48),
      reached: view.getUint32(at + 4) === 1,
    });
  }
  return verdicts;
}

function readNumber(view: DataView, at: number): number {
  return view.getUint32(at) * 2 ** 32 + view.getUint32(at + 4);
}
