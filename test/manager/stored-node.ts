import { onTestFinished } from "vitest";
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

/** Each has three records. */
export const TASKS = 5;
const OWN = author(0);

/** The database of a node that stopped, and its starts. */
export class StoredNode {
  readonly keys: KeyStore;
  readonly store: DiskRecordStore;
  readonly lone = new LoneWorld();
  readonly counted: string[] = [];
  readonly learned: string[] = [];

  private constructor(keys: KeyStore) {
    this.keys = keys;
    this.store = new DiskRecordStore(keys);
  }

  static async open(): Promise<StoredNode> {
    const node = new StoredNode(await openStore("leveldb", await scratchDirectory(), { createIfMissing: true }));
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
