// How many honest validators make one low score harmless: `npm run bench:veto`, with `-s` and `-- --json` one JSON
// object. The rule of the node (`isReached`) over scores of honest validators: equal ones, and ones that scatter around
// 90 with a standard deviation of 5 or 8, rounded and cut to 0..100. Seeded, so each run has the same figures.
import { addScore, isReached, NO_SUMS } from "../dist/engine/fold/verdict.js";
import { DEFAULT_RULES } from "../dist/protocol/rules.js";
import { report } from "./report.mjs";
import { seededScores } from "./veto/seeded-scores.mjs";

/** A roster has at most 256 members. */
const VALIDATORS_MAX = 256;
const RUNS = 2000;
/** The share of runs that must be reached. */
const NEARLY_ALL = 0.99;

function sumsOf(scores) {
  return scores.reduce((sums, score) => addScore(sums, score, 1), NO_SUMS);
}

/** The least number of honest validators from which on every larger roster is reached; undefined above 256. */
function needed(isEnough) {
  let least;
  for (let honest = VALIDATORS_MAX; honest >= 1 && isEnough(honest); honest--) least = honest;
  return least;
}

function equalScores(low) {
  return needed((honest) => isReached(sumsOf([...low, ...Array(honest).fill(90)]), 0, DEFAULT_RULES));
}

function scattered(low, deviation) {
  const scores = seededScores(7, 90, deviation);
  return needed((honest) => {
    let reached = 0;
    for (let run = 0; run < RUNS; run++) {
      const given = Array.from({ length: honest }, scores);
      if (isReached(sumsOf([...low, ...given]), 0, DEFAULT_RULES)) reached++;
    }
    return reached >= NEARLY_ALL * RUNS;
  });
}

function row(name, value, expected) {
  const ok = expected === undefined || value === expected;
  const bar = expected === undefined ? null : `= ${expected}`;
  return { name, value: value ?? VALIDATORS_MAX + 1, unit: "honest validators", rival: null, bar, ok };
}

report([
  row("one 0 among equal scores of 90", equalScores([0]), 34),
  row("two 0 among equal scores of 90", equalScores([0, 0]), 68),
  row("three 0 among equal scores of 90", equalScores([0, 0, 0]), 102),
  row("one 30 among equal scores of 90", equalScores([30]), 14),
  row("one 50 among equal scores of 90", equalScores([50]), 5),
  row("one 60 among equal scores of 90", equalScores([60]), 2),
  row("one 0 among scores that scatter by 5, in 99 % of runs", scattered([0], 5)),
  row("one 0 among scores that scatter by 8, in 99 % of runs", scattered([0], 8)),
  row("two 0 among scores that scatter by 5, in 99 % of runs", scattered([0, 0], 5)),
]);
