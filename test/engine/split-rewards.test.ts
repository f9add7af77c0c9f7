import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type JudgedSubmission,
  type RewardDistribution,
  type RewardFacts,
  splitRewards,
} from "../../src/engine/rewards/split-rewards.js";

const POOL = 10_000n;

/** A submission with one validation by each of the validators `v0`, `v1` and so on. */
function submission(name: string, scores: readonly number[], change: Partial<JudgedSubmission> = {}): JudgedSubmission {
  const validations = scores.map((score, i) => ({ validator: `v${i}`, score, weight: 1 }));
  return { submissionId: name, submitter: `by ${name}`, reached: true, validations, ...change };
}

function split(submissions: readonly JudgedSubmission[], change: Partial<RewardFacts> = {}): RewardDistribution {
  const facts = { poolNano: POOL, taskType: 4, difficulty: 1, qualityThreshold: 70, submissions };
  return splitRewards({ ...facts, ...change });
}

function amounts({ entries }: RewardDistribution): Record<string, number> {
  return Object.fromEntries(
    entries.map(({ recipient, role, amountNano }) => [`${recipient} ${role}`, Number(amountNano)]),
  );
}

describe("the split of a reward", () => {
  test("gives 65 % to the winner, 15 % to other submitters, 15 % to validators and 5 % to the network", () => {
    const rewards = split([
      submission("a", [90, 90]),
      submission("b", [50, 52]),
      submission("c", [0, 99], { reached: false }),
    ]);
    expect(amounts(rewards)).toEqual({
      "by a winner": 6500,
      "by b participation": 750,
      "by c participation": 750,
      "v0 validation": 750,
      "v1 validation": 750,
    });
    expect(rewards).toMatchObject({ networkFeeNano: 500n, refundNano: 0n });
  });

  test.each([
    ["a security audit for experts", 1, 3, { winner: 7000, participation: 1000 }],
    ["a code analysis for beginners", 0, 0, { winner: 6000, participation: 2000 }],
    ["a security audit for others", 1, 2, { winner: 6500, participation: 1500 }],
    ["a code analysis for others", 0, 1, { winner: 6500, participation: 1500 }],
  ] as const)("of %s has the shares of the documents", (_name, taskType, difficulty, expected) => {
    const rewards = split([submission("a", [90, 90]), submission("b", [10, 10])], { taskType, difficulty });
    const byRole = (role: string): number =>
      Number(rewards.entries.filter((one) => one.role === role).reduce((sum, { amountNano }) => sum + amountNano, 0n));
    expect({ winner: byRole("winner"), participation: byRole("participation") }).toEqual(expected);
    expect(byRole("validation")).toBe(1500);
  });

  test("of winners is by rank, 1.0, 0.6, 0.4 and 0.2, and equal scores have one rank", () => {
    const scores = [95, 90, 85, 80, 75, 90];
    const rewards = split(
      scores.map((score, i) => submission(`s${i}`, [score])),
      { poolNano: 35_000n },
    );
    const ranks = rewards.entries.flatMap(({ rank, submissionId }) =>
      rank === undefined ? [] : [[submissionId, rank]],
    );
    expect(ranks).toEqual([
      ["s0", 1],
      ["s1", 2],
      ["s2", 4],
      ["s3", 5],
      ["s4", 6],
      ["s5", 2],
    ]);
    expect(amounts(rewards)).toMatchObject({
      "by s0 winner": 10_000,
      "by s1 winner": 6000,
      "by s5 winner": 6000,
      "by s2 winner": 2000,
      "by s3 winner": 2000,
    });
  });

  test("compares scores as fractions, and takes a score that equals the threshold", () => {
    const weighed = (name: string, low: number, weights: readonly [number, number]): JudgedSubmission =>
      submission(name, [], {
        validations: weights.map((weight, i) => ({ validator: `v${i}`, score: i === 0 ? low : 100, weight })),
      });
    const third = weighed("third", 0, [3333, 6667]);
    const more = weighed("more", 0, [3332, 6668]);
    const rewards = split([third, more, submission("even", [70]), submission("below", [69, 70])], {
      qualityThreshold: 66,
    });
    const rankOf = (name: string) => rewards.entries.find((one) => one.submissionId === name)?.rank;
    expect([rankOf("even"), rankOf("below"), rankOf("more"), rankOf("third")]).toEqual([1, 2, 3, 4]);
    expect(split([submission("even", [70]), submission("below", [69, 70])]).entries.map(({ rank }) => rank)).toContain(
      1,
    );
    expect(split([submission("below", [69, 70])]).entries.every(({ role }) => role !== "winner")).toBe(true);
  });

  test("gives the winners' share back if no submission wins, and adds that of participants if all win", () => {
    expect(split([submission("a", [50, 50])])).toMatchObject({ refundNano: 6500n, networkFeeNano: 500n });
    expect(amounts(split([submission("a", [90, 90])]))).toMatchObject({ "by a winner": 8000 });
  });

  test("of validators is by the weight of their validations", () => {
    const validations = [
      { validator: "v0", score: 90, weight: 3 },
      { validator: "v1", score: 90, weight: 1 },
    ];
    const rewards = split([submission("a", [], { validations }), submission("b", [80])]);
    expect(amounts(rewards)).toMatchObject({ "v0 validation": 1200, "v1 validation": 300 });
  });
});

const judged = fc.record({
  submissionId: fc.nat(9999).map((number) => `s${number}`),
  submitter: fc.constantFrom("k1", "k2", "k3"),
  reached: fc.boolean(),
  validations: fc.uniqueArray(
    fc.record({
      validator: fc.constantFrom("k1", "k2", "k3", "k4", "k5"),
      score: fc.integer({ min: 0, max: 100 }),
      weight: fc.integer({ min: 1, max: 10_000 }),
    }),
    { maxLength: 5, selector: ({ validator }) => validator },
  ),
});

const facts: fc.Arbitrary<RewardFacts> = fc.record({
  poolNano: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  taskType: fc.integer({ min: 0, max: 5 }),
  difficulty: fc.integer({ min: 0, max: 3 }),
  qualityThreshold: fc.integer({ min: 0, max: 100 }),
  submissions: fc.uniqueArray(judged, { maxLength: 12, selector: ({ submissionId }) => submissionId }),
});

describe("every split of a reward", () => {
  test("sums to the pool, with no negative part", () => {
    fc.assert(
      fc.property(facts, (given) => {
        const { entries, networkFeeNano, refundNano } = splitRewards(given);
        const parts = [...entries.map(({ amountNano }) => amountNano), networkFeeNano, refundNano];
        expect(parts.every((part) => part >= 0n)).toBe(true);
        expect(parts.reduce((sum, part) => sum + part, 0n)).toBe(given.poolNano);
        if (entries.some(({ role }) => role === "winner")) expect(refundNano).toBe(0n);
      }),
      { numRuns: 2000 },
    );
  });

  test("is the same in any order of submissions and validations", () => {
    const shuffled = facts.chain((given) =>
      fc.tuple(
        fc.constant(given),
        fc.shuffledSubarray([...given.submissions], { minLength: given.submissions.length }),
      ),
    );
    fc.assert(
      fc.property(shuffled, ([given, submissions]) => {
        const reversed = submissions.map((one) => ({ ...one, validations: [...one.validations].reverse() }));
        expect(splitRewards({ ...given, submissions: reversed })).toEqual(splitRewards(given));
      }),
      { numRuns: 1000 },
    );
  });

  test("pays a better score at least as much as a worse one", () => {
    fc.assert(
      fc.property(facts, (given) => {
        const won = splitRewards(given).entries.filter(({ role }) => role === "winner");
        const ranked = won.sort((a, b) => (a.rank ?? 0) - (b.rank ?? 0));
        for (const [i, one] of ranked.entries()) {
          const next = ranked[i + 1];
          // Equal ranks differ by one nanoTOS at most.
          if (next !== undefined) expect(next.amountNano <= one.amountNano + 1n).toBe(true);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
