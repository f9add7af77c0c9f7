import { chmod, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { run } from "../support/run-cli.js";
import { scratchDirectory } from "../support/scratch.js";

async function keyOf(dir: string, name: string): Promise<unknown> {
  const shown = await run(["key", "show", name, "--dir-path", dir, "--json"]);
  return JSON.parse(shown.out).keys[0]?.key;
}

test("key export writes a key to a private file, and key import makes the same key of it on another machine", async () => {
  const [dir, there] = [await scratchDirectory(), await scratchDirectory()];
  const file = join(dir, "miner.key");
  const made = await run(["key", "new", "miner", "--dir-path", dir]);
  expect(await run(["key", "export", "miner", file, "--dir-path", dir])).toMatchObject({ code: 0, err: "" });
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await run(["key", "export", "miner", file, "--dir-path", dir])).toMatchObject({ code: 2 });
  const imported = await run(["key", "import", "other", file, "--dir-path", there]);
  expect(imported).toMatchObject({ code: 0, out: expect.stringContaining("from the next UTC day") });
  expect(`${await keyOf(there, "other")}\n`).toBe(made.out);
  expect(await run(["key", "import", "other", file, "--dir-path", there])).toMatchObject({ code: 2 });
});

test("key import refuses a file that others may read, a damaged one, and a key of another network", async () => {
  const [dir, there] = [await scratchDirectory(), await scratchDirectory()];
  const file = join(dir, "miner.key");
  await run(["key", "new", "miner", "--dir-path", dir]);
  await run(["key", "export", "miner", file, "--dir-path", dir]);
  const importKey = (...more: string[]) =>
    run(["key", "import", "miner", file, "--dir-path", there, "--json", ...more]);

  const foreign = await importKey("--network", "testnet");
  expect(foreign).toMatchObject({ code: 2, err: expect.stringContaining("belongs to devnet") });
  await chmod(file, 0o644);
  expect(JSON.parse((await importKey()).err).error.code).toBe("key_exposed");
  await chmod(file, 0o600);
  const text = await readFile(file, "utf8");
  const { private: secret } = JSON.parse(text);
  await writeFile(file, text.replace(secret, `${secret.startsWith("1") ? "2" : "1"}${secret.slice(1)}`));
  const damaged = await importKey();
  expect(JSON.parse(damaged.err).error).toMatchObject({ code: "key_unreadable" });
  expect(damaged.err).not.toContain(secret);
  expect((await run(["key", "show", "--dir-path", there])).out).toBe("no keys yet: the first start makes them\n");
});

test("the first author key signs by default, also if others were made within the same second", async () => {
  const dir = await scratchDirectory();
  const first = await run(["key", "new", "publisher", "--dir-path", dir], { terminal: 80 });
  expect(first.out).toContain("It signs where no --author is named.");
  const second = await run(["key", "new", "miner", "--dir-path", dir], { terminal: 80 });
  expect(second.out).toContain("Name it with --author miner: the older key publisher signs where none is named.");
  const { keys } = JSON.parse((await run(["key", "show", "--dir-path", dir, "--json"])).out);
  expect(keys.map((key: { name: string; default: boolean }) => [key.name, key.default])).toEqual([
    ["miner", false],
    ["publisher", true],
  ]);
});
