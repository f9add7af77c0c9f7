import { describe, expect, it } from "vitest";
import {
  judgeAll,
  VERDICTS_AT_ONCE,
  VERDICTS_AT_ONCE_MIN,
  type VerdictsOf,
} from "../../src/engine/fold/batch-verdicts.js";
import { ConsensusTracker } from "../../src/engine/fold/consensus-tracker.js";
import { RecordSet } from "../../src/engine/set/record-set.js";
import type { TaskRecord } from "../../src/engine/set/task-record.js";
import { DEFAULT_RULES } from "../../src/protocol/rules.js";
import { announce, blake3, entryOf, FACTS, key, submit, validate } from "../support/engine-world.js";
import { Clock } from "../support/simulation/clock.js";
import { SimNetwork } from "../support/simulation/sim-network.js";
import { SimNode } from "../support/simulation/sim-node.js";
import { author, START_SECONDS, Story } from "../support/simulation/story.js";

/** Counts the submissions of each call. */
function counting(): { readonly calls: number[]; readonly verdictsOf: VerdictsOf } {
  const calls: number[] = [];
  return {
    calls,
    verdictsOf: (submissions, rules) => {
      calls.push(submissions.length);
      return judgeAll(submissions, { rules: { ...DEFAULT_RULES, ...rules } });
    },
  };
}

/** A tracker with tasks of one submission each, none of them folded yet. */
function withTasks(count: number, verdictsOf: VerdictsOf): ConsensusTracker {
  const set = new RecordSet(blake3, DEFAULT_RULES);
  const tracker = new ConsensusTracker({ blake3, rules: DEFAULT_RULES, set, verdictsOf });
  const take = (record: TaskRecord): void => {
    set.admit(entryOf(record));
    tracker.add(record);
  };
  for (let number = 0; number < count; number++) {
    const task = announce({ author: key(0), number });
    const answer = submit(task, { author: key(1), number });
    for (const record of [task, answer, validate(task, answer.id, 90, { author: key(2), number })]) take(record);
  }
  return tracker;
}

describe("verdicts of many submissions", () => {
  it("enough verdicts are computed once, in one call for all requested tasks", () => {
    const { calls, verdictsOf } = counting();
    const few = withTasks(VERDICTS_AT_ONCE_MIN - 1, verdictsOf);
    few.foldAll(few.taskIds());
    expect(calls).toEqual([]);
    const enough = withTasks(VERDICTS_AT_ONCE_MIN, verdictsOf);
    enough.foldAll(enough.taskIds());
    enough.foldAll(enough.taskIds());
    expect(calls).toEqual([VERDICTS_AT_ONCE_MIN]);
    expect(enough.taskIds().map((id) => enough.view(id, 0)?.submissions[0]?.verdict.sum)).toEqual(
      new Array(VERDICTS_AT_ONCE_MIN).fill(90),
    );
    expect(calls).toHaveLength(1);
  });

  it("verdicts of many submissions are computed again for all when the weights change", () => {
    const { calls, verdictsOf } = counting();
    const tracker = withTasks(20, verdictsOf);
    tracker.foldAll(tracker.taskIds());
    tracker.setChain({ registry: { kind: "everyone" }, rosters: FACTS[2]?.rosters ?? [] });
    tracker.foldAll(tracker.taskIds());
    expect(calls).toEqual([20, 20]);
  });

  it("verdicts of many submissions are computed in calls of bounded size", () => {
    const { calls, verdictsOf } = counting();
    const tracker = withTasks(VERDICTS_AT_ONCE + 20, verdictsOf);
    tracker.foldAll(tracker.taskIds());
    expect(calls).toEqual([VERDICTS_AT_ONCE, 20]);
  });

  it("verdicts of records from sync or from the disk are computed in one call, not record by record", () => {
    const network = new SimNetwork(new Clock(START_SECONDS * 1000), 3);
    const story = new Story(network);
    const { calls, verdictsOf } = counting();
    const full = network.add(new SimNode(network, "full"));
    const fresh = network.add(new SimNode(network, "fresh", { verdictsOf }));
    for (let i = 0; i < 40; i++) {
      const task = story.publish(full, story.task(author(i), story.nowSeconds + 600));
      const answer = story.publish(full, story.submission(author(100 + i), task.task));
      for (const j of [0, 1]) story.publish(full, story.validation(author(200 + j), answer, 80));
    }
    network.connect(full, fresh);
    network.clock.advance(30_000);
    expect(fresh.engine.sizes().members).toBe(160);
    expect(calls.splice(0)).not.toEqual([]);
    const one = story.publish(fresh, story.task(author(0), story.nowSeconds + 600));
    story.publish(fresh, story.submission(author(1), one.task));
    expect(calls).toEqual([]);
    network.crash(fresh);
    fresh.disk.checkpoints.clear();
    fresh.restart();
    expect(calls).toEqual([41]);
  });
});
