// Random verdicts by the integers of the engine, by rationals of BigInt, and by doubles in two orders of arrival.
// Prints one JSON object: `node bench/consensus/exact.mjs CASES SEED`.
import { addScore, confidenceBasisPoints, NO_SUMS, verdictOf } from "../../dist/engine/fold/verdict.js";
import { DEFAULT_RULES } from "../../dist/protocol/rules.js";
import { deviation, weightedMean } from "./specification.mjs";

const [cases, seed] = process.argv.slice(2).map(Number);
const MOST_VALIDATORS = 12;
const WEIGHT_MAX = 10_000;
/** A node may weigh by a reputation of 0 to 1: this is where doubles round. */
const REPUTATION_STEPS = 10_000;

let state = seed;
/** 0 to `end` - 1: mulberry32. */
function below(end) {
  state = (state + 0x6d2b79f5) | 0;
  let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) % end;
}

/** Scores near the limit of the deviation, where decisions differ, in half of the cases. */
function drawn() {
  const centre = below(101);
  const spread = below(2) === 0 ? 101 : 14 + below(4);
  const pick = () =>
    Math.min(100, Math.max(0, spread > 100 ? below(101) : centre + (below(2) === 0 ? spread : -spread)));
  return Array.from({ length: 2 + below(MOST_VALIDATORS - 1) }, () => ({
    score: pick(),
    weight: 1 + below(WEIGHT_MAX),
  }));
}

/** Floor of the square root, by bits. */
function root(square) {
  let found = 0n;
  for (let bit = 1n << 40n; bit > 0n; bit >>= 1n) if ((found + bit) * (found + bit) <= square) found += bit;
  return found;
}

/** The rules of protocol.md from the scores themselves, without sums: the squares of n*x - S. */
function reference(validations) {
  const n = BigInt(validations.length);
  const sum = validations.reduce((total, { score }) => total + BigInt(score), 0n);
  const squares = validations.reduce((total, { score }) => total + (n * BigInt(score) - sum) ** 2n, 0n);
  const reached = n >= 2n && squares < 225n * n * n * n;
  const weightSum = validations.reduce((total, { weight }) => total + BigInt(weight), 0n);
  const weightedSum = validations.reduce((total, { score, weight }) => total + BigInt(weight * score), 0n);
  const spread = root((14_400n * squares) / n) / n;
  const confidence = 400n * (n < 10n ? n : 10n) + (spread < 6000n ? 6000n - spread : 0n);
  return { reached, weightSum, weightedSum, confidence };
}

function agrees(validations) {
  const sums = validations.reduce((held, { score, weight }) => addScore(held, score, weight), NO_SUMS);
  const verdict = verdictOf(sums, 2, DEFAULT_RULES);
  const other = reference(validations);
  return (
    verdict.reached === other.reached &&
    BigInt(verdict.weightSum) === other.weightSum &&
    BigInt(verdict.weightedSum) === other.weightedSum &&
    BigInt(confidenceBasisPoints(sums)) === other.confidence
  );
}

const counts = { mismatches: 0, meansDiffer: 0, deviationsDiffer: 0, decisionsDiffer: 0 };
for (let i = 0; i < cases; i++) {
  const validations = drawn();
  if (!agrees(validations)) counts.mismatches++;
  const weighed = validations.map(({ score }) => ({ score, weight: (1 + below(REPUTATION_STEPS)) / REPUTATION_STEPS }));
  const reversed = weighed.toReversed();
  if (weightedMean(weighed) !== weightedMean(reversed)) counts.meansDiffer++;
  const [one, other] = [weighed, reversed].map((list) => deviation(list.map(({ score }) => score)));
  if (one !== other) counts.deviationsDiffer++;
  if (one < 15 !== other < 15) counts.decisionsDiffer++;
}
console.log(JSON.stringify({ cases, seed, ...counts }));
