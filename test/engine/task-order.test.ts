import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TaskOrder, type TaskPlace, type TaskSelection } from "../../src/engine/fold/task-order.js";
import { TASK_STATUSES } from "../../src/engine/fold/views.js";
import { TASK_TYPES } from "../../src/protocol/records.js";
import { hash } from "../support/engine-world.js";

const status = fc.nat({ max: TASK_STATUSES.length - 1 });
const taskType = fc.nat({ max: TASK_TYPES.length - 1 });
const place: fc.Arbitrary<TaskPlace> = fc.record({
  taskId: fc.nat({ max: 300 }).map((at) => hash(`task ${at}`)),
  timestampSeconds: fc.nat({ max: 5000 }),
  status,
  taskType,
  isOver: fc.boolean(),
});
const selection: fc.Arbitrary<TaskSelection> = fc.record({
  statuses: fc.uniqueArray(status, { maxLength: 3 }),
  taskType: fc.option(taskType, { nil: undefined }),
  beforeDeadline: fc.boolean(),
});

function byAge(a: TaskPlace, b: TaskPlace): number {
  return b.timestampSeconds - a.timestampSeconds || (a.taskId < b.taskId ? -1 : 1);
}

/** The same list by a walk over all tasks. */
function walked(places: Iterable<TaskPlace>, after: TaskPlace | undefined, wanted: TaskSelection): string[] {
  return [...places]
    .filter((each) => wanted.statuses.length === 0 || wanted.statuses.includes(each.status))
    .filter((each) => wanted.taskType === undefined || wanted.taskType === each.taskType)
    .filter((each) => !wanted.beforeDeadline || !each.isOver)
    .filter((each) => after === undefined || byAge(after, each) < 0)
    .sort(byAge)
    .map(({ taskId }) => taskId);
}

describe("TaskOrder", () => {
  it("lists what a walk over all tasks lists, after tasks came, changed and left", () => {
    const steps = fc.array(fc.record({ place, leaves: fc.boolean() }), { maxLength: 400 });
    fc.assert(
      fc.property(steps, selection, fc.option(fc.nat(), { nil: undefined }), (taken, wanted, start) => {
        const order = new TaskOrder();
        const held = new Map<string, TaskPlace>();
        for (const { place: next, leaves } of taken) {
          const before = held.get(next.taskId);
          if (before !== undefined) order.remove(before);
          held.delete(next.taskId);
          if (leaves) continue;
          order.add(next);
          held.set(next.taskId, next);
        }
        const places = [...held.values()];
        const after = start === undefined ? undefined : places[start % Math.max(1, places.length)];
        expect([...order.after(after, wanted)]).toEqual(walked(places, after, wanted));
      }),
    );
  });

  it("ignores the removal of a task that it does not hold", () => {
    const order = new TaskOrder();
    const held: TaskPlace = { taskId: hash("a"), timestampSeconds: 5, status: 0, taskType: 0, isOver: false };
    order.remove(held);
    order.add(held);
    order.remove({ ...held, timestampSeconds: 6 });
    order.remove({ ...held, taskId: hash("b") });
    const all: TaskSelection = { statuses: [], taskType: undefined, beforeDeadline: false };
    expect([...order.after(undefined, all)]).toEqual([held.taskId]);
  });
});
