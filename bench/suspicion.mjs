// How often the statistics of suspicion accuse honest traffic, and how often they see planted fraud:
// `npm run bench:suspicion`, with `-s` and `-- --json` one JSON object. Seeded: each run has the same figures.
import { habitIndicators, likenessIndicator } from "../dist/manager/suspicion/indicators.js";
import { shinglesOf, similarity, sketchOf } from "../dist/manager/suspicion/sketch.js";
import { ValidatorHabits } from "../dist/manager/suspicion/validator-habits.js";
import { report } from "./report.mjs";
import { altered, bytesOf, honestDelay, honestScore, seeded, textOf, vocabulary } from "./suspicion/honest-traffic.mjs";

const TASKS = 400;
const ANSWERS = 10;
const NETWORKS = 100;
const VALIDATORS = 20;
const SUBMISSIONS = 60;
/** Of the submissions each validator judges this part. */
const JUDGED = 0.8;
/** Most honest pairs or validators that may be accused. */
const FALSE_MAX = 0.01;
const SEEN_MIN = 0.95;

const isAlike = (a, b) =>
  likenessIndicator({ submissionId: "s", similarity: similarity(a, b), isEarlier: true }) !== undefined;

/** Pairs of honest answers that quote their task, and copies with replaced words. */
function answers() {
  const uniform = seeded(11);
  const word = vocabulary(uniform);
  const counts = { pairs: 0, accused: 0, copies: { 0.02: 0, 0.05: 0, 0.2: 0 } };
  for (let task = 0; task < TASKS; task++) {
    const text = textOf(word, 80);
    const quoted = shinglesOf(bytesOf(text));
    const given = Array.from({ length: ANSWERS }, () => `${text} ${textOf(word, 60 + Math.floor(uniform() * 300))}`);
    const sketches = given.map((one) => sketchOf(bytesOf(one), quoted));
    for (const [i, a] of sketches.entries()) {
      for (const b of sketches.slice(i + 1)) {
        counts.pairs++;
        if (isAlike(a, b)) counts.accused++;
      }
    }
    for (const part of Object.keys(counts.copies)) {
      const copy = sketchOf(bytesOf(altered(given[0], Number(part), uniform, word)), quoted);
      if (isAlike(sketches[0], copy)) counts.copies[part]++;
    }
  }
  return counts;
}

/** Which indicators honest validators get, and planted ones. `meanSeconds`: how long an honest validator takes. */
function validators(meanSeconds) {
  const uniform = seeded(23);
  const planted = { follower: "CollusionSuspected", constant: "BehavioralAnomaly", apart: "StatisticalAnomaly" };
  const accused = { CollusionSuspected: 0, BehavioralAnomaly: 0, StatisticalAnomaly: 0 };
  const seen = { follower: 0, constant: 0, apart: 0 };
  for (let network = 0; network < NETWORKS; network++) {
    const habits = new ValidatorHabits();
    for (let at = 0; at < SUBMISSIONS; at++) {
      const submissionId = `s${at}`;
      const quality = 40 + 55 * uniform();
      const note = (validator, score, timestampSeconds) =>
        habits.note({ submissionId, validator, score, timestampSeconds });
      for (let i = 0; i < VALIDATORS; i++) {
        if (uniform() > JUDGED) continue;
        const [score, delay] = [honestScore(uniform, quality), honestDelay(uniform, meanSeconds)];
        note(`v${i}`, score, delay);
        if (i === 0) note("follower", score, delay + 1 + Math.floor(uniform() * 10));
      }
      note("constant", 90, honestDelay(uniform, meanSeconds));
      note("apart", quality > 60 ? 5 : 99, honestDelay(uniform, meanSeconds));
    }
    const typesOf = (validator) => habitIndicators(validator, habits.habitsOf(validator)).map(({ type }) => type);
    // The leader is not counted: it is followed within the same second where clocks are equal.
    for (let i = 0; i < VALIDATORS; i++) for (const type of typesOf(`v${i}`)) accused[type]++;
    for (const [name, type] of Object.entries(planted)) if (typesOf(name).includes(type)) seen[name]++;
  }
  return { accused, seen };
}

/** Honest graders of right (100) and wrong (0) answers, of which few are wrong: how many are accused of what. */
function graders(meanSeconds) {
  const uniform = seeded(31);
  let accused = 0;
  for (let network = 0; network < NETWORKS; network++) {
    const habits = new ValidatorHabits();
    for (let at = 0; at < SUBMISSIONS; at++) {
      const right = uniform() < 0.95;
      for (let i = 0; i < VALIDATORS; i++) {
        // A grader errs once in a hundred times.
        const score = uniform() < 0.01 === right ? 0 : 100;
        const timestampSeconds = honestDelay(uniform, meanSeconds);
        habits.note({ submissionId: `s${at}`, validator: `v${i}`, score, timestampSeconds });
      }
    }
    for (let i = 0; i < VALIDATORS; i++) {
      if (habitIndicators(`v${i}`, habits.habitsOf(`v${i}`)).length > 0) accused++;
    }
  }
  return accused;
}

function falseRow(name, accused, of) {
  const value = accused / of;
  return {
    name: `${name}: honest accused, of ${of}`,
    value,
    unit: "",
    rival: null,
    bar: `<= ${FALSE_MAX}`,
    ok: value <= FALSE_MAX,
  };
}

function seenRow(name, seen, of, bar = SEEN_MIN) {
  const value = seen / of;
  const ok = bar === null || value >= bar;
  return {
    name: `${name}: planted seen, of ${of}`,
    value,
    unit: "",
    rival: null,
    bar: bar === null ? null : `>= ${bar}`,
    ok,
  };
}

const likeness = answers();
const [slow, fast] = [validators(1800), validators(5)];
const honest = NETWORKS * VALIDATORS;
report([
  falseRow("near copies, pairs of answers", likeness.accused, likeness.pairs),
  seenRow("copies with 2 % of the words replaced", likeness.copies["0.02"], TASKS),
  seenRow("copies with 5 % of the words replaced", likeness.copies["0.05"], TASKS, null),
  seenRow("copies with 20 % of the words replaced", likeness.copies["0.2"], TASKS, null),
  falseRow("followers, people (30 minutes in the mean)", slow.accused.CollusionSuspected, honest),
  falseRow("followers, machines (5 seconds in the mean)", fast.accused.CollusionSuspected, honest),
  seenRow("a follower within 10 seconds", slow.seen.follower, NETWORKS),
  falseRow("always the same score", slow.accused.BehavioralAnomaly, honest),
  seenRow("always 90", slow.seen.constant, NETWORKS),
  falseRow("people who grade right and wrong, any habit", graders(1800), honest),
  falseRow("machines that grade right and wrong, any habit", graders(5), honest),
  falseRow("outliers", slow.accused.StatisticalAnomaly, honest),
  seenRow("always far from the others", slow.seen.apart, NETWORKS),
]);
