import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openStandalone } from "../../src/plugin/standalone-parts.js";
import { concatBytes } from "../../src/protocol/bytes.js";
import { openStore } from "../../src/storage/database/open-store.js";
import { recordKey } from "../../src/storage/keys.js";
import { filesOf, overwrite } from "../support/damage.js";
import { codeTask, LocalNode } from "../support/local-node.js";
import { makeDirectory } from "../support/scratch.js";

const TASKS = 60;

/** Publishes tasks with incompressible data, so that records and bodies fill many blocks. */
async function publishMany(node: LocalNode): Promise<string[]> {
  const ids: string[] = [];
  for (let at = 0; at < TASKS; at++) {
    const { taskId } = await node.control.publishTask({ ...codeTask(`task ${at}`), data: randomBytes(3000) });
    ids.push(taskId);
  }
  return ids;
}

/** Waits until the node shows each task with its body. */
async function untilWhole(node: LocalNode, ids: readonly string[]): Promise<void> {
  await node.until(async (control) => {
    const found = await Promise.all(ids.map((id) => control.taskDetails(id).catch(() => undefined)));
    return found.every((details) => details?.body !== undefined) ? true : undefined;
  });
}

describe("a node whose tables are damaged", () => {
  let directory: Awaited<ReturnType<typeof makeDirectory>>;
  beforeEach(async () => {
    directory = await makeDirectory();
  });
  afterEach(() => directory.remove());

  /** A peer with all tasks, and the directory of a node that had them in tables. */
  const stopped = async (): Promise<{ peer: LocalNode; ids: string[]; dirPath: string; database: string }> => {
    const dirPath = `${directory.path}/node`;
    const peer = await LocalNode.start(`${directory.path}/peer`);
    const node = await LocalNode.start(dirPath, [peer.address]);
    const ids = await publishMany(peer);
    await untilWhole(node, ids);
    await node.stop();
    // The next opening moves the content of the log into tables.
    await (await openStandalone({ dirPath, networkName: "e2e" })).close();
    return { peer, ids, dirPath, database: `${dirPath}/ai/dev/db` };
  };

  it("a start skips damaged tables, rebuilds the database and fetches lost records and bodies", async () => {
    const { peer, ids, dirPath, database } = await stopped();
    // Records come first in the table, bodies after them.
    const [table = ""] = await filesOf(database, ".sst");
    for (const at of [30, 300]) await overwrite(table, at, randomBytes(3));
    const alone = await LocalNode.start(dirPath);
    // The start reads checkpoints; the node reads the records while it runs, and rebuilds the database.
    const { records, damagedValues } = await alone.until(async (control) => {
      const info = control.info();
      return info.records < TASKS ? info : undefined;
    });
    expect(damagedValues).toBeGreaterThan(0);
    const details = await Promise.all(ids.map((id) => alone.control.taskDetails(id).catch(() => undefined)));
    expect(details.filter((found) => found !== undefined).length).toBe(records);
    expect(alone.control.info().health.components).toContainEqual(
      expect.objectContaining({ name: "storage", status: "degraded", reason: expect.stringContaining(".sst") }),
    );
    await alone.stop();
    const again = await LocalNode.start(dirPath, [peer.address]);
    expect(again.control.info().damagedValues).toBe(0);
    await untilWhole(again, ids);
    await again.stop();
    await peer.stop();
  });

  it("a running node reports a damaged value to its API and to a peer and fetches it again", async () => {
    const { peer, ids, dirPath, database } = await stopped();
    const node = await LocalNode.start(dirPath, [peer.address]);
    // No block of bodies is read yet.
    const [table = ""] = await filesOf(database, ".sst");
    await overwrite(table, 300, randomBytes(3));
    const asked = await Promise.all(ids.map((id) => node.control.taskDetails(id)));
    expect(asked.filter(({ body }) => body === undefined).length).toBeGreaterThan(0);
    expect(node.control.info().damagedValues).toBeGreaterThan(0);
    // A node that is connected to this node only gets the rest first, and in the end all.
    const third = await LocalNode.start(`${directory.path}/third`, [node.address]);
    await untilWhole(third, ids);
    await untilWhole(node, ids);
    await third.stop();
    await node.stop();
    await peer.stop();
  });
});

describe("a node whose stored records are damaged", () => {
  let directory: Awaited<ReturnType<typeof makeDirectory>>;
  beforeEach(async () => {
    directory = await makeDirectory();
  });
  afterEach(() => directory.remove());

  it("a node drops damaged records from its set and fetches them from a peer", async () => {
    const dirPath = `${directory.path}/node`;
    let peer = await LocalNode.start(`${directory.path}/peer`);
    const node = await LocalNode.start(dirPath, [peer.address]);
    const ids: string[] = [];
    for (const name of ["whole", "damaged", "missing"]) {
      const { taskId } = await peer.control.publishTask(codeTask(name));
      await node.until(async (control) => (await control.taskDetails(taskId).catch(() => undefined))?.body);
      ids.push(taskId);
    }
    await node.stop();
    const [whole = "", damaged = "", missing = ""] = ids;
    const parts = await openStandalone({ dirPath, networkName: "e2e" });
    const [envelope] = await parts.options.store.records([{ id: damaged, taskId: damaged }]);
    const place = new Uint8Array(7);
    const value = concatBytes([place, envelope ?? new Uint8Array(0)]);
    value[67] = (value[67] as number) ^ 1;
    await parts.close();
    const { engine } = parts.data.format;
    const keys = await openStore(engine, `${parts.data.path}/db`, { createIfMissing: false });
    const family = "records";
    await keys.write(
      [
        { op: "put", family, key: recordKey({ id: damaged, taskId: damaged }), value },
        { op: "del", family, key: recordKey({ id: missing, taskId: missing }) },
      ],
      { sync: true },
    );
    await keys.close();

    // It knows the peer's address, and would fetch the records at once.
    await peer.stop();
    const alone = await LocalNode.start(dirPath);
    await alone.until(async (control) => (control.info().records === 1 ? true : undefined));
    expect((await alone.control.taskDetails(whole)).view.status).toBe("Published");
    await alone.stop();
    peer = await LocalNode.start(`${directory.path}/peer`);
    const again = await LocalNode.start(dirPath, [peer.address]);
    await again.until(async (control) => (control.info().records === 3 ? true : undefined));
    const at = Math.floor(Date.now() / 60_000) * 60;
    expect((await again.control.stateDigest(at)).digest).toBe((await peer.control.stateDigest(at)).digest);
    await again.stop();
    await peer.stop();
  });
});
