import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cp, mkdir, readdir, readFile, rename, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { openDatabaseView } from "../../src/storage/database/database-view.js";
import { ENGINES } from "../../src/storage/database/open-store.js";
import { openDataDirectory, openReadOnlyDirectory } from "../../src/storage/directory/data-directory.js";
import type { KeyWrite } from "../../src/storage/types.js";
import { scratchDirectory } from "../support/scratch.js";
import { collect } from "./values.js";

const ALL = { gte: new Uint8Array(0), lt: new Uint8Array(64).fill(0xff) };

function puts(first: number, count: number): KeyWrite[] {
  return Array.from({ length: count }, (_, at): KeyWrite => {
    const key = new TextEncoder().encode(`key ${String(first + at).padStart(6, "0")}`);
    return { op: "put", family: "records", key, value: new Uint8Array(300).fill(at) };
  });
}

/** Names, modes, times and content of everything under a directory. */
async function manifest(directory: string): Promise<readonly string[]> {
  const names = ["", ...(await readdir(directory, { recursive: true })).sort()];
  const lines = names.map(async (name) => {
    const path = join(directory, name);
    const found = await stat(path);
    const content = found.isFile()
      ? createHash("sha256")
          .update(await readFile(path))
          .digest("hex")
      : "directory";
    return `${name} ${found.mode} ${found.mtimeMs} ${found.size} ${content}`;
  });
  return Promise.all(lines);
}

/** A temporary directory for this test only, so that the test can check what remains in it. */
async function ownTemporary(): Promise<string> {
  const directory = await scratchDirectory();
  vi.stubEnv("TMPDIR", directory);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  return directory;
}

describe.each(ENGINES)("a data directory over %s that is opened for reading only", (engine) => {
  /** The directory of a killed node: tables, and a log that was not replayed. */
  const leftBehind = async (): Promise<{
    dir: string;
    path: string;
    options: Parameters<typeof openDataDirectory>[0];
  }> => {
    const running = await scratchDirectory();
    const options = { network: 3, genesis: new Uint8Array(32), nowMs: Date.UTC(2026, 0, 1), engine };
    const before = await openDataDirectory({ ...options, dir: running });
    await before.store.write(puts(0, 2000), { sync: true });
    await before.close();
    const data = await openDataDirectory({ ...options, dir: running });
    await data.store.write(puts(2000, 500), { sync: true });
    const dir = await scratchDirectory();
    await cp(running, dir, { recursive: true });
    await data.close();
    const path = join(dir, "ai", "dev");
    // The pid of a process that has ended.
    await rm(join(path, "lock"));
    await utimes(join(path, "db"), 1, 1);
    return { dir, path, options: { ...options, dir } };
  };

  test("a read-only opening returns all values, also those of the log, and changes no byte and no name", async () => {
    const { dir, options } = await leftBehind();
    const before = await manifest(dir);
    const temporary = await ownTemporary();
    const data = await openReadOnlyDirectory(options);
    expect((await collect(data.store.entries("records", ALL))).length).toBe(2500);
    expect(await data.store.get("records", new TextEncoder().encode("key 002499"))).toBeDefined();
    await expect(data.store.write(puts(0, 1), { sync: true })).rejects.toMatchObject({ code: "storage_failed" });
    await expect(data.store.repair()).rejects.toMatchObject({ code: "storage_failed" });
    await data.close();
    expect(await manifest(dir)).toEqual(before);
    expect(await readdir(temporary)).toEqual([]);
  });

  test("a read-only opening takes the new database after an interrupted exchange", async () => {
    const { dir, path, options } = await leftBehind();
    await rename(join(path, "db"), join(path, "db.new"));
    await mkdir(join(path, "db.old"));
    const before = await manifest(dir);
    const data = await openReadOnlyDirectory(options);
    expect((await collect(data.store.entries("records", ALL))).length).toBe(2500);
    await data.close();
    expect(await manifest(dir)).toEqual(before);
  });

  test("a read-only opening removes the temporary files of killed processes only", async () => {
    const { options } = await leftBehind();
    const temporary = await ownTemporary();
    const data = await openReadOnlyDirectory(options);
    const [own = ""] = await readdir(temporary);
    const ended = spawnSync(process.execPath, ["--version"]).pid;
    const left = own.replace(`-${process.pid}-`, `-${ended}-`);
    expect(left).not.toBe(own);
    await mkdir(join(temporary, left));
    const other = await openReadOnlyDirectory({ ...options });
    expect(await readdir(temporary)).toHaveLength(2);
    expect(await readdir(temporary)).not.toContain(left);
    await other.close();
    await data.close();
    expect(await readdir(temporary)).toEqual([]);
  });

  test("a read-only opening of a used or missing directory is refused and makes nothing", async () => {
    const { dir, options } = await leftBehind();
    const data = await openDataDirectory(options);
    onTestFinished(() => data.close());
    await expect(openReadOnlyDirectory(options)).rejects.toMatchObject({
      code: "storage_locked",
      message: expect.stringContaining(`in use by process ${process.pid}`),
    });
    const empty = await scratchDirectory();
    await expect(openReadOnlyDirectory({ ...options, dir: empty })).rejects.toMatchObject({ code: "not_found" });
    expect(await readdir(empty)).toEqual([]);
    expect(dir).not.toBe(empty);
  });

  test("a read-only opening without a temporary directory says to set TMPDIR", async () => {
    const { options } = await leftBehind();
    vi.stubEnv("TMPDIR", join(await scratchDirectory(), "absent"));
    onTestFinished(() => void vi.unstubAllEnvs());
    await expect(openReadOnlyDirectory(options)).rejects.toMatchObject({
      message: expect.stringMatching(/set TMPDIR[^:]*$/),
    });
  });

  test("a read-only opening names a directory in the place of a file, with one cure", async () => {
    const { path, options } = await leftBehind();
    const current = join(path, "db", "CURRENT");
    await rm(current);
    await mkdir(current);
    await expect(openReadOnlyDirectory(options)).rejects.toMatchObject({
      message: `${current} is a directory, not a file: move it away`,
    });
  });

  test("a read-only opening reports a change during the read", async () => {
    const { path } = await leftBehind();
    const temporary = await ownTemporary();
    const view = await openDatabaseView(engine, join(path, "db"));
    const [table = ""] = (await readdir(join(path, "db"))).filter((name) => /^MANIFEST/.test(name));
    await utimes(join(path, "db", table), 1, 2);
    await expect(view.close()).rejects.toMatchObject({ code: "storage_locked" });
    expect(await readdir(temporary)).toEqual([]);
  });
});
