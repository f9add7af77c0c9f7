import { describe, expect, test } from "vitest";
import type { ChainFacts } from "../../src/engine/chain-facts.js";
import { TASK_STATUSES, type TaskView } from "../../src/engine/fold/views.js";
import type { RecordPayload } from "../../src/protocol/records.js";
import { keyOf, signRecord } from "../support/simulation/fake-signer.js";
import { LoneWorld } from "../support/simulation/lone-world.js";
import { author, type Made } from "../support/simulation/story.js";
import { EVERYONE } from "../support/simulation/world.js";

const HOUR = 3600;
const WINDOW = 86_400;

/** One task of max_participants 5 at its own node; `at` reads it some seconds after its announcement. */
class Life {
  readonly lone: LoneWorld;
  readonly task: Made;
  readonly deadline: number;
  readonly #t0: number;

  constructor(facts: ChainFacts = EVERYONE) {
    this.lone = new LoneWorld({}, facts);
    const { story, node } = this.lone;
    this.#t0 = story.nowSeconds;
    this.deadline = HOUR;
    this.task = story.publish(node, story.task(author(1), this.#t0 + HOUR));
  }

  submit(who: number, text?: string): Made {
    const { story, node } = this.lone;
    return story.publish(node, story.submission(author(who), this.task.task, {}, text));
  }

  validate(who: number, submission: Made, score: number): Made {
    const { story, node } = this.lone;
    return story.publish(node, story.validation(author(who), submission, score));
  }

  cancel(who = 1): void {
    const { story, node, identity } = this.lone;
    const payload: RecordPayload = { kind: "cancel", task: this.task.task };
    node.publish(signRecord(identity, author(who), payload, story.nowSeconds, 7).envelope);
  }

  at(seconds: number): TaskView | undefined {
    return this.lone.node.engine.task(this.task.id, this.#t0 + seconds);
  }

  /** Status, what it waits for, and whether it is final. */
  state(seconds: number): string {
    const view = this.at(seconds);
    return `${view?.status} ${view?.waitsFor ?? "nothing"}${view?.final === true ? " final" : ""}`;
  }
}

const OVER = HOUR + WINDOW + 1;

/** A roster of the validators 20 to 29 for every day. */
const WITH_ROSTER: ChainFacts = {
  ...EVERYONE,
  rosters: [
    {
      fromDay: 0,
      members: Array.from({ length: 10 }, (_, i) => ({ key: author(20 + i), weight: 1 })).sort((a, b) =>
        a.key < b.key ? -1 : 1,
      ),
    },
  ],
};

/**
 * The transitions of the sister document, each with the records that cause it. Where the document leaves the time open
 * (a task without an answer, an answer without a verdict), it is the end of the validation window: until then a record
 * signed in time may still arrive.
 */
const TRANSITIONS: readonly {
  readonly name: string;
  readonly play: (life: Life) => void;
  readonly facts?: ChainFacts;
  readonly states: readonly (readonly [seconds: number, state: string])[];
}[] = [
  {
    name: "none -> Published -> Expired: nobody takes part",
    play: () => undefined,
    states: [
      [0, "Published submissions"],
      [HOUR, "Published submissions"],
      [HOUR + 1, "Published window_end"],
      [HOUR + WINDOW, "Published window_end"],
      [OVER, "Expired nothing"],
    ],
  },
  {
    name: "Published -> InProgress -> AnswersSubmitted -> Expired: nobody judges the answer",
    play: (life) => void life.submit(2),
    states: [
      [HOUR, "InProgress deadline"],
      [HOUR + 1, "AnswersSubmitted validations"],
      [OVER, "Expired nothing"],
    ],
  },
  {
    name: "InProgress -> AnswersSubmitted before the deadline: max_participants submissions are accepted",
    play: (life) => {
      for (let i = 0; i < 5; i++) life.submit(2 + i);
    },
    states: [[0, "AnswersSubmitted validations"]],
  },
  {
    name: "AnswersSubmitted -> UnderValidation -> Completed, not finally: two agree and there is no roster",
    play: (life) => {
      const made = life.submit(2);
      life.validate(20, made, 80);
      life.validate(21, made, 82);
    },
    states: [
      [HOUR, "InProgress deadline"],
      [HOUR + 1, "UnderValidation window_end"],
      [HOUR + WINDOW, "UnderValidation window_end"],
      [OVER, "Completed nothing"],
    ],
  },
  {
    name: "UnderValidation waits for certificates: two agree and there is a roster",
    facts: WITH_ROSTER,
    play: (life) => {
      const made = life.submit(2);
      life.validate(20, made, 80);
      life.validate(21, made, 82);
    },
    states: [
      [HOUR + 1, "UnderValidation window_end"],
      [OVER, "UnderValidation certificates"],
    ],
  },
  {
    name: "UnderValidation -> Expired: too far apart; with a roster until certificates say so",
    facts: WITH_ROSTER,
    play: (life) => {
      const made = life.submit(2);
      life.validate(20, made, 10);
      life.validate(21, made, 90);
    },
    states: [
      [HOUR + 1, "UnderValidation window_end"],
      [OVER, "Expired certificates"],
    ],
  },
  {
    name: "Published -> Cancelled by the publisher",
    play: (life) => life.cancel(),
    states: [
      [0, "Cancelled nothing"],
      [OVER, "Cancelled nothing"],
    ],
  },
  {
    name: "a cancellation by anyone else means nothing",
    play: (life) => life.cancel(2),
    states: [[0, "Published submissions"]],
  },
  {
    name: "a cancellation does not hold while a submission counts",
    play: (life) => {
      life.cancel();
      life.submit(2);
    },
    states: [[0, "InProgress deadline"]],
  },
];

describe("the life of a task", () => {
  test.each(TRANSITIONS)("$name", ({ play, facts, states }) => {
    const life = new Life(facts);
    play(life);
    expect(states.map(([seconds]) => [seconds, life.state(seconds)])).toEqual(states);
  });

  test("the life of a task never contains Disputed, because the chain decides disputes", () => {
    const seen = new Set<string>();
    for (const { play, facts } of TRANSITIONS) {
      const life = new Life(facts);
      play(life);
      for (let seconds = 0; seconds <= OVER; seconds += HOUR / 2) seen.add(life.at(seconds)?.status ?? "");
      seen.add(life.at(OVER)?.status ?? "");
    }
    expect(TASK_STATUSES.filter((status) => !seen.has(status))).toEqual(["Disputed"]);
  });

  test("emits an event at each change of status, with the previous status", () => {
    const life = new Life();
    const made = life.submit(2);
    life.validate(20, made, 80);
    life.validate(21, made, 82);
    life.lone.clock.advance((OVER + 60) * 1000);
    const { events } = life.lone.node.disk;
    const changes = events.flatMap(({ event, body }) => (event === "task_status_changed" ? [body] : []));
    expect(changes.map(({ previous, status, final }) => [previous, status, final])).toEqual([
      [null, "Published", false],
      ["Published", "InProgress", false],
      ["InProgress", "UnderValidation", false],
      ["UnderValidation", "Completed", false],
    ]);
    const validations = events.flatMap(({ event, body }) => (event === "validation_completed" ? [body] : []));
    expect(validations.map(({ seconds_after_submission: seconds }) => seconds)).toEqual([0, 0]);
  });
});

test("a task emits its status when a record of another task joins the slot of its announcement, or is lost", () => {
  const life = new Life();
  const { story, node, clock } = life.lone;
  // The look at all tasks after a start is over.
  clock.advance(2000);
  // The number of the first announcement is 0.
  const other = story.publish(node, story.task(author(1), story.nowSeconds + 2 * HOUR, { number: 0 }));
  clock.advance(1000);
  node.step({ kind: "values_lost", records: [other.id], bodies: [] });
  const { events } = node.disk;
  const changes = events.flatMap(({ event, body }) =>
    event === "task_status_changed" && body.task_id === life.task.id ? [body.status] : [],
  );
  expect(changes).toEqual(["Published", "Cancelled", "Published"]);
});

describe("submissions that do not count", () => {
  test("submissions that do not count are shown, each with the rule that excludes it", () => {
    const life = new Life();
    const { story, node } = life.lone;
    const other = life.submit(90);
    const own = life.submit(1);
    const twice = [life.submit(30, "same"), life.submit(30, "same")].map(({ id }) => id);
    const liar = [life.submit(31, "x"), life.submit(31, "y")];
    const wrong = story.publish(node, story.submission(author(32), { ...life.task.task, t0: life.task.task.t0 - 1 }));
    const doubled = [0, 1].map((i) =>
      story.publish(node, story.submission(author(33), life.task.task, { number: 9 }, `${i}`)),
    );
    for (let i = 0; i < 8; i++) life.submit(40 + i);
    const reasons = new Map(node.engine.uncounted(life.task.id)?.submissions.map(({ id, reason }) => [id, reason]));
    expect(reasons.get(own.id)).toBe("own_task");
    for (const { id } of liar) expect(reasons.get(id)).toBe("author_excluded");
    for (const { id } of doubled) expect(reasons.get(id)).toBe("slot_equivocated");
    expect(reasons.get(wrong.id)).toBe("wrong_reference");
    const { submissions } = life.at(0) ?? { submissions: [] };
    expect(submissions).toHaveLength(5);
    const notAccepted = [...reasons.values()].filter((reason) => reason === "above_max_participants").length;
    const repeated = twice.filter((id) => reasons.get(id) === "repeated").length;
    // One of the pair is accepted and the other repeats it, or none is accepted.
    const pairAccepted = submissions.some(({ submitter }) => submitter === author(30));
    expect([repeated, notAccepted]).toEqual(pairAccepted ? [1, 10 - 5] : [0, 10 - 5 + 1]);
    expect(reasons.has(other.id)).toBe(!submissions.some(({ id }) => id === other.id));
    expect(submissions.length + reasons.size).toBe(17);
  });

  test("the validations of an author who validated a submission twice are shown with their scores", () => {
    const life = new Life();
    const { story, node } = life.lone;
    const submitted = life.submit(30);
    const cast = [70, 99].map((score) => story.publish(node, story.validation(author(31), submitted, score)));
    story.publish(node, story.validation(author(32), submitted, 80));
    const shown = node.engine.uncounted(life.task.id)?.validations ?? [];
    expect(shown.map(({ id: validation }) => validation).sort()).toEqual(cast.map(({ id: record }) => record).sort());
    expect(shown.map(({ score }) => score).sort()).toEqual([70, 99]);
    for (const row of shown) expect(row).toMatchObject({ validator: author(31), submissionId: submitted.id });
  });

  test("submissions that do not count are late after the deadline, and none counts without its task", () => {
    const life = new Life();
    life.lone.clock.advance((HOUR + 5) * 1000);
    const late = life.submit(2);
    expect(life.lone.node.engine.uncounted(life.task.id)?.submissions).toMatchObject([{ id: late.id, reason: "late" }]);
    const orphan = { taskId: keyOf("nowhere"), taskType: 4, t0: life.lone.story.nowSeconds };
    life.lone.story.publish(life.lone.node, life.lone.story.submission(author(3), orphan));
    expect(life.lone.node.engine.uncounted(orphan.taskId)?.submissions).toMatchObject([{ reason: "no_task" }]);
    expect(life.lone.node.engine.uncounted(keyOf("unheard of"))).toBeUndefined();
  });
});

describe("the statistics of an author", () => {
  test("the statistics of an author count held and counted records, and are zero for an unknown one", () => {
    const life = new Life();
    const made = life.submit(2);
    life.validate(20, made, 80);
    life.validate(21, made, 82);
    life.submit(3, "x");
    life.submit(3, "y");
    const stats = (who: number) => life.lone.node.engine.minerStats(author(who));
    expect(stats(1)).toMatchObject({ tasksPublished: 1, submissions: 0, meanScore: undefined });
    expect(stats(2)).toMatchObject({ submissions: 1, submissionsCounted: 1, submissionsReached: 1, meanScore: 81 });
    expect(stats(3)).toMatchObject({ submissions: 2, submissionsCounted: 0, tasksExcluded: 1 });
    expect(stats(20)).toMatchObject({ validations: 1, validationsCounted: 1, validationsUnknown: 0 });
    expect(stats(99)).toMatchObject({ submissions: 0, validations: 0, firstSeconds: undefined });
    const now = life.lone.story.nowSeconds;
    expect(life.lone.node.engine.activeMiners(now, WINDOW)).toBe(4);
    expect(life.lone.node.engine.activeMiners(now + 2 * WINDOW, WINDOW)).toBe(0);
    // The task is closed: its validations are no longer in memory and are reported as unknown.
    life.lone.clock.advance((OVER + 2 * HOUR) * 1000);
    expect(stats(20)).toMatchObject({ validations: 1, validationsCounted: 0, validationsUnknown: 1 });
    expect(stats(2)).toMatchObject({ submissionsCounted: 1, meanScore: 81 });
  });
});

test("a list of tasks that are open for submissions leaves out those whose deadline is over", () => {
  const { lone, task, deadline } = new Life();
  const { engine } = lone.node;
  const listed = (seconds: number, beforeDeadline: boolean): string[] =>
    engine
      .tasks(
        { statuses: ["Published", "InProgress"], beforeDeadline, taskType: undefined, limit: 10, after: undefined },
        lone.story.nowSeconds + seconds,
      )
      .tasks.map(({ taskId }) => taskId);
  expect(listed(deadline, true)).toEqual([task.id]);
  expect(listed(deadline + 1, true)).toEqual([]);
  expect(listed(deadline + 1, false)).toEqual([task.id]);
});
