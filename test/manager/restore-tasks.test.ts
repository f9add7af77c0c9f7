import { describe, expect, test } from "vitest";
import type { StoreWrite } from "../../src/engine/index.js";
import { logRestored } from "../../src/manager/assembly/restore-engine.js";
import { NetworkError } from "../../src/protocol/errors.js";
import { StoredNode, TASKS } from "./stored-node.js";

function flipped(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  copy[copy.length >> 1] = (copy[copy.length >> 1] as number) ^ 1;
  return copy;
}

describe("a start by checkpoints", () => {
  test("follows a start that read all records, and gives the same state", async () => {
    const node = await StoredNode.open();
    const first = await node.start();
    expect(node.counted).toEqual(["checkpoints absent 1"]);
    expect(first.engine.recordCount).toBe(3 * TASKS);
    const second = await node.start();
    expect(node.counted).toEqual([`checkpoints pending ${TASKS}`]);
    expect(await node.checkpointed()).toHaveLength(TASKS);
    const third = await node.start();
    expect(node.counted).toEqual([`checkpoints used ${TASKS}`]);
    for (const later of [second, third]) expect(node.digest(later)).toBe(node.digest(first));
  });

  test("gives the signing stores the records of own authors only", async () => {
    const node = await StoredNode.open();
    await node.checkpointed();
    const learned = node.learned.slice();
    await node.start();
    expect(node.learned).toEqual(learned);
    expect(learned).toHaveLength(1);
  });

  test("reads the records of a task whose checkpoint is damaged", async () => {
    const node = await StoredNode.open();
    const [taskId = ""] = await node.checkpointed();
    const whole = node.digest(await node.start());
    for (const damage of [flipped, (bytes: Uint8Array) => bytes.subarray(0, 40), () => new Uint8Array(7)]) {
      await node.change(taskId, damage);
      const restored = await node.start();
      expect(node.counted).toEqual([`checkpoints used ${TASKS - 1}`, "checkpoints damaged 1"]);
      expect(node.digest(restored)).toBe(whole);
      await node.store.apply(restored.engine.lastWrites(), { sync: false });
      expect((await node.start()).checkpoints.used).toBe(TASKS);
    }
  });

  test("reads all records if a checkpoint is lost", async () => {
    const node = await StoredNode.open();
    const [taskId = ""] = await node.checkpointed();
    const whole = node.digest(await node.start());
    await node.store.apply([{ kind: "drop_checkpoint", taskId }], { sync: false });
    const restored = await node.start();
    expect(restored.checkpoints.fault).toBe("differing");
    expect(node.counted).toContain("checkpoints differing 1");
    expect(node.digest(restored)).toBe(whole);
    expect((await node.start()).checkpoints.fault).toBeUndefined();
  });

  test("reads all records if the checkpoint of a task is older than its records", async () => {
    const node = await StoredNode.open();
    const [taskId = ""] = await node.checkpointed();
    let old: Uint8Array = new Uint8Array();
    await node.change(taskId, (bytes) => {
      old = bytes;
      return bytes;
    });
    const lost = (await node.store.taskRecords(taskId)).find(({ entry }) => entry.id !== taskId);
    if (lost === undefined) throw new Error("the task has a submission");
    const { engine } = await node.start();
    for (const effect of engine.step(
      { kind: "values_lost", records: [lost.entry.id], bodies: [] },
      node.lone.clock.nowMs,
    )) {
      if (effect.kind === "persist") await node.store.apply(effect.writes, { sync: false });
    }
    await node.change(taskId, () => old);
    const restored = await node.start();
    expect(restored.checkpoints.fault).toBe("differing");
    expect(restored.engine.recordCount).toBe(3 * TASKS - 1);
  });

  test("drops the checkpoint of a task without a record", async () => {
    const node = await StoredNode.open();
    const [taskId = ""] = await node.checkpointed();
    const records = await node.store.taskRecords(taskId);
    const writes = records.flatMap(({ entry }): StoreWrite[] => [
      { kind: "drop_record", entry },
      { kind: "drop_window", strand: entry.strand, window: entry.window },
    ]);
    await node.store.apply(writes, { sync: false });
    expect((await node.start()).checkpoints.fault).toBe("differing");
    const left: string[] = [];
    for await (const { taskId: held } of node.store.checkpoints()) left.push(held);
    expect(left).toHaveLength(TASKS - 1);
    expect(left).not.toContain(taskId);
  });

  test("reports a disk that does not take the marks of wrong checkpoints, and the next start reads all records", async () => {
    const node = await StoredNode.open();
    const { apply } = node.store;
    node.store.apply = async () => {
      throw new NetworkError("storage_full", "the disk is full");
    };
    const restored = await node.start();
    expect(restored.engine.recordCount).toBe(3 * TASKS);
    expect(restored.unmarked).toMatchObject({ code: "storage_full" });
    expect(node.counted).toEqual(["checkpoints absent 1", "checkpoints unmarked 1"]);
    const lines: string[] = [];
    logRestored((level, text) => void lines.push(`${level} ${text}`), restored);
    expect(lines).toContain(
      "warn the disk did not take the marks of the checkpoints; the next start reads all records again",
    );
    node.store.apply = apply;
    expect(await node.start()).toMatchObject({ unmarked: undefined, checkpoints: { fault: "absent" } });
  });
});
