import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { MINER, PUBLISHER, VALIDATOR } from "../support/samples.js";

interface Task {
  readonly status: number;
  readonly submissions: readonly { readonly n: number; readonly reached: boolean }[];
  readonly excluded_authors: readonly string[];
}

/**
 * The expected result of each case by the rules of docs/protocol.md, written by hand: status, counted validations of
 * each counted submission, excluded authors.
 */
const EXPECTED: { readonly [name: string]: readonly (readonly [number, readonly number[], readonly string[]])[] } = {
  "an open task with one counted submission": [[1, [2], []]],
  "the same records after the validation window": [[4, [2], []]],
  "an announcement in an equivocated slot": [
    [7, [], [PUBLISHER.key]],
    [7, [], [PUBLISHER.key]],
  ],
  "contradicting validations of a submission that is not held": [[0, [], []]],
  "a submission with a wrong t0 and contradicting validations of it": [[0, [], []]],
  "a submission in an equivocated slot and contradicting validations of it": [[0, [], [MINER.key, VALIDATOR.key]]],
  "a submission whose author has an equivocated slot with a wrong t0 in the task": [[0, [], [MINER.key]]],
  "two validations of one meaning in one slot": [[1, [0], [VALIDATOR.key]]],
};

test("the vectors of meaning.json agree with the rules of section 11", () => {
  const text = readFileSync(new URL("../../docs/vectors/meaning.json", import.meta.url), "utf8");
  const { cases }: { cases: readonly { name: string; tasks: readonly Task[] }[] } = JSON.parse(text);
  const found = cases.map(({ name, tasks }) => [
    name,
    tasks.map((task) => [task.status, task.submissions.map(({ n }) => n), task.excluded_authors]),
  ]);
  const expected = Object.entries(EXPECTED).map(([name, tasks]) => [
    name,
    tasks.map(([status, counts, authors]) => [status, counts, [...authors].sort()]),
  ]);
  expect(found).toEqual(expected);
});
