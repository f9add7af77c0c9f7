import { chmod, mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import {
  type DataDirectory,
  type DataDirectoryOptions,
  openDataDirectory,
} from "../../src/storage/directory/data-directory.js";
import { createOnce, readOrCreateSecret, readPrivateFile } from "../../src/storage/files/private-file.js";
import { callWithoutRoom } from "../support/no-room.js";
import { scratchDirectory } from "../support/scratch.js";
import { startChild } from "./child.js";

const NOW_MS = 1_795_000_000_000;

async function opened(dir: string, change: Partial<DataDirectoryOptions> = {}): Promise<DataDirectory> {
  const directory = await openDataDirectory({ dir, network: 3, genesis: new Uint8Array(32), nowMs: NOW_MS, ...change });
  onTestFinished(() => directory.close().catch(() => undefined));
  return directory;
}

async function made(): Promise<{ dir: string; path: string }> {
  const dir = await scratchDirectory();
  const { path, close } = await opened(dir);
  await close();
  return { dir, path };
}

describe("a data directory", () => {
  test("a data directory is made private under its network's name, with or without a slash", async () => {
    const dir = await scratchDirectory();
    const directory = await opened(`${dir}/`);
    expect(directory.path).toBe(join(dir, "ai", "dev"));
    expect((await stat(directory.path)).mode & 0o777).toBe(0o700);
    expect(directory.format).toMatchObject({ format: "tos-ai-sync", version: 3, network: "devnet", engine: "rocksdb" });
    await directory.close();
    await (await opened(dir)).close();
  });

  test.each([
    ["a file in place of the directory", "file", "ENOTDIR"],
    ["a file above it", "file/below", "ENOTDIR"],
    ["a name that is too long", "x".repeat(300), "ENAMETOOLONG"],
  ])("an impossible path is refused with the system's reason: %s", async (_name, below, reason) => {
    const dir = await scratchDirectory();
    await writeFile(join(dir, "file"), "");
    await expect(opened(join(dir, below))).rejects.toThrow(reason);
  });

  test.skipIf(process.platform !== "linux")("a path where no directory can be made is refused at once", async () => {
    await expect(opened("/proc/none")).rejects.toThrow("ENOENT");
  });

  test("a data directory keeps the engine with which it was made", async () => {
    const dir = await scratchDirectory();
    await (await opened(dir, { engine: "leveldb" })).close();
    expect((await opened(dir)).store.engine).toBe("leveldb");
  });

  test.each(["rocksdb", "leveldb"])(
    "a start in a directory of another process names that process (%s)",
    async (engine) => {
      const dir = await scratchDirectory();
      const child = startChild("hold", dir, engine);
      expect(await child.line()).toBe("open");
      await expect(opened(dir)).rejects.toMatchObject({
        code: "storage_locked",
        message: expect.stringMatching(new RegExp(`in use by process ${child.process.pid}, started 20`)),
      });
      const second = startChild("hold", dir, engine);
      expect(await second.line()).toMatch(
        `storage_locked: ${join(dir, "ai/dev")} is in use by process ${child.process.pid}`,
      );
      child.process.kill("SIGKILL");
      await child.exited;
      // The lock file of the dead process remains and does not prevent an opening.
      expect(await readFile(join(dir, "ai/dev/lock"), "utf8")).toContain(String(child.process.pid));
      await (await opened(dir)).close();
    },
  );

  test("a second opening in one process names this process, and the first still works", async () => {
    const dir = await scratchDirectory();
    const first = await opened(dir);
    await expect(opened(dir)).rejects.toMatchObject({
      code: "storage_locked",
      message: expect.stringContaining(`process ${process.pid}`),
    });
    await first.store.write([], { sync: true });
  });

  test("a start completes an interrupted exchange though the lock file has a pid that runs again", async () => {
    const dir = await scratchDirectory();
    const { path, store, close } = await opened(dir);
    const [key, value] = [Uint8Array.of(1), Uint8Array.of(2)];
    await store.write([{ op: "put", family: "meta", key, value }], { sync: true });
    await close();
    const interrupted = async (pid: number): Promise<void> => {
      await rename(join(path, "db"), join(path, "db.new"));
      await mkdir(join(path, "db.old"));
      await writeFile(join(path, "lock"), JSON.stringify({ pid, started: new Date(NOW_MS).toISOString() }));
    };
    // The pid of this process, as of every start in a container.
    await interrupted(process.pid);
    const again = await opened(dir);
    expect(await again.store.get("meta", key)).toEqual(value);
    await again.close();
    // Another process that runs: it may be in the exchange.
    await interrupted(process.ppid);
    await expect(opened(dir)).rejects.toMatchObject({ code: "storage_locked" });
    expect(await readdir(path)).toEqual(expect.arrayContaining(["db.new", "db.old"]));
    await rm(join(path, "lock"));
    expect(await (await opened(dir)).store.get("meta", key)).toEqual(value);
  });

  test("a close releases the database if the lock file can't be removed", async () => {
    const dir = await scratchDirectory();
    const { path, close } = await opened(dir);
    await rm(join(path, "lock"));
    await mkdir(join(path, "lock"));
    await expect(close()).rejects.toThrow();
    await rm(join(path, "lock"), { recursive: true });
    await (await opened(dir)).close();
  });

  test.each([
    ["storage_newer", '{"format":"tos-ai-sync","version":4,"families":9}', "update tos-ai-sync"],
    ["storage_foreign", '{"format":"other","version":1}', "another directory"],
    ["storage_foreign", "[]", "another directory"],
    ["storage_corrupt", '{"format":"tos-ai-sync","ver', "backup"],
    ["storage_corrupt", '{"format":"tos-ai-sync","version":1,"network":"devnet"}', "damaged"],
    ["storage_foreign", "{}".padEnd(5000), "too large"],
  ])("a format file is refused with %s: %.40s", async (code, text, words) => {
    const { dir, path } = await made();
    await writeFile(join(path, "format.json"), text);
    await expect(opened(dir)).rejects.toMatchObject({ code, message: expect.stringContaining(words) });
    expect(await readFile(join(path, "format.json"), "utf8")).toBe(text);
  });

  test("a start refuses another network, another genesis, and a database without format.json", async () => {
    const { dir, path } = await made();
    await expect(opened(dir, { genesis: new Uint8Array(32).fill(1) })).rejects.toMatchObject({
      code: "storage_foreign",
    });
    const text = await readFile(join(path, "format.json"), "utf8");
    await writeFile(join(path, "format.json"), text.replace("devnet", "testnet"));
    await expect(opened(dir)).rejects.toMatchObject({
      code: "storage_foreign",
      message: expect.stringContaining("holds data of testnet, this node runs on devnet"),
    });
    await rm(join(path, "format.json"));
    await expect(opened(dir)).rejects.toMatchObject({ code: "storage_foreign" });
  });

  test("a start refuses a damaged database with the cure and changes none of its files", async () => {
    const { dir, path } = await made();
    await rm(join(path, "db", "CURRENT"));
    await writeFile(join(path, "db", "000099.sst"), "table");
    await expect(opened(dir)).rejects.toMatchObject({
      code: "storage_corrupt",
      message: expect.stringContaining("restore a backup"),
    });
    expect(await readFile(join(path, "db", "000099.sst"), "utf8")).toBe("table");
  });

  test("a start makes a database that a crash left unmade", async () => {
    const { dir, path } = await made();
    await rm(join(path, "db"), { recursive: true });
    await mkdir(join(path, "db"));
    await writeFile(join(path, "db", "LOCK"), "");
    await expect((await opened(dir)).close()).resolves.toBeUndefined();
  });
});

describe("private files", () => {
  test("a secret is made once, 0600, and refused if others can read it", async () => {
    const path = join(await scratchDirectory(), "libp2p.key");
    const [a, b] = await Promise.all([1, 2].map((n) => readOrCreateSecret(path, () => new Uint8Array(40).fill(n))));
    expect(a).toEqual(b);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    await chmod(path, 0o640);
    await expect(readOrCreateSecret(path, () => new Uint8Array(40))).rejects.toMatchObject({
      code: "key_exposed",
      message: expect.stringContaining(`chmod 600 ${path}`),
    });
  });

  test("a secret on a full disk leaves no file behind, at any number of attempts", async () => {
    const dir = await scratchDirectory();
    const code = await callWithoutRoom("storage/files/private-file.js", "readOrCreateSecret", join(dir, "libp2p.key"));
    expect([code, await readdir(dir)]).toEqual(["storage_failed", []]);
  });

  test("a directory or an oversized file in its place is key_unreadable", async () => {
    const dir = await scratchDirectory();
    await mkdir(join(dir, "folder"), { mode: 0o700 });
    await expect(readPrivateFile(join(dir, "folder"))).rejects.toMatchObject({ code: "key_unreadable" });
    await createOnce(join(dir, "large"), new Uint8Array(65_537));
    await expect(readPrivateFile(join(dir, "large"))).rejects.toMatchObject({ code: "key_unreadable" });
  });
});
