import { describe, expect, test } from "vitest";
import type { ChainFacts } from "../../src/engine/chain-facts.js";
import type { RecordPayload } from "../../src/protocol/records.js";
import { signRecord } from "../support/simulation/fake-signer.js";
import { LoneWorld } from "../support/simulation/lone-world.js";
import { author, type Made } from "../support/simulation/story.js";
import { EVERYONE } from "../support/simulation/world.js";

const QUIET_MS = 62_000;
/** Until the deadline of each task. */
const OPEN_SECONDS = 600;

/** A node with tasks of all kinds of results. */
class Stored {
  readonly lone = new LoneWorld();
  readonly tasks: Made[];

  constructor() {
    this.tasks = [0, 1, 2, 3, 4].map((at) => this.#publish(this.lone.story.task(author(at), this.#now + OPEN_SECONDS)));
    const [plain, reached, contradicted, cancelled, equivocated] = this.tasks as [Made, Made, Made, Made, Made];
    const answers = [plain, reached, contradicted].map(({ task }, at) => this.submit(10 + at, task));
    for (const by of [20, 21]) this.validate(by, answers[1] as Made, 90);
    this.validate(22, answers[0] as Made, 10);
    // One author with two submissions is excluded.
    this.submit(12, contradicted.task, "another answer");
    const cancel: RecordPayload = { kind: "cancel", task: cancelled.task };
    this.node.publish(signRecord(this.lone.identity, author(3), cancel, this.#now, 7).envelope);
    // One slot with records of two tasks.
    const slot = { number: 9 };
    this.#publish(this.lone.story.submission(author(30), plain.task, slot));
    this.#publish(this.lone.story.submission(author(30), equivocated.task, slot));
    // A record without its announcement.
    const { task } = this.lone.story.task(author(40), this.#now + OPEN_SECONDS);
    this.submit(41, task);
    // A body that the node lacks.
    this.lone.gossip("a", [this.lone.story.submission(author(50), plain.task).envelope]);
  }

  get node() {
    return this.lone.node;
  }

  get #now(): number {
    return this.lone.story.nowSeconds;
  }

  #publish(made: Made): Made {
    return this.lone.story.publish(this.node, made);
  }

  submit(who: number, task: Made["task"], text?: string): Made {
    return this.#publish(this.lone.story.submission(author(who), task, {}, text));
  }

  validate(who: number, submission: Made, score: number): Made {
    return this.#publish(this.lone.story.validation(author(who), submission, score));
  }

  /** What the node shows of its records. */
  state() {
    const { engine } = this.node;
    const atSeconds = this.#now - (this.#now % 60);
    const query = { statuses: [], taskType: undefined, beforeDeadline: false, limit: 100, after: undefined };
    return {
      digest: engine.digest(atSeconds),
      page: engine.tasks(query, atSeconds).tasks,
      counts: engine.taskCounts(),
      missing: engine.missing(),
      waiting: engine.waiting().tasks,
      members: engine.recordCount,
      miner: engine.minerStats(author(10)),
    };
  }

  restart(): void {
    this.node.crash();
    this.node.restart();
  }

  full(): readonly (readonly [string, Uint8Array])[] {
    return [...this.node.disk.checkpoints].filter(([, bytes]) => bytes.length > 0);
  }
}

describe("checkpoints of tasks", () => {
  test("a start by checkpoints gives the state of a start by records", () => {
    const stored = new Stored();
    stored.lone.clock.advance(QUIET_MS);
    expect(stored.full()).toHaveLength(stored.tasks.length + 1);
    stored.restart();
    const byCheckpoints = stored.state();
    stored.node.disk.checkpoints.clear();
    stored.restart();
    expect(byCheckpoints).toEqual(stored.state());
  });

  test("a start by checkpoints repeats no event", () => {
    const stored = new Stored();
    stored.lone.clock.advance(QUIET_MS);
    stored.restart();
    const { eventSequence } = stored.node.engine;
    stored.lone.clock.advance(5000);
    expect(stored.node.engine.eventSequence).toBe(eventSequence);
  });

  test("a task that changed after its checkpoint is read from its records", () => {
    const stored = new Stored();
    stored.lone.clock.advance(QUIET_MS);
    const [task] = stored.tasks as [Made];
    stored.submit(60, task.task);
    expect(stored.node.disk.checkpoints.get(task.id)).toHaveLength(0);
    const { digest } = stored.state();
    stored.restart();
    expect(stored.state()).toMatchObject({ digest });
    stored.lone.clock.advance(QUIET_MS);
    expect(stored.node.disk.checkpoints.get(task.id)?.length).toBeGreaterThan(0);
  });

  test("the mark of a changed task is in the write of its record", () => {
    const stored = new Stored();
    stored.lone.clock.advance(QUIET_MS);
    const [task] = stored.tasks as [Made];
    const made = stored.submit(60, task.task);
    const batches = stored.node.effects.flatMap((effect) => (effect.kind === "persist" ? [effect.writes] : []));
    const batch = batches.find((writes) => writes.some((w) => w.kind === "put_record" && w.entry.id === made.id));
    expect(batch).toContainEqual({ kind: "put_checkpoint", taskId: task.id, bytes: new Uint8Array() });
  });

  test("the end of a process writes the checkpoints of tasks that changed", () => {
    const stored = new Stored();
    expect(stored.full()).toEqual([]);
    const { digest } = stored.state();
    stored.node.disk.apply(stored.node.engine.lastWrites(), true, stored.lone.clock.nowMs);
    expect(stored.full()).toHaveLength(stored.tasks.length + 1);
    stored.restart();
    expect(stored.state()).toMatchObject({ digest });
  });

  test("a checkpoint with any wrong word, of another length or of another task is refused", () => {
    const stored = new Stored();
    stored.lone.clock.advance(QUIET_MS);
    const [first, second] = stored.full() as [[string, Uint8Array], [string, Uint8Array]];
    const { engine } = new LoneWorld().node;
    const [taskId, bytes] = first;
    for (let at = 0; at < bytes.length; at += 4) {
      const damaged = bytes.slice();
      damaged[at] = (damaged[at] as number) ^ 0x10;
      expect(engine.checkpoints.restore(taskId, damaged)).toBe("damaged");
    }
    expect(engine.checkpoints.restore(taskId, bytes.subarray(0, -4))).toBe("damaged");
    expect(engine.checkpoints.restore(taskId, bytes.subarray(0, 30))).toBe("damaged");
    expect(engine.checkpoints.restore(second[0], bytes)).toBe("damaged");
    expect(engine.recordCount).toBe(0);
    expect(engine.checkpoints.restore(taskId, bytes)).toBeUndefined();
    expect(engine.checkpoints.restore(taskId, bytes)).toBe("conflicting");
  });

  test("results in checkpoints are folded again under other weights", () => {
    const stored = new Stored();
    stored.lone.clock.advance(QUIET_MS);
    const members = [{ key: author(99), weight: 1 }];
    const facts: ChainFacts = { ...EVERYONE, rosters: [{ fromDay: 0, members }] };
    const countsUnder = (chain: ChainFacts) => {
      const { clock, node } = new LoneWorld({}, chain);
      clock.advance((OPEN_SECONDS + 1) * 1000);
      for (const [taskId, bytes] of stored.full()) node.engine.checkpoints.restore(taskId, bytes);
      node.engine.checkpoints.finish();
      return node.engine.taskCounts();
    };
    expect(countsUnder(EVERYONE)).toMatchObject({ UnderValidation: 2 });
    // No member of the roster validated.
    expect(countsUnder(facts)).toMatchObject({ UnderValidation: 0 });
  });

  test("the checkpoint of a task without members leaves the disk", () => {
    const stored = new Stored();
    stored.lone.clock.advance(QUIET_MS);
    const ids = [...stored.node.disk.records.values()].map(({ entry }) => entry.id);
    stored.node.step({ kind: "values_lost", records: ids, bodies: [] });
    expect(stored.node.disk.checkpoints.size).toBe(0);
  });
});
