import { describe, expect, test } from "vitest";
import type { Limits } from "../../src/engine/bounds.js";
import { Admission, LARGE_WINDOW, type Settled } from "../../src/engine/intake/index.js";
import type { TaskRecord } from "../../src/engine/set/index.js";
import type { StoreWrite } from "../../src/engine/writes.js";
import { announce, DEADLINE, entryOf, hash, key, NOON, submit } from "../support/engine-world.js";
import { EngineParts } from "./engine-parts.js";

const ENVELOPE = new Uint8Array([1]);
const DAY_SECONDS = 86_400;

class Admitting {
  readonly parts: EngineParts;
  readonly admission: Admission;
  readonly joined: string[] = [];
  readonly left: string[] = [];

  constructor(limits: Partial<Limits> = {}) {
    this.parts = new EngineParts(limits);
    this.admission = new Admission({
      ...this.parts,
      joined: ({ id }) => void this.joined.push(id),
      left: ({ id }) => void this.left.push(id),
      changed: () => undefined,
      gone: () => undefined,
      certified: () => undefined,
      load: () => undefined,
    });
  }

  admit(record: TaskRecord): Settled {
    return this.admission.admit(entryOf(record), record, ENVELOPE, undefined);
  }

  /** Ends the step and returns its writes. */
  writes(): StoreWrite[] {
    this.admission.flush();
    return this.parts.take("persist").flatMap(({ writes }) => writes);
  }
}

/** A task whose announcement is a member, and submissions by different authors. */
function task(count: number): { readonly announced: TaskRecord; readonly submissions: readonly TaskRecord[] } {
  const announced = announce({ author: key(0) });
  return { announced, submissions: Array.from({ length: count }, (_, i) => submit(announced, { author: key(i + 1) })) };
}

describe("admission", () => {
  test("admission writes a new member with its window in one batch, and no copy of it", () => {
    const world = new Admitting();
    const { announced } = task(0);
    expect(world.admit(announced)).toEqual({ kind: "new" });
    const { strand, window } = entryOf(announced);
    const state = world.parts.set.states.window(strand, window);
    expect(world.writes().filter(({ kind }) => kind !== "put_event")).toEqual([
      { kind: "put_record", entry: entryOf(announced), envelope: ENVELOPE },
      { kind: "put_window", window: state },
    ]);
    expect(state?.count).toBe(1);
    expect(world.admit(announced)).toEqual({ kind: "ignored", code: "already_known", remember: false });
    expect(world.writes()).toEqual([]);
    expect(world.joined).toEqual([announced.id]);
  });

  test("admission keeps the two lowest ids of a slot in any order, and deletes an evicted record", () => {
    const made = Array.from({ length: 3 }, (_, nonce) => announce({ author: key(0), nonce }));
    const [low, middle, high] = made.sort((a, b) => (a.id < b.id ? -1 : 1)) as [TaskRecord, TaskRecord, TaskRecord];
    const early = new Admitting();
    for (const record of [low, middle]) early.admit(record);
    expect(early.admit(high)).toEqual({ kind: "ignored", code: "slot_equivocated", remember: true });
    const late = new Admitting();
    for (const record of [high, middle]) late.admit(record);
    late.writes();
    expect(late.admit(low)).toEqual({ kind: "ignored", code: "slot_equivocated", remember: false });
    expect(late.left).toEqual([high.id]);
    expect(late.writes()).toContainEqual({ kind: "drop_record", entry: entryOf(high) });
    for (const { parts } of [early, late]) {
      expect([low, middle, high].map(({ id }) => parts.set.has(id))).toEqual([true, true, false]);
    }
  });

  test("admission refuses records while the disk is full, and accepts them when there is room again", () => {
    const world = new Admitting();
    const { announced } = task(0);
    world.admission.setDiskFull(true);
    expect(world.admit(announced)).toEqual({ kind: "ignored", code: "storage_full", remember: false });
    expect(world.parts.set.size).toBe(0);
    world.admission.setDiskFull(false);
    expect(world.admit(announced)).toEqual({ kind: "new" });
  });

  test("admission refuses records at the cap of members without evicting one, until members expire", () => {
    const world = new Admitting({ members: 2 });
    const { announced, submissions } = task(2);
    expect([announced, ...submissions].map((record) => world.admit(record).kind)).toEqual(["new", "new", "ignored"]);
    expect(world.admission.setFull).toBe(true);
    expect(world.parts.set.size).toBe(2);
    world.parts.setClock((world.parts.identity.rules.horizonDays + 1) * DAY_SECONDS);
    world.admission.expire();
    expect(world.admission.setFull).toBe(false);
    expect(world.parts.set.size).toBe(0);
    expect(world.left).toHaveLength(2);
  });

  test("admission follows a clock that is set back by days and accepts the records of those days", () => {
    const world = new Admitting();
    const days = world.parts.identity.rules.horizonDays + 1;
    world.parts.setClock(days * DAY_SECONDS);
    world.admission.expire();
    world.parts.setClock(0);
    world.admission.expire();
    world.admit(task(0).announced);
    world.admission.expire();
    expect(world.parts.set.size).toBe(1);
    world.parts.setClock(days * DAY_SECONDS);
    world.admission.expire();
    expect(world.parts.set.size).toBe(0);
  });

  test("removes the bodies of a task with its last record, and leaves a shared body to the other task", () => {
    const world = new Admitting();
    const first = announce({ author: key(0) });
    const second = announce({ author: key(1) });
    for (const record of [first, second]) world.admit(record);
    const own = { hash: hash("own"), taskId: first.id, kind: "submission" } as const;
    world.parts.book.add(own);
    for (const { id: taskId } of [first, second]) world.parts.book.add({ hash: hash("task"), taskId, kind: "task" });
    world.writes();
    world.admission.lose([first.id]);
    const writes = world.writes().filter(({ kind }) => kind === "drop_body" || kind === "refer_body");
    expect(writes).toEqual([
      { kind: "refer_body", hash: hash("task"), taskId: second.id },
      { kind: "drop_body", hash: own.hash, taskId: first.id },
      { kind: "drop_body", hash: hash("task"), taskId: first.id },
    ]);
  });

  test("admission writes the state of a large window every 30 s, and of a small one in each step", () => {
    const world = new Admitting();
    const { announced, submissions } = task(LARGE_WINDOW + 1);
    for (const record of [announced, ...submissions.slice(0, -1)]) world.admit(record);
    const windows = (): number => world.writes().filter(({ kind }) => kind === "put_window").length;
    // The first flush is due at once.
    expect(windows()).toBe(2 - Number(entryOf(announced).window === entryOf(submissions[0] as TaskRecord).window));
    world.admit(submissions.at(-1) as TaskRecord);
    expect(windows()).toBe(0);
    world.admit(announce({ author: key(0), number: 1, timestampSeconds: NOON - 7200 }, { deadlineSeconds: DEADLINE }));
    expect(windows()).toBe(1);
    world.parts.setClock(30);
    expect(windows()).toBe(1);
    expect(windows()).toBe(0);
  });
});
