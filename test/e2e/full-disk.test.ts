import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { appendFile, readdir, rm, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it, type TestContext } from "vitest";
import { ApiMetrics } from "../../src/api/metrics/metrics.js";
import { EXIT } from "../../src/cli/exit-codes.js";
import { AINetworkSyncManager } from "../../src/manager/network-sync-manager.js";
import { openStandalone } from "../../src/plugin/standalone-parts.js";
import { ENGINES, openStore } from "../../src/storage/database/open-store.js";
import { codeTask } from "../support/local-node.js";
import { run as runCommand } from "../support/run-cli.js";
import { makeDirectory } from "../support/scratch.js";

const run = promisify(execFile);

/** A separate file system in memory; the test is skipped if this user may not mount one. */
async function smallDisk(context: TestContext, megabytes: number): Promise<string> {
  const { path, remove } = await makeDirectory();
  try {
    await run("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", path]);
  } catch {
    await remove();
    context.skip("mounting takes another user");
  }
  context.onTestFinished(async () => {
    await run("umount", ["-l", path]);
    await remove();
  });
  return path;
}

/** Fills the disk; the returned function frees the space. */
async function fill(path: string): Promise<() => Promise<void>> {
  const file = join(path, "ballast");
  for (;;) {
    const { bavail, bsize } = await statfs(path);
    if (bavail === 0) break;
    await appendFile(file, new Uint8Array(bavail * bsize)).catch(() => undefined);
  }
  return () => rm(file);
}

/** Fills the disk up to this much free space. */
async function leave(path: string, megabytes: number): Promise<() => Promise<void>> {
  const file = join(path, "ballast");
  const { bavail, bsize } = await statfs(path);
  await writeFile(file, new Uint8Array(bavail * bsize - megabytes * 1024 * 1024));
  return () => rm(file);
}

/** A task larger than the free rest of blocks that files use already. */
function large(description: string): ReturnType<typeof codeTask> {
  return { ...codeTask(description), data: new Uint8Array(100_000) };
}

async function started(dirPath: string) {
  const lines: string[] = [];
  const metrics = new ApiMetrics();
  const parts = await openStandalone({
    dirPath,
    networkName: "e2e",
    listen: ["/ip4/127.0.0.1/tcp/0"],
    log: (level, text) => lines.push(`${level} ${text}`),
  });
  const count = (name: string, label: string, value: number): void => metrics.count(name, label, value);
  const manager = new AINetworkSyncManager({ ...parts.options, count });
  await manager.start();
  const stop = async (): Promise<void> => {
    await manager.stop();
    await parts.close();
  };
  return { control: manager.control, lines, metrics: () => metrics.text(manager.control), stop };
}

describe("a disk that other programs fill", () => {
  it.for(ENGINES)(
    "a full disk refuses the copy of a damaged database and names the space that it needs (%s)",
    async (engine, context) => {
      const path = await smallDisk(context, 160);
      const database = join(path, "db");
      const store = await openStore(engine, database, { createIfMissing: true });
      context.onTestFinished(() => store.close());
      const keys = Array.from({ length: 400 }, () => new Uint8Array(randomBytes(32)));
      for (const key of keys) {
        await store.write([{ op: "put", family: "bodies", key, value: randomBytes(50_000) }], { sync: false });
      }
      await store.write([], { sync: true });
      // RocksDB may still delete logs of 20 MB: less than the copy needs is left also then.
      const makeRoom = await leave(path, 26);
      await expect(store.repair()).rejects.toMatchObject({
        code: "storage_full",
        message: expect.stringMatching(/needs \d+ MiB free on its file system, which has \d+ MiB/),
      });
      expect(await readdir(path)).not.toContain("db.new");
      expect((await store.getMany("bodies", keys)).filter((body) => body === undefined)).toEqual([]);
      await store.write([{ op: "put", family: "meta", key: Uint8Array.of(1), value: Uint8Array.of(2) }], {
        sync: true,
      });
      await makeRoom();
      await store.repair();
      expect((await store.getMany("bodies", keys)).filter((body) => body === undefined)).toEqual([]);
      expect((await readdir(path)).sort()).toEqual(["db"]);
    },
  );

  it("a full disk that refuses only own records is shown, and ends without a restart", async (context) => {
    const path = await smallDisk(context, 160);
    const node = await started(path);
    const { control, lines } = node;
    context.onTestFinished(() => node.stop().catch(() => undefined));
    const { taskId } = await control.publishTask(codeTask("before"));
    const makeRoom = await fill(path);
    const refusals = await Promise.all(
      Array.from({ length: 5 }, (_, i) =>
        control.publishTask(large(`refused ${i}`)).catch((error: { code: string }) => error.code),
      ),
    );
    expect(refusals.every((code) => code === "storage_full" || code === "storage_failed")).toBe(true);

    const health = control.health();
    expect(health.status).toBe("failed");
    const codes = health.faults.map(({ code }) => code);
    expect(codes).toEqual(expect.arrayContaining(["disk_full", "store_refused"]));
    expect(health.faults[0]?.cure).toContain("free at least 32 MiB");
    expect(control.info().sync.inSync).toBe(false);
    expect(lines.some((line) => line.startsWith("error fault: the disk is full"))).toBe(true);
    const metrics = await node.metrics();
    expect(metrics).toMatch(/tos_ai_sync_errors_total{kind="storage"} [1-9]/);
    expect(metrics).toMatch(/tos_ai_sync_own_refused_total{label="storage_full"} [1-9]/);
    expect(metrics).toContain('tos_ai_sync_fault{component="storage",code="disk_full"} 2');

    await makeRoom();
    // Without a publication meanwhile. With 160 MiB free, health still reports `low_space`.
    await expect.poll(() => control.health().faults.map(({ code }) => code)).toEqual(["low_space"]);
    expect(lines.some((line) => line.startsWith("warn fault over: the disk is full"))).toBe(true);
    const after = await control.publishTask(codeTask("after"));
    expect(after.taskId).not.toBe(taskId);
  });

  it("start and doctor report a full disk alike, with an exit code that allows a restart", async (context) => {
    const path = await smallDisk(context, 90);
    const options = [
      "--dir-path",
      path,
      "--network-name",
      "e2e",
      "--api",
      "127.0.0.1:0",
      "--p2p-listen",
      "/ip4/127.0.0.1/tcp/0",
    ];
    const start = () => {
      const interrupt = new AbortController();
      return runCommand(["start", ...options], { signal: interrupt.signal, onOut: () => interrupt.abort() });
    };
    expect((await start()).code).toBe(0);
    const makeRoom = await fill(path);
    const refused = await start();
    expect(refused).toMatchObject({ code: EXIT.notReady, out: "", err: expect.stringContaining("make room") });
    const doctor = await runCommand(["doctor", ...options, "--json"]);
    const details = JSON.parse(doctor.out).checks.map(({ detail }: { detail: string }) => detail);
    expect(details).toContain(refused.err.replace("tos-ai-sync: ", "").trim());
    await makeRoom();
    expect((await start()).code).toBe(0);
  });
});
