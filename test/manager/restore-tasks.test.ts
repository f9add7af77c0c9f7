import { describe, expect, onTestFinished, test } from "vitest";
import { Engine, type StoreWrite } from "../../src/engine/index.js";
import { type Restored, restore } from "../../src/manager/assembly/restore-engine.js";
import { concatBytes } from "../../src/protocol/bytes.js";
import { openStore } from "../../src/storage/database/open-store.js";
import { CHECKPOINT, hexBytes } from "../../src/storage/keys.js";
import { DiskRecordStore } from "../../src/storage/records/record-store.js";
import type { KeyStore } from "../../src/storage/types.js";
import { scratchDirectory } from "../support/scratch.js";
import { blake3 } from "../support/simulation/fake-signer.js";
import { LoneWorld } from "../support/simulation/lone-world.js";
import { author, type Made } from "../support/simulation/story.js";
import { EVERYONE } from "../support/simulation/world.js";

const TASKS = 5;
const OWN = author(0);

/** The database of a node that stopped, and its starts. */
class Node {
  readonly keys: KeyStore;
  readonly store: DiskRecordStore;
  readonly lone = new LoneWorld();
  readonly counted: string[] = [];
  readonly learned: string[] = [];

  private constructor(keys: KeyStore) {
    this.keys = keys;
    this.store = new DiskRecordStore(keys);
  }

  static async open(): Promise<Node> {
    const node = new Node(await openStore("leveldb", await scratchDirectory(), { createIfMissing: true }));
    onTestFinished(() => node.store.close());
    const { story, node: sim } = node.lone;
    for (let at = 0; at < TASKS; at++) {
      const task = story.publish(sim, story.task(author(at), story.nowSeconds + 600));
      const answer: Made = story.publish(sim, story.submission(author(10 + at), task.task));
      story.publish(sim, story.validation(author(20 + at), answer, 80));
    }
    const records = [...sim.disk.records.values()].map((record): StoreWrite => ({ ...record, kind: "put_record" }));
    const windows = [...sim.disk.windows.values()].map((window): StoreWrite => ({ kind: "put_window", window }));
    await node.store.apply([...records, ...windows], { sync: false });
    return node;
  }

  async start(): Promise<Restored> {
    const { identity, clock } = this.lone;
    this.counted.length = 0;
    this.learned.length = 0;
    return restore({
      newEngine: () =>
        new Engine({
          identity,
          blake3,
          seed: new Uint8Array(32),
          nodeKey: author(99),
          authors: [OWN],
          startMs: clock.nowMs,
        }),
      store: this.store,
      blake3,
      genesis: identity.genesis,
      facts: EVERYONE,
      nowMs: clock.nowMs,
      members: async (records) => {
        this.learned.push(...records.flatMap(({ entry }) => (entry.author === OWN ? [entry.id] : [])));
      },
      log: () => undefined,
      count: (name, label, value) => void this.counted.push(`${name} ${label} ${value}`),
    });
  }

  /** A start and a stop, after which all tasks have checkpoints. */
  async checkpointed(): Promise<string[]> {
    const { engine } = await this.start();
    await this.store.apply(engine.lastWrites(), { sync: false });
    const taskIds: string[] = [];
    for await (const { taskId, bytes } of this.store.checkpoints()) if (bytes.length > 0) taskIds.push(taskId);
    return taskIds;
  }

  async change(taskId: string, changed: (bytes: Uint8Array) => Uint8Array): Promise<void> {
    const key = concatBytes([CHECKPOINT, hexBytes(taskId, 32)]);
    const held = await this.keys.get("derived", key);
    if (held === undefined) throw new Error("there is no checkpoint");
    await this.keys.write([{ op: "put", family: "derived", key, value: changed(held) }], { sync: false });
  }

  digest({ engine }: Restored): string | undefined {
    return engine.digest(this.lone.story.nowSeconds - (this.lone.story.nowSeconds % 60));
  }
}

function flipped(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  copy[copy.length >> 1] = (copy[copy.length >> 1] as number) ^ 1;
  return copy;
}

describe("a start by checkpoints", () => {
  test("follows a start that read all records, and gives the same state", async () => {
    const node = await Node.open();
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
    const node = await Node.open();
    await node.checkpointed();
    const learned = node.learned.slice();
    await node.start();
    expect(node.learned).toEqual(learned);
    expect(learned).toHaveLength(1);
  });

  test("reads the records of a task whose checkpoint is damaged", async () => {
    const node = await Node.open();
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
    const node = await Node.open();
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
    const node = await Node.open();
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
    const node = await Node.open();
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
});
