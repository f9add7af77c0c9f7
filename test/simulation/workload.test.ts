import { describe, expect, test } from "vitest";
import type { Published } from "../../src/api/index.js";
import type { StoredEvent } from "../../src/engine/index.js";
import { NetworkError, type ReasonCode } from "../../src/protocol/errors.js";
import { anyEvent } from "../support/stored-event.js";
import type { AnyDraft, UserControl } from "./workload/drafts.js";
import { Workload } from "./workload/workload.js";
import { Random } from "./world/random.js";
import { Life, Schedule } from "./world/schedule.js";

/** Ways in which a node may break its promises. */
interface Defects {
  readonly forgetsKeys?: boolean;
  readonly skipsEvent?: boolean;
  readonly repeatsEvent?: boolean;
  readonly changesEvents?: boolean;
  readonly publishesFaulty?: boolean;
}

/** A node as its users see it, with a disk that outlives its lives. */
class FakeNode {
  readonly key: string;
  life = new Life("");
  refuse: ReasonCode | undefined;
  silent = false;
  readonly #schedule: Schedule;
  readonly #random: Random;
  readonly #defects: Defects;
  readonly #ids = new Set<string>();
  readonly #byKey = new Map<string, Published>();
  #events: StoredEvent[] = [];
  #listeners = new Set<(event: StoredEvent) => void>();

  constructor(schedule: Schedule, random: Random, defects: Defects = {}) {
    this.#schedule = schedule;
    this.#random = random;
    this.#defects = defects;
    this.key = this.#id();
  }

  get events(): number {
    return this.#events.length;
  }

  start(name: string): { readonly control: UserControl; readonly life: Life } {
    this.life = new Life(name);
    this.#listeners = new Set();
    const { changesEvents } = this.#defects;
    if (changesEvents === true)
      this.#events = this.#events.map(({ sequence, event }) => anyEvent(sequence, event, { other: true }));
    const authors = [{ name: "default", key: this.key, address: "", stopped: undefined, leftToday: LEFT }];
    const control: UserControl = {
      info: () => ({ authors }),
      publishTask: (draft) => this.#publish({ kind: "task", draft }),
      submitSolution: (draft) => this.#publish({ kind: "submission", draft }),
      validateSubmission: (draft) => this.#publish({ kind: "validation", draft }),
      cancelTask: (draft) => this.#publish({ kind: "cancel", draft }),
      eventsAfter: async (after, limit) => {
        await this.#schedule.sleep(1);
        return this.#events.filter(({ sequence }) => sequence > after).slice(0, limit);
      },
      subscribe: (listener) => {
        this.#listeners.add(listener);
        return () => this.#listeners.delete(listener);
      },
    };
    return { control, life: this.life };
  }

  async #publish({ kind, draft }: AnyDraft): Promise<Published> {
    await this.#schedule.sleep(5);
    if (this.refuse !== undefined) throw new NetworkError(this.refuse, "refused");
    const key = draft.idempotencyKey as string;
    let published = this.#defects.forgetsKeys === true ? undefined : this.#byKey.get(key);
    const duplicate = published !== undefined;
    if (published === undefined) {
      const wrong = this.#wrong({ kind, draft } as AnyDraft);
      if (wrong !== undefined && this.#defects.publishesFaulty !== true) throw new NetworkError(wrong, "refused");
      const id = this.#id();
      const record = { id, author: this.key, timestampSeconds: 0, number: 0, strand: "" };
      published = { taskId: "taskId" in draft ? (draft.taskId ?? id) : id, record, deadlineSeconds: 0, duplicate };
      this.#byKey.set(key, published);
      this.#emit(kind, published);
    }
    // The record is on the disk; a crash now leaves the caller without the answer.
    await this.#schedule.sleep(400);
    if (this.silent) return new Promise(() => undefined);
    return { ...published, duplicate };
  }

  #wrong({ kind, draft }: AnyDraft): ReasonCode | undefined {
    if (kind !== "task")
      return this.#ids.has(kind === "validation" ? draft.submissionId : draft.taskId) ? undefined : "not_found";
    if (draft.qualityThreshold > 100) return "value_out_of_range";
    return draft.deadline.kind === "at" ? "bad_deadline" : undefined;
  }

  #emit(kind: string, { taskId, record }: Published): void {
    const { id, author } = record;
    this.#ids.add(id);
    // Half of the tasks and answers count as those of another node.
    const by = this.#random.chance(0.5) ? author : this.#id();
    const deadline = this.#schedule.nowMs / 1000 + 600;
    const sequence = this.#events.length + 1 + (this.#defects.skipsEvent === true && this.#events.length > 5 ? 1 : 0);
    const names: Record<string, string> = { task: "task_published", submission: "submission_received" };
    const body = { task_id: taskId, record_id: id, publisher: by, submission_id: id, submitter: by, deadline };
    const event = anyEvent(sequence, names[kind] ?? kind, body);
    this.#events.push(event);
    const times = this.#defects.repeatsEvent === true ? 2 : 1;
    for (let i = 0; i < times; i++) for (const listener of this.#listeners) listener(event);
  }

  #id(): string {
    return Buffer.from(this.#random.bytes(32)).toString("hex");
  }
}

const LEFT = { tasks: 1, submissions: 1, validations: 1 };

function build(defects: Defects = {}, seed = 1) {
  const schedule = new Schedule(1_780_000_000_000);
  const random = new Random(seed);
  const settings = { recordsPerSecond: 2, repeatShare: 0.3, faultyShare: 0.05, largeBodyBytes: 20_000 };
  const workload = new Workload({ schedule, random: random.fork("workload"), settings });
  const nodes = ["n0", "n1"].map((name) => ({ name, node: new FakeNode(schedule, random.fork(name), defects) }));
  const up = (index: number): void => {
    const { name, node } = nodes[index] as (typeof nodes)[number];
    const { control, life } = node.start(name);
    schedule.within(life, () => workload.attach(name, control, life));
  };
  const crash = (index: number): void => {
    const { name, node } = nodes[index] as (typeof nodes)[number];
    node.life.alive = false;
    workload.detach(name);
  };
  up(0);
  up(1);
  workload.start();
  const run = (seconds: number): Promise<void> => schedule.run(schedule.nowMs + 1000 * seconds);
  /** Minutes with a crash and a restart of each node in each. */
  const story = async (minutes: number): Promise<void> => {
    for (let minute = 0; minute < minutes; minute++) {
      await run(30);
      for (const index of [0, 1]) crash(index);
      await run(5);
      for (const index of [0, 1]) up(index);
      await run(25);
    }
  };
  return { schedule, workload, run, story, up, crash, node: (index: number) => nodes[index]?.node as FakeNode };
}

describe("the users of a world", () => {
  test("publish all kinds, ask again after crashes, and find nothing wrong with a good node", async () => {
    const { workload, story, run } = build();
    await story(10);
    workload.stop();
    await run(60);
    expect(workload.ledger.violations).toEqual([]);
    expect(workload.open).toBe(0);
    const kinds = new Set([...workload.ledger.acknowledged()].map(({ kind }) => kind));
    expect([...kinds].sort()).toEqual(["cancel", "submission", "task", "validation"]);
    expect(workload.ledger.size).toBeGreaterThan(800);
    for (const name of ["calls cut off", "calls again", "duplicates", "events read", "refused not_found"]) {
      expect(workload.counts.get(`workload ${name}`), name).toBeGreaterThan(5);
    }
  });

  test("read each event once, across crashes", async () => {
    const { workload, story, run, node } = build();
    await story(5);
    workload.stop();
    await run(60);
    expect(workload.counts.get("workload events read")).toBe(node(0).events + node(1).events);
  });

  test("ask again after a refusal that passes, and give up after others and after too many", async () => {
    const { workload, run, node } = build();
    node(0).refuse = "storage_failed";
    node(1).refuse = "not_allowed";
    await run(60);
    expect(workload.ledger.size).toBe(0);
    node(0).refuse = undefined;
    workload.stop();
    await run(60);
    const { counts } = workload;
    expect(workload.open).toBe(0);
    expect(workload.ledger.size).toBeGreaterThan(0);
    expect(counts.get("workload refused not_allowed")).toBeGreaterThan(20);
    expect(counts.get("workload refused storage_failed")).toBeGreaterThan(60);
    expect(workload.ledger.violations).toEqual([]);
  });

  test("report calls that a running node does not answer", async () => {
    const { workload, run, node } = build();
    await run(10);
    expect(workload.unanswered(5000)).toEqual([]);
    node(1).silent = true;
    await run(30);
    expect(workload.unanswered(5000).map(({ node: name }) => name)).toEqual(["n1"]);
  });

  test("are a function of the seed", async () => {
    const runs = [];
    for (const seed of [5, 5, 6]) {
      const { workload, story } = build({}, seed);
      await story(2);
      runs.push([...workload.ledger.acknowledged()].map(({ id, atMs }) => `${id} ${atMs}`).join());
    }
    expect(runs[1]).toBe(runs[0]);
    expect(runs[2]).not.toBe(runs[0]);
  });

  test.each<[keyof Defects, RegExp]>([
    ["forgetsKeys", /a repeated \w+ call gave/],
    ["skipsEvent", /event \d+ came after/],
    ["repeatsEvent", /event \d+ came again/],
    ["changesEvents", /event \d+ has changed/],
    ["publishesFaulty", /with a wrong parameter was published/],
  ])("find the defect %s", async (defect, text) => {
    const { workload, story } = build({ [defect]: true });
    await story(4);
    expect(workload.ledger.violations.map((violation) => violation.text)).toContainEqual(expect.stringMatching(text));
  });
});
