import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { taskLifeParts } from "../../scripts/task-life-parts.mjs";
import { TASK_LIFE, type TransitionCarrier } from "../../src/engine/fold/task-life.js";
import { type StatusFacts, statusAt } from "../../src/engine/fold/task-status.js";
import { addScore, NO_SUMS, verdictOf } from "../../src/engine/fold/verdict.js";
import { type CertifiedVerdict, TASK_STATUSES, type TaskStatus } from "../../src/engine/fold/views.js";
import { DEFAULT_RULES } from "../../src/protocol/rules.js";
import { projectRoot } from "../support/project.js";

const DEADLINE = 1000;
const END = DEADLINE + DEFAULT_RULES.validationWindowSeconds;
const WALKS = 20_000;
const STEPS = 14;

/** A linear congruential generator: each walk can be repeated by its number. */
function seeded(seed: number): (below: number) => number {
  let state = (seed * 2_654_435_761 + 1) >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** A task as its records come, each in the order of its time. */
class Life {
  now = 0;
  cancelled = false;
  equivocated = false;
  readonly hasRoster: boolean;
  readonly #maxParticipants: number;
  #names = 0;
  #submissions: { id: string; scores: number[] }[] = [];
  #certified: CertifiedVerdict[] = [];

  constructor(below: (n: number) => number) {
    this.hasRoster = below(2) === 1;
    this.#maxParticipants = 1 + below(2);
  }

  get #terms() {
    return { deadlineSeconds: DEADLINE, maxParticipants: this.#maxParticipants, requiredReviewers: 0 };
  }

  status(): TaskStatus {
    const submissions = this.#submissions.map(({ id, scores }) => {
      const sums = scores.reduce((sum, score) => addScore(sum, score, 1), NO_SUMS);
      return { id, verdict: verdictOf(sums, 0, DEFAULT_RULES) };
    });
    const facts: StatusFacts = {
      terms: this.equivocated ? undefined : this.#terms,
      equivocated: this.equivocated,
      cancelled: this.cancelled && this.#submissions.length === 0,
      hasRoster: this.hasRoster,
      submissions: this.equivocated ? [] : submissions,
    };
    return statusAt(facts, this.#certified, this.now, DEFAULT_RULES).status;
  }

  /** One event; undefined if it can't happen now. */
  step(below: (n: number) => number): TransitionCarrier | undefined {
    const one = this.#submissions[below(Math.max(1, this.#submissions.length))];
    switch (below(9)) {
      case 0:
        if (this.now >= END + 1) return undefined;
        this.now = this.now <= DEADLINE ? DEADLINE + 1 : END + 1;
        return "time";
      case 1:
      case 2:
        if (this.now > DEADLINE || this.#submissions.length >= this.#maxParticipants) return undefined;
        this.#submissions.push({ id: `s${this.#names++}`, scores: [] });
        return "record";
      case 3:
      case 4:
        if (this.now > END || one === undefined) return undefined;
        one.scores.push([80, 85, 20][below(3)] as number);
        return "record";
      case 5:
        this.cancelled = true;
        return "record";
      case 6:
        return this.#certify(one, below);
      case 7:
        // An author of a submission or of a validation turns out to be an equivocator.
        if (one === undefined || this.#isCertified(one.id)) return undefined;
        if (below(2) === 0) this.#submissions = this.#submissions.filter((other) => other !== one);
        else one.scores.splice(below(one.scores.length), 1 + below(2));
        return "evidence";
      default:
        return this.#prove(below);
    }
  }

  #isCertified(id: string): boolean {
    return this.#certified.some(({ submissionId }) => submissionId === id);
  }

  #certify(one: { id: string; scores: readonly number[] } | undefined, below: (n: number) => number) {
    if (one === undefined || !this.hasRoster || this.#isCertified(one.id)) return undefined;
    const sums = one.scores.reduce((sum, score) => addScore(sum, score, 1), NO_SUMS);
    const { reached } = verdictOf(sums, 0, DEFAULT_RULES);
    // Before the window is over, members vote on a reached verdict only.
    if (this.equivocated || (!reached && this.now <= END)) return undefined;
    const { n, sum, sumOfSquares } = sums;
    const name = `c${below(1_000_000)}`;
    this.#certified.push({ id: name, submissionId: one.id, value: name, n, sum, sumOfSquares, reached });
    return "certificate" as const;
  }

  /** The announcement is equivocated, or a certificate is contested. */
  #prove(below: (n: number) => number): TransitionCarrier | undefined {
    if (below(2) === 0 && this.#certified.length === 0) this.equivocated = true;
    else if (this.#certified.pop() === undefined) return undefined;
    return "evidence";
  }
}

function walked(): Set<string> {
  const seen = new Set<string>();
  for (let walk = 0; walk < WALKS; walk++) {
    const below = seeded(walk);
    const life = new Life(below);
    let status = life.status();
    seen.add(`none ${status} record`);
    for (let i = 0; i < STEPS; i++) {
      const carrier = life.step(below);
      const next = life.status();
      if (carrier !== undefined && next !== status) seen.add(`${status} ${next} ${carrier}`);
      status = next;
    }
  }
  return seen;
}

describe("the life of a task", () => {
  test("has each change of status that statusAt makes, and no other, with what carries it", () => {
    const rows = TASK_LIFE.flatMap(({ from, to, carriers }) =>
      carriers.flatMap((carrier) => (carrier === "none" ? [] : [`${from ?? "none"} ${to} ${carrier}`])),
    );
    expect([...walked()].sort()).toEqual([...rows].sort());
  });

  test("has every status, and each change once", () => {
    expect(new Set(TASK_LIFE.map(({ to }) => to))).toEqual(new Set(TASK_STATUSES));
    expect(new Set(TASK_LIFE.map(({ from, to }) => `${from} ${to}`)).size).toBe(TASK_LIFE.length);
  });

  test("is what docs/task-life.md shows", async () => {
    const page = await readFile(join(projectRoot, "docs/task-life.md"), "utf8");
    for (const part of taskLifeParts(TASK_LIFE)) expect(page, "run: npm run draw:task-life").toContain(part);
  });
});
