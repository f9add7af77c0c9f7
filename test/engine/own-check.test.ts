import { describe, expect, it } from "vitest";
import { ConsensusTracker } from "../../src/engine/fold/consensus-tracker.js";
import { checkOwn } from "../../src/engine/fold/own-check.js";
import { RecordSet } from "../../src/engine/set/record-set.js";
import type { TaskRecord } from "../../src/engine/set/task-record.js";
import { DEFAULT_RULES } from "../../src/protocol/rules.js";
import {
  announce,
  blake3,
  cancel,
  DEADLINE,
  END,
  entryOf,
  key,
  NOON,
  submit,
  validate,
} from "../support/engine-world.js";

const [publisher, alice, bob, carol] = [0, 1, 2, 3].map(key) as [string, string, string, string];
const task = announce({ author: publisher });
const answer = submit(task, { author: alice });
const vote = validate(task, answer.id, 80, { author: bob });

function trackerOf(...records: readonly TaskRecord[]): ConsensusTracker {
  const set = new RecordSet(blake3, DEFAULT_RULES);
  const tracker = new ConsensusTracker({ blake3, rules: DEFAULT_RULES, set });
  for (const record of records) {
    set.admit(entryOf(record));
    tracker.add(record);
  }
  return tracker;
}

/** Checks a draft with the author and payload of this record. */
function refusalOf(held: readonly TaskRecord[], draft: TaskRecord, now = NOON + 100, firstHeldSeconds?: number) {
  const { author, payload } = draft;
  const first = firstHeldSeconds === undefined ? {} : { firstHeldSeconds };
  return checkOwn(trackerOf(...held), DEFAULT_RULES, { author, payload, ...first }, now);
}

function check(...asked: Parameters<typeof refusalOf>) {
  return refusalOf(...asked)?.code;
}

describe("checkOwn", () => {
  it("the check of an own draft accepts a draft that would count", () => {
    expect(check([], task)).toBeUndefined();
    expect(check([task], answer)).toBeUndefined();
    expect(check([task, answer], vote)).toBeUndefined();
    expect(check([task], cancel(task, { author: publisher }))).toBeUndefined();
    expect(check([task], submit(task, { author: bob }), DEADLINE)).toBeUndefined();
    expect(check([task, answer], vote, END, DEADLINE)).toBeUndefined();
  });

  it("the check of an own draft refuses a deadline that is past or too far ahead", () => {
    const latest = NOON + DEFAULT_RULES.deadlineMaxDays * 86_400;
    expect(check([], announce({ author: publisher }, { deadlineSeconds: NOON }), NOON)).toBe("bad_deadline");
    expect(check([], announce({ author: publisher }, { deadlineSeconds: latest }), NOON)).toBeUndefined();
    expect(check([], announce({ author: publisher }, { deadlineSeconds: latest + 1 }), NOON)).toBe("bad_deadline");
  });

  it("a draft submission to an unknown or own task, a late or a second one is refused", () => {
    expect(check([], answer)).toBe("not_found");
    expect(check([answer], submit(task, { author: bob }))).toBe("not_found");
    expect(check([task], submit(task, { author: publisher }))).toBe("own_task");
    expect(check([task], answer, DEADLINE + 1)).toBe("task_over");
    expect(check([task, answer], submit(task, { author: alice, number: 1 }, "another answer"))).toBe(
      "already_submitted",
    );
    expect(check([task], submit({ taskId: task.id, taskType: 1, t0: NOON }, { author: alice }))).toBe("bad_parameters");
    expect(check([task, announce({ author: publisher, nonce: 1 })], answer)).toBe("task_cancelled");
    expect(check([task, cancel(task, { author: publisher, number: 1 })], answer)).toBe("task_cancelled");
  });

  it("a draft that validates an uncounted submission, late, twice or without permission is refused", () => {
    expect(check([task], vote)).toBe("not_found");
    expect(check([task, answer], validate(task, answer.id, 1, { author: publisher }))).toBe("own_task");
    expect(check([task, answer], validate(task, answer.id, 1, { author: alice }))).toBe("own_submission");
    expect(check([task, answer], vote, END + 1, DEADLINE)).toBe("validation_over");
    expect(check([task, answer, vote], validate(task, answer.id, 81, { author: bob, number: 1 }))).toBe(
      "already_validated",
    );
    const contradiction = submit(task, { author: bob }, "one");
    const another = submit(task, { author: bob, number: 1 }, "two");
    const other = submit(task, { author: carol });
    expect(check([task, other, contradiction, another], validate(task, other.id, 1, { author: bob }))).toBe(
      "author_excluded",
    );
  });

  it("a draft that validates a submission first held too long after the deadline is refused", () => {
    expect(check([task, answer], vote, DEADLINE + 5000, DEADLINE + 1200)).toBeUndefined();
    expect(check([task, answer], vote, DEADLINE + 5000, DEADLINE + 1201)).toBe("first_held_late");
    expect(check([task, answer], vote, DEADLINE + 5000)).toBe("first_held_late");
  });

  it("the check of an own draft refuses a cancellation by another author, or when a submission counts", () => {
    expect(check([task], cancel(task, { author: alice }))).toBe("not_publisher");
    expect(check([task, answer], cancel(task, { author: publisher }))).toBe("has_submissions");
  });

  it("a refusal of an own draft has the limits and the ids by which a program can act", () => {
    expect(refusalOf([task], answer, DEADLINE + 1)?.details).toEqual({ deadline: DEADLINE });
    expect(refusalOf([task, answer], vote, END + 1, DEADLINE)?.details).toEqual({ window_end: END });
    expect(refusalOf([task, answer], vote, DEADLINE + 5000)?.details).toEqual({
      first_held: DEADLINE + 5000,
      latest: DEADLINE + 1200,
    });
    const second = submit(task, { author: alice, number: 1 }, "another answer");
    expect(refusalOf([task, answer], second)?.details).toEqual({ record: answer.id });
    const again = validate(task, answer.id, 81, { author: bob, number: 1 });
    expect(refusalOf([task, answer, vote], again)?.details).toEqual({ record: vote.id });
    expect(refusalOf([task], cancel(task, { author: alice }))?.details).toEqual({ publisher });
    expect(refusalOf([task, answer], cancel(task, { author: publisher }))?.details).toEqual({ submissions: 1 });
  });
});
