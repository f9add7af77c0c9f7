import { describe, expect, onTestFinished, test } from "vitest";
import type { StoreWrite } from "../../src/engine/index.js";
import { RecordScrub } from "../../src/manager/assembly/record-scrub.js";
import type { Restored } from "../../src/manager/assembly/restore-engine.js";
import { concatBytes } from "../../src/protocol/bytes.js";
import { recordKey } from "../../src/storage/keys.js";
import type { Lost } from "../../src/storage/losses.js";
import { blake3 } from "../support/simulation/fake-signer.js";
import { StoredNode, TASKS } from "./stored-node.js";

interface Scrubbed {
  readonly scrub: RecordScrub;
  readonly lost: string[];
  readonly failures: unknown[];
  readonly lose: (lost: Lost) => void;
}

/** The scrub of a node that has started. */
function scrubOf(node: StoredNode, { engine }: Restored): Scrubbed {
  const lost: string[] = [];
  const failures: unknown[] = [];
  const lose: Scrubbed["lose"] = ({ records, bodies }) => {
    lost.push(...records);
    engine.step({ kind: "values_lost", records, bodies }, node.lone.clock.nowMs);
  };
  const scrub = new RecordScrub({
    engine,
    store: node.store,
    blake3,
    genesis: node.lone.identity.genesis,
    readable: async () => undefined,
    log: () => undefined,
    failed: (_, error) => void failures.push(error),
  });
  onTestFinished(() => scrub.stop());
  return { scrub, lost, failures, lose };
}

async function ended({ scrub, failures, lose }: Scrubbed): Promise<void> {
  scrub.start(lose);
  await scrub.ended();
  expect(failures).toEqual([]);
}

describe("the read of all records after a start by checkpoints", () => {
  test("loses nothing if the disk has all records", async () => {
    const node = await StoredNode.open();
    await node.checkpointed();
    const restored = await node.start();
    const scrubbed = scrubOf(node, restored);
    await ended(scrubbed);
    expect(scrubbed.lost).toEqual([]);
    expect(restored.engine.recordCount).toBe(3 * TASKS);
  });

  test("loses records that are damaged or missing, also a whole task", async () => {
    const node = await StoredNode.open();
    const [first = "", second = "", third = ""] = await node.checkpointed();
    const restored = await node.start();
    const damaged = (await node.store.taskRecords(first)).find(({ entry }) => entry.id !== first);
    const missing = (await node.store.taskRecords(second)).find(({ entry }) => entry.id !== second);
    const gone = await node.store.taskRecords(third);
    if (damaged === undefined || missing === undefined) throw new Error("each task has three records");
    const drop = (entry: typeof missing.entry): StoreWrite => ({ kind: "drop_record", entry });
    await node.store.apply([drop(missing.entry), ...gone.map(({ entry }) => drop(entry))], { sync: false });
    const envelope = damaged.envelope.slice();
    envelope[60] = (envelope[60] as number) ^ 1;
    const value = concatBytes([new Uint8Array(7), envelope]);
    await node.keys.write([{ op: "put", family: "records", key: recordKey(damaged.entry), value }], { sync: false });
    const scrubbed = scrubOf(node, restored);
    await ended(scrubbed);
    const ids = [damaged, missing, ...gone].map(({ entry }) => entry.id);
    expect(scrubbed.lost.sort()).toEqual(ids.sort());
    expect(restored.engine.recordCount).toBe(3 * TASKS - ids.length);
  });

  test("does not lose a record that came after its task was read", async () => {
    const node = await StoredNode.open();
    await node.checkpointed();
    const restored = await node.start();
    const task = [...node.lone.node.disk.records.values()].find(({ entry }) => entry.id === entry.taskId);
    if (task === undefined) throw new Error("there is a task");
    // The engine has the record, and the disk gets it while the scrub waits for it.
    const scrubbed = scrubOf(node, restored);
    const removed = await node.store.taskRecords(task.entry.taskId);
    const newest = removed.find(({ entry }) => entry.id !== task.entry.id);
    if (newest === undefined) throw new Error("the task has a submission");
    await node.store.apply([{ kind: "drop_record", entry: newest.entry }], { sync: false });
    const scrub = new RecordScrub({
      engine: restored.engine,
      store: node.store,
      blake3,
      genesis: node.lone.identity.genesis,
      readable: () => node.store.apply([{ kind: "put_record", ...newest }], { sync: false }),
      log: () => undefined,
      failed: (_, error) => void scrubbed.failures.push(error),
    });
    await ended({ ...scrubbed, scrub, lose: () => expect.unreachable() });
  });

  test("ends at a stop", async () => {
    const node = await StoredNode.open();
    await node.checkpointed();
    const scrubbed = scrubOf(node, await node.start());
    scrubbed.scrub.start(scrubbed.lose);
    await scrubbed.scrub.stop();
    expect(scrubbed.lost).toEqual([]);
  });
});
