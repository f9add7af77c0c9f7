import { copyFile, mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readKey } from "../../src/storage/signing/key-file.js";
import { SigningStore } from "../../src/storage/signing/signing-store.js";
import { run } from "../support/run-cli.js";
import { scratchDirectory } from "../support/scratch.js";

const GENESIS = "77".repeat(32);
const NOW_SECONDS = 1_790_000_111;

async function withFormat(data: string, genesis = GENESIS): Promise<void> {
  const format = { format: "tos-ai-sync", version: 2, network: "devnet", genesis, engine: "leveldb" };
  const text = JSON.stringify({ ...format, created: "2026-01-01T00:00:00.000Z" });
  await writeFile(join(data, "format.json"), text);
}

/** The base directory of a machine with the key "miner", and its data directory. */
async function machine(): Promise<{ dir: string; data: string; file: string }> {
  const dir = await scratchDirectory();
  const data = join(dir, "ai", "dev");
  expect((await run(["key", "new", "miner", "--dir-path", dir])).code).toBe(0);
  await withFormat(data);
  return { dir, data, file: join(dir, "history") };
}

/** A machine to which only the key was copied. */
async function another(from: string): Promise<{ dir: string; data: string }> {
  const dir = await scratchDirectory();
  const data = join(dir, "ai", "dev");
  await mkdir(join(data, "keys", "miner"), { recursive: true });
  await copyFile(join(from, "keys", "miner", "key.json"), join(data, "keys", "miner", "key.json"));
  return { dir, data };
}

async function isStopped(data: string): Promise<boolean> {
  const key = await readKey(join(data, "keys"), "miner");
  const retention = { horizonDays: 45, taskMaxAgeDays: 40 };
  const store = await SigningStore.open({ key, nowSeconds: NOW_SECONDS, aheadSeconds: 60, retention });
  const stopped = store.stopped !== undefined;
  await store.close();
  return stopped;
}

describe("key export-signing and import-signing", () => {
  test("move a key: it is stopped here, and signs at once there", async () => {
    const { dir, data, file } = await machine();
    const exported = await run(["key", "export-signing", "miner", file, "--dir-path", dir, "--json"]);
    expect(JSON.parse(exported.out)).toEqual({ name: "miner", file, records: 0, votes: 0 });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await isStopped(data)).toBe(true);
    const there = await another(data);
    const command = ["key", "import-signing", "miner", file, "--dir-path", there.dir];
    const unnamed = await run(command);
    expect(unnamed.code).toBe(2);
    expect(unnamed.err).toContain(GENESIS);
    const imported = await run([...command, "--genesis", GENESIS, "--json"]);
    expect(JSON.parse(imported.out)).toEqual({ name: "miner", records: 0, votes: 0, exported: NOW_SECONDS });
    expect(await isStopped(there.data)).toBe(false);
  });

  test("take the genesis of the directory before that of the command line", async () => {
    const { dir, data, file } = await machine();
    await run(["key", "export-signing", "miner", file, "--dir-path", dir]);
    const there = await another(data);
    await withFormat(there.data, "78".repeat(32));
    const refused = await run([
      "key",
      "import-signing",
      "miner",
      file,
      "--dir-path",
      there.dir,
      "--genesis",
      GENESIS,
      "--json",
    ]);
    expect(refused.code).toBe(5);
    expect(refused.err).toContain("nothing was changed");
  });

  test("refuse a file that exists before they stop the key, and one that is damaged", async () => {
    const { dir, data, file } = await machine();
    await writeFile(file, "mine");
    expect((await run(["key", "export-signing", "miner", file, "--dir-path", dir])).code).toBe(2);
    expect(await readFile(file, "utf8")).toBe("mine");
    expect(await isStopped(data)).toBe(false);
    const damaged = await run(["key", "import-signing", "miner", file, "--dir-path", dir]);
    expect(damaged.code).toBe(5);
    const missing = await run(["key", "import-signing", "miner", join(dir, "nothing"), "--dir-path", dir]);
    expect(missing.code).toBe(2);
  });
});
