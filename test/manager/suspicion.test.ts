import { describe, expect, test } from "vitest";
import { overallRisk } from "../../src/api/facts/fraud-analysis.js";
import { ValidationList } from "../../src/engine/fold/validation-list.js";
import type { CountedSubmission, MemberEntry, StoredEvent, TaskView } from "../../src/engine/index.js";
import { FraudAnalyst } from "../../src/manager/suspicion/fraud-analyst.js";
import { habitIndicators } from "../../src/manager/suspicion/indicators.js";
import { shinglesOf, similarity, sketchOf } from "../../src/manager/suspicion/sketch.js";
import { ValidatorHabits } from "../../src/manager/suspicion/validator-habits.js";
import { encodeBody, type SubmissionBody, type TaskBody } from "../../src/protocol/bodies.js";
import { AUTHOR, TASK, VIEW } from "../support/control/fake-set.js";

const NOW_SECONDS = 1_790_000_500;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const key = (index: number): string => index.toString(16).padStart(64, "0");
/** Words that no two lines share. */
const words = (line: string, count = 100): string =>
  Array.from({ length: count }, (_, i) => `${line}${(i * 7919).toString(36)}`).join(" ");

function sketch(text: string, quoted = "") {
  const made = sketchOf(bytes(text), shinglesOf(bytes(quoted)));
  if (made === undefined) throw new Error("too short");
  return made;
}

describe("the likeness of two texts", () => {
  test("is 1 for one text in another layout and case, high for a copy with few changes, and low for others", () => {
    const text = words("a", 300);
    expect(similarity(sketch(text), sketch(`  ${text.toUpperCase().replaceAll(" ", "\n\t ")}`))).toBe(1);
    const copy = text.split(" ").map((word, i) => (i % 50 === 0 ? "changed" : word));
    expect(similarity(sketch(text), sketch(copy.join(" ")))).toBeGreaterThan(0.85);
    expect(similarity(sketch(text), sketch(words("b", 300)))).toBeLessThan(0.5);
  });

  test("leaves out what both quote, and text that is too short", () => {
    const quote = words("q", 300);
    const [a, b] = [`${quote} ${words("a", 40)}`, `${quote} ${words("zz", 40)}`];
    expect(similarity(sketch(a), sketch(b))).toBeGreaterThan(0.7);
    expect(similarity(sketch(a, quote), sketch(b, quote))).toBeLessThan(0.5);
    expect(sketchOf(bytes("42"), new Set())).toBeUndefined();
    expect(sketchOf(bytes(quote), shinglesOf(bytes(quote)))).toBeUndefined();
  });
});

describe("the habits of a validator", () => {
  /** Scores of 20 submissions by three honest validators, and by one under test. */
  function typesOf(score: (at: number, others: readonly number[]) => number, afterSeconds: number): string[] {
    const habits = new ValidatorHabits();
    for (let at = 0; at < 20; at++) {
      const others = [0, 1, 2].map((i) => 40 + ((at * 13 + i * 3) % 50));
      for (const [i, given] of others.entries()) {
        habits.note({ submissionId: `s${at}`, validator: `v${i}`, score: given, timestampSeconds: 100 * i });
      }
      const timestampSeconds = 200 + afterSeconds;
      habits.note({ submissionId: `s${at}`, validator: "v", score: score(at, others), timestampSeconds });
    }
    for (const i of [0, 1, 2]) expect(habitIndicators(`v${i}`, habits.habitsOf(`v${i}`))).toEqual([]);
    return habitIndicators("v", habits.habitsOf("v")).map(({ type }) => type);
  }

  test("are suspicious if it follows another one by seconds, and not by minutes or with other scores", () => {
    const copied = (_at: number, others: readonly number[]): number => others[2] as number;
    expect(typesOf(copied, 5)).toEqual(["CollusionSuspected"]);
    expect(typesOf(copied, 600)).toEqual([]);
    expect(typesOf((at, others) => copied(at, others) + 3, 5)).toEqual([]);
  });

  test("are suspicious if it always gives one score, or is mostly far from the others", () => {
    expect(typesOf(() => 70, 600)).toEqual(["BehavioralAnomaly"]);
    expect(typesOf((at) => (at % 4 === 0 ? 60 : at % 20), 600)).toEqual(["StatisticalAnomaly"]);
  });

  test("are not suspicious if all give one score, as graders of right and wrong do", () => {
    const habits = new ValidatorHabits();
    for (let at = 0; at < 20; at++) {
      for (const validator of ["a", "b", "c"]) {
        habits.note({ submissionId: `s${at}`, validator, score: 100, timestampSeconds: 2 * validator.charCodeAt(0) });
      }
    }
    expect(habitIndicators("c", habits.habitsOf("c"))).toEqual([]);
  });

  test("need some observations", () => {
    const habits = new ValidatorHabits();
    for (let at = 0; at < 7; at++) {
      for (const [validator, score] of [
        ["a", 90],
        ["b", 88],
        ["c", 5],
      ] as const) {
        habits.note({ submissionId: `s${at}`, validator, score, timestampSeconds: 0 });
      }
    }
    expect(habitIndicators("c", habits.habitsOf("c"))).toEqual([]);
  });

  test("count a validation once, and keep few of many validators and submissions", () => {
    const habits = new ValidatorHabits();
    const given = { submissionId: "s", validator: "v", score: 1, timestampSeconds: 0 };
    for (let i = 0; i < 3; i++) habits.note(given);
    expect(habits.habitsOf("v").sameScore).toEqual({ score: 1, count: 1, apart: 0, of: 1 });
    for (let i = 0; i < 10_000; i++) {
      habits.note({ submissionId: `s${i}`, validator: `v${i % 3000}`, score: 1, timestampSeconds: 0 });
    }
    for (let i = 0; i < 100; i++) habits.note({ ...given, submissionId: `t${i}` });
    expect(habits.habitsOf("v").sameScore.of).toBe(32);
    for (const { size, cap } of habits.boundRows()) expect(size).toBe(cap);
  });
});

/** A task with these answers by authors 1, 2 and so on, submitted one second after the other. */
class AnalysedTask {
  readonly events: StoredEvent[] = [];
  readonly read: string[] = [];
  readonly analyst: FraudAnalyst;
  readonly #bodies = new Map<string, Uint8Array>();
  readonly #view: TaskView;

  constructor(
    answers: readonly string[],
    change: (made: CountedSubmission, at: number) => CountedSubmission = (one) => one,
  ) {
    const task: TaskBody = {
      kind: "task",
      author: AUTHOR,
      detail: { type: "LogicReasoning", problemType: "riddle", complexity: 1 },
      description: words("task", 60),
      data: new Uint8Array(0),
      gasFeeNano: 0n,
      stakeRequiredNano: 0n,
    };
    const { announcement } = VIEW;
    if (announcement?.payload.kind === "task") this.#bodies.set(announcement.payload.body.hash, encodeBody(task));
    const submissions = answers.map((answer, at) => {
      const body: SubmissionBody = {
        kind: "submission",
        author: key(at + 1),
        taskId: TASK,
        answer: bytes(answer),
        stakeNano: 0n,
        gasFeeNano: 0n,
      };
      this.#bodies.set(key(100 + at), encodeBody(body));
      const made: CountedSubmission = {
        id: this.id(at),
        submitter: key(at + 1),
        timestampSeconds: NOW_SECONDS - 100 + at,
        body: { hash: key(100 + at), length: answer.length },
        verdict: { n: 0, sum: 0, sumOfSquares: 0, weightSum: 0, weightedSum: 0, reached: false },
        validations: ValidationList.empty,
      };
      return change(made, at);
    });
    this.#view = { ...VIEW, submissions };
    const { events, read } = this;
    const entry: MemberEntry = {
      id: this.id(0),
      type: 1,
      author: AUTHOR,
      taskId: TASK,
      strand: "000000",
      timestampSeconds: NOW_SECONDS,
      window: 0,
      number: 0,
    };
    this.analyst = new FraudAnalyst({
      engine: {
        entry: (id) => (submissions.some((one) => one.id === id) ? { ...entry, id } : undefined),
        task: () => this.#view,
        get eventSequence() {
          return events.length;
        },
      },
      store: {
        body: async (hash) => {
          read.push(hash);
          return this.#bodies.get(hash);
        },
        events: async (after, limit) => events.filter(({ sequence }) => sequence > after).slice(0, limit),
      },
      nowMs: () => NOW_SECONDS * 1000,
    });
  }

  id(at: number): string {
    return key(1000 + at);
  }

  validated(submissionId: string, validator: string, score: number, timestamp: number): void {
    this.events.push({
      sequence: this.events.length + 1,
      event: "validation_completed",
      body: {
        task_id: TASK,
        task_type: "CodeAnalysis",
        record_id: key(this.events.length),
        timestamp,
        submission_id: submissionId,
        validator,
        score,
        seconds_after_submission: null,
      },
    });
  }
}

describe("the analysis of a submission", () => {
  test("finds a near copy in both submissions, and blames the one that is dated later", async () => {
    const text = words("a", 200);
    const task = new AnalysedTask([text, `${text} and a word`, words("b", 200)]);
    const copy = await task.analyst.analyse(task.id(1));
    expect(copy).toMatchObject({ miner: key(2), comparedAnswers: 2, uncomparedAnswers: 0 });
    expect(copy.indicators).toMatchObject([
      { type: "HighSolutionSimilarity", severity: "Critical", evidence: [task.id(0)] },
    ]);
    const original = await task.analyst.analyse(task.id(0));
    expect(original.indicators).toMatchObject([{ severity: "Low", evidence: [task.id(1)] }]);
    expect((await task.analyst.analyse(task.id(2))).indicators).toEqual([]);
    expect(overallRisk(copy.indicators)).toBeGreaterThan(0.8);
    expect(overallRisk([])).toBe(0);
  });

  test("finds two submitters of one body without reading it", async () => {
    const task = new AnalysedTask([words("a"), words("b")], (made) => ({
      ...made,
      body: { hash: key(100), length: 1 },
    }));
    const { indicators } = await task.analyst.analyse(task.id(1));
    expect(indicators).toMatchObject([{ type: "PlagiarismDetected", severity: "Critical", evidence: [task.id(0)] }]);
  });

  test("counts answers that this node does not hold or that name another author as not compared", async () => {
    const task = new AnalysedTask([words("a"), words("a"), words("a")], (made, at) =>
      at === 1 ? { ...made, body: { hash: key(9999), length: 1 } } : at === 2 ? { ...made, submitter: key(77) } : made,
    );
    const analysis = await task.analyst.analyse(task.id(0));
    expect(analysis).toMatchObject({ indicators: [], comparedAnswers: 0, uncomparedAnswers: 2 });
  });

  test("reads few bodies in a call, each once, and compares the others in the next calls", async () => {
    const task = new AnalysedTask(Array.from({ length: 40 }, (_, i) => words(`line${i}`)));
    const compared: number[] = [];
    for (let call = 0; call < 4; call++) compared.push((await task.analyst.analyse(task.id(0))).comparedAnswers);
    expect(compared).toEqual([15, 31, 39, 39]);
    const answers = task.read.filter((hash) => hash.startsWith("0000"));
    expect(answers).toHaveLength(40);
    expect(new Set(answers).size).toBe(40);
  });

  test("shows the habits of the validators of the submission, from the stored events", async () => {
    const validator = key(50);
    const list = ValidationList.of([
      { id: key(60), validator, score: 90, weight: 1, timestampSeconds: NOW_SECONDS, body: undefined },
    ]);
    const task = new AnalysedTask([words("a")], (made) => ({ ...made, validations: list }));
    for (let at = 0; at < 20; at++) {
      for (const other of [51, 52]) task.validated(key(2000 + at), key(other), 65 + at, NOW_SECONDS);
      task.validated(key(2000 + at), validator, 90, NOW_SECONDS + at);
    }
    const first = await task.analyst.analyse(task.id(0));
    expect(first.indicators).toMatchObject([{ type: "BehavioralAnomaly", evidence: [validator] }]);
    expect(first.validators).toBe(1);
    expect((await task.analyst.analyse(task.id(0))).indicators).toEqual(first.indicators);
  });

  test("refuses an unknown submission, and more calls than it has room for", async () => {
    const task = new AnalysedTask([words("a")]);
    await expect(task.analyst.analyse(key(5))).rejects.toMatchObject({ code: "not_found" });
    const calls = Array.from({ length: 9 }, () => task.analyst.analyse(task.id(0)));
    await expect(calls[8]).rejects.toMatchObject({ code: "peer_busy" });
    expect(task.analyst.boundRows()[0]).toMatchObject({ size: 8, cap: 8 });
    await Promise.all(calls.slice(0, 8));
    await expect(task.analyst.analyse(task.id(0))).resolves.toMatchObject({ miner: key(1) });
  });
});
