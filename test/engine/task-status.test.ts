import { describe, expect, it } from "vitest";
import { type StatusFacts, statusAt } from "../../src/engine/fold/task-status.js";
import type { CertifiedVerdict, Verdict } from "../../src/engine/fold/views.js";
import { DEFAULT_RULES } from "../../src/protocol/rules.js";
import { DEADLINE, END, hash, NOON } from "../support/engine-world.js";

const terms = { deadlineSeconds: DEADLINE, maxParticipants: 2, requiredReviewers: 0 };

function submission(name: string, n: number, reached: boolean) {
  const verdict: Verdict = { n, sum: 0, sumOfSquares: 0, weightSum: n, weightedSum: 0, reached };
  return { id: hash(name), verdict };
}

function certified(name: string, reached: boolean): CertifiedVerdict {
  return {
    id: hash(`${name} certificate`),
    submissionId: hash(name),
    value: hash("value"),
    n: 2,
    sum: 0,
    sumOfSquares: 0,
    reached,
  };
}

function at(time: number, facts: Partial<StatusFacts>, certificates: readonly CertifiedVerdict[] = []): string {
  const whole = { terms, equivocated: false, cancelled: false, hasRoster: false, submissions: [], ...facts };
  const { status, final } = statusAt(whole, certificates, time, DEFAULT_RULES);
  return final ? `${status} final` : status;
}

describe("status", () => {
  it("the status of a task follows its life", () => {
    const none = { submissions: [] };
    const one = { submissions: [submission("a", 0, false)] };
    const judged = { submissions: [submission("a", 1, false)] };
    const reached = { submissions: [submission("a", 3, true), submission("b", 1, false)] };
    expect([NOON, DEADLINE, END, END + 1].map((time) => at(time, none))).toEqual([
      "Published",
      "Published",
      "Published",
      "Expired",
    ]);
    expect([DEADLINE, DEADLINE + 1, END, END + 1].map((time) => at(time, one))).toEqual([
      "InProgress",
      "AnswersSubmitted",
      "AnswersSubmitted",
      "Expired",
    ]);
    expect([DEADLINE, DEADLINE + 1, END + 1].map((time) => at(time, judged))).toEqual([
      "InProgress",
      "UnderValidation",
      "Expired",
    ]);
    expect([END, END + 1].map((time) => at(time, reached))).toEqual(["UnderValidation", "Completed"]);
  });

  it("the status of a task does not wait for the deadline once max_participants submissions are accepted", () => {
    expect(at(NOON, { submissions: [submission("a", 0, false), submission("b", 0, false)] })).toBe("AnswersSubmitted");
    expect(at(NOON, { submissions: [submission("a", 1, false), submission("b", 0, false)] })).toBe("UnderValidation");
  });

  it("the status of a task waits for certificates with a roster, and is final only by them", () => {
    const waiting = { hasRoster: true, submissions: [submission("a", 3, true), submission("b", 1, false)] };
    expect(at(END + 1, waiting)).toBe("UnderValidation");
    expect(at(END + 1, waiting, [certified("b", false)])).toBe("UnderValidation");
    expect(at(END + 1, waiting, [certified("a", false)])).toBe("Expired");
    expect(at(END + 1, waiting, [certified("a", false), certified("b", false)])).toBe("Expired final");
    expect(at(NOON, waiting, [certified("a", true)])).toBe("Completed final");
  });

  it("the status of a task keeps a certified completion despite any later record", () => {
    for (const facts of [{ equivocated: true, terms: undefined }, { cancelled: true }, { submissions: [] }]) {
      expect(at(END + 1, facts, [certified("a", true)])).toBe("Completed final");
    }
  });

  it("the status of a task is cancelled by a valid cancellation, or by an equivocated announcement", () => {
    expect(at(NOON, { cancelled: true })).toBe("Cancelled");
    expect(at(END + 1, { equivocated: true, terms: undefined })).toBe("Cancelled");
  });
});
