import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { StoredEvent } from "../../src/engine/index.js";
import { AINetworkSyncManager } from "../../src/manager/network-sync-manager.js";
import { openStandalone } from "../../src/plugin/standalone-parts.js";
import type { RecordStore } from "../../src/storage/types.js";
import { codeTask, LocalNode } from "../support/local-node.js";
import { makeDirectory } from "../support/scratch.js";
import { StallFreeWatch } from "../support/stall-free-time.js";

/** libp2p leaves timers of up to a second. This ends the wait for a handle that is never released. */
const RELEASE_MS = 60_000;

/** Open handles and running timers by kind, and the listeners of the process. */
function held(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of process.eventNames()) counts[`on ${String(name)}`] = process.listenerCount(name);
  for (const name of process.getActiveResourcesInfo()) {
    // Requests to the disk or the thread pool are not counted: they end, and the test runner has its own.
    if (!/Req(uest)?(Wrap)?$/.test(name)) counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

/** A store whose disk accepts writes while `willing` returns true. */
function unsure(store: RecordStore, willing: () => boolean): RecordStore {
  const apply: RecordStore["apply"] = (...args) =>
    willing() ? store.apply(...args) : Promise.reject(new Error("no space left"));
  return new Proxy(store, {
    get: (target, name) => {
      const value: unknown = name === "apply" ? apply : Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

async function until(holds: () => boolean): Promise<boolean> {
  const end = performance.now() + RELEASE_MS;
  while (!holds() && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 20));
  return holds();
}

describe("a manager from start to stop", () => {
  let directory: Awaited<ReturnType<typeof makeDirectory>>;
  beforeEach(async () => {
    directory = await makeDirectory();
  });
  afterEach(() => directory.remove());

  const open = (options: Partial<Parameters<typeof openStandalone>[0]> = {}) =>
    openStandalone({ dirPath: directory.path, networkName: "e2e", listen: ["/ip4/127.0.0.1/tcp/0"], ...options });

  it("a manager that starts and stops many times leaves no handle, timer or listener", async () => {
    const cycle = async (): Promise<void> => {
      const node = await LocalNode.start(`${directory.path}/a`);
      const other = await LocalNode.start(`${directory.path}/b`, [node.address]);
      const { taskId } = await node.control.publishTask(codeTask("again"));
      await other.until((control) => control.taskDetails(taskId).catch(() => undefined));
      await node.stop();
      await other.stop();
    };
    await cycle();
    await until(() => held().TCPSocketWrap === undefined);
    const before = held();
    for (let i = 0; i < 3; i++) await cycle();
    const noMore = (): boolean => Object.entries(held()).every(([name, count]) => count <= (before[name] ?? 0));
    expect(await until(noMore), `${JSON.stringify(before)} became ${JSON.stringify(held())}`).toBe(true);
  });

  it("a start that fails on a taken port closes what it opened, and the next start succeeds", async () => {
    const holder = await LocalNode.start(`${directory.path}/holder`);
    const port = holder.address.split("/")[4];
    const parts = await open({ listen: [`/ip4/127.0.0.1/tcp/${port}`] });
    const manager = new AINetworkSyncManager(parts.options);
    await expect(manager.start()).rejects.toMatchObject({ code: "address_in_use" });
    expect(() => manager.control).toThrow("not running");
    await manager.stop();
    await parts.close();
    const node = await LocalNode.start(directory.path);
    await node.stop();
    await holder.stop();
  });

  it("a stop during a start waits for the start and runs once for all callers", async () => {
    const parts = await open();
    const manager = new AINetworkSyncManager(parts.options);
    const starting = manager.start();
    await Promise.all([manager.stop(), manager.stop()]);
    await starting;
    expect(() => manager.control).toThrow("not running");
    await parts.close();
    await expect(manager.start()).rejects.toMatchObject({ code: "stopped" });
  });

  it("a manager on a failing disk stops in time; the next start publishes the unfinished record", async () => {
    const parts = await open();
    let willing = true;
    const store = unsure(parts.options.store, () => willing);
    const manager = new AINetworkSyncManager({ ...parts.options, store });
    await manager.start();
    const events: StoredEvent[] = [];
    manager.control.subscribe((event) => events.push(event));
    willing = false;
    await expect(manager.control.publishTask(codeTask("late"))).rejects.toMatchObject({ code: "storage_failed" });
    expect(manager.control.health().status).toBe("failed");
    const watch = new StallFreeWatch();
    await manager.stop();
    expect(watch.stop()).toBeLessThan(4000);
    expect(events).toEqual([]);
    await parts.close();

    const again = await LocalNode.start(directory.path);
    const { tasks } = await again.control.listTasks({
      statuses: [],
      beforeDeadline: false,
      taskType: undefined,
      limit: 10,
      after: undefined,
    });
    expect(tasks.length).toBe(1);
    const { body } = await again.control.taskDetails(tasks[0]?.taskId ?? "");
    expect(body?.description).toBe("late");
    await again.stop();
  });
});
