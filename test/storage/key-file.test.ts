import { chmod, mkdir, readdir, readFile, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createKey, importDay, listKeys, readKey, sweepUnfinishedKeys } from "../../src/storage/signing/key-file.js";
import { scratchDirectory } from "../support/scratch.js";
import { DAY, NOON, newKey, openSigning } from "./signing-setup.js";

test("a key and its signing log are made together, private, and share an id", async () => {
  const keys = join(await scratchDirectory(), "keys");
  const key = await newKey(keys);
  for (const name of ["key.json", "signing.log"]) {
    expect((await stat(join(key.directory, name))).mode & 0o777).toBe(0o600);
  }
  expect(await readFile(join(key.directory, "signing.log"), "latin1")).toContain(key.id);
  expect(await readKey(keys, "first")).toEqual(key);
  expect(await listKeys(keys)).toEqual(["first"]);
  expect(await readdir(keys)).toEqual(["first"]);
});

test("a new key with a used name is refused and leaves the existing key unchanged", async () => {
  const keys = await scratchDirectory();
  const key = await newKey(keys);
  await expect(newKey(keys)).rejects.toMatchObject({ code: "bad_parameters" });
  expect(await readKey(keys, "first")).toEqual(key);
  expect(await readdir(keys)).toEqual(["first"]);
});

test("a node key has no signing log and opens no signing store", async () => {
  const keys = await scratchDirectory();
  const key = await createKey(keys, "node", { ...(await newKey(keys)), kind: "node", nowSeconds: NOON, firstDay: 0 });
  expect(await readdir(key.directory)).toEqual(["key.json"]);
  await expect(openSigning(key)).rejects.toMatchObject({ code: "bad_parameters" });
});

test.each(["", "../x", "A", "a/b", "a".repeat(33), ".new-1"])("the name %j is refused", async (name) => {
  await expect(readKey(await scratchDirectory(), name)).rejects.toMatchObject({ code: "bad_parameters" });
});

test("unknown, exposed and damaged keys have different errors, and no message has the secret", async () => {
  const keys = await scratchDirectory();
  await expect(readKey(keys, "nobody")).rejects.toMatchObject({ code: "unknown_key" });
  const key = await newKey(keys);
  const path = join(key.directory, "key.json");
  await chmod(path, 0o604);
  await expect(readKey(keys, "first")).rejects.toMatchObject({
    code: "key_exposed",
    message: expect.stringContaining(`chmod 600 ${path}`),
  });
  await chmod(path, 0o600);
  const text = await readFile(path, "utf8");
  for (const damaged of [text.slice(0, 200), text.replace("devnet", "nonet"), text.replace("{", '{"more":1,')]) {
    await writeFile(path, damaged);
    const error: unknown = await readKey(keys, "first").catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "key_unreadable" });
    expect(String(error)).not.toContain("0101010101");
  }
});

test("an unfinished key of a crash is removed after ten minutes", async () => {
  const keys = await scratchDirectory();
  await newKey(keys);
  await mkdir(join(keys, ".new-old"));
  await mkdir(join(keys, ".new-young"));
  await utimes(join(keys, ".new-old"), NOON - 3600, NOON - 3600);
  await utimes(join(keys, ".new-young"), NOON, NOON);
  // The entry was finished and removed between the listing and the read.
  await symlink("gone", join(keys, ".new-gone"));
  await sweepUnfinishedKeys(keys, NOON * 1000);
  expect((await readdir(keys)).sort()).toEqual([".new-gone", ".new-young", "first"]);
  expect(await listKeys(keys)).toEqual(["first"]);
});

test("a key behind a symbolic link is found", async () => {
  const [keys, elsewhere] = [await scratchDirectory(), await scratchDirectory()];
  await newKey(elsewhere);
  await symlink(join(elsewhere, "first"), join(keys, "first"));
  await writeFile(join(keys, "notes"), "no key");
  expect(await listKeys(keys)).toEqual(["first"]);
  await (await openSigning(await readKey(keys, "first"))).close();
});

test("an imported key signs from the day after the last day of its old store", () => {
  expect(importDay(20_000 * DAY, 60)).toBe(20_001);
  expect(importDay(20_001 * DAY - 61, 60)).toBe(20_001);
  expect(importDay(20_001 * DAY - 60, 60)).toBe(20_002);
});
