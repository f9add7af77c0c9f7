import { appendFile, chmod, cp, mkdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { freePort } from "../support/free-port.js";
import { LocalNode } from "../support/local-node.js";
import { run } from "../support/run-cli.js";
import { ANY_API, ANY_P2P, bothSay, fileOf, HARMS, UsedDirectory } from "../support/start-and-doctor.js";

let used: UsedDirectory;
beforeAll(async () => {
  used = await UsedDirectory.make();
});
afterAll(() => used.remove());

describe("a damaged data directory", () => {
  // test/long/start-conditions.test.ts applies every damage to every file.
  test.each([
    ["format.json", "missing"],
    ["libp2p.key", "garbage"],
    ["db/CURRENT", "missing"],
    ["db/MANIFEST-*", "missing"],
    ["db/MANIFEST-*", "garbage"],
    ["db/*.sst", "missing"],
    ["keys/default/key.json", "missing"],
    ["keys/default/signing.log", "garbage"],
  ])("doctor and start report the same for %s, %s", async (file, harm) => {
    const { dirPath, data } = await used.copy();
    await HARMS[harm]?.(await fileOf(data, file));
    const { started } = await bothSay(["--dir-path", dirPath, ...ANY_P2P, ...ANY_API]);
    expect({ code: started.code, err: started.err }).toMatchObject({ code: 5 });
  });
});

test("a truncated manifest does not stop a start, and doctor warns of it", async () => {
  const { dirPath, data } = await used.copy();
  const manifest = await fileOf(data, "db/MANIFEST-*");
  await appendFile(manifest, (await readFile(manifest)).subarray(0, 20));
  const { out } = await run(["doctor", "--dir-path", dirPath, ...ANY_P2P, ...ANY_API, "--json"]);
  const { ok, checks } = JSON.parse(out);
  expect(ok).toBe(true);
  expect(checks).toContainEqual({
    name: "database",
    ok: true,
    detail: expect.stringMatching(/opens, without what is damaged: .*MANIFEST-\d+ is truncated/),
    cure: expect.stringContaining("tos-ai-sync check"),
  });
  expect((await bothSay(["--dir-path", dirPath, ...ANY_P2P, ...ANY_API])).started.code).toBe(0);
});

test("doctor and start both find an interrupted exchange of databases", async () => {
  const { dirPath, data } = await used.copy();
  await rename(join(data, "db"), join(data, "db.new"));
  await mkdir(join(data, "db.old"));
  const { out } = await run(["doctor", "--dir-path", dirPath, ...ANY_P2P, ...ANY_API, "--json"]);
  const checks: { readonly name: string; readonly detail: string }[] = JSON.parse(out).checks;
  expect(checks.find(({ name }) => name === "database")?.detail).toBe("opens");
  expect(checks.find(({ name }) => name === "database files")?.detail).toContain("all there");
  expect((await bothSay(["--dir-path", dirPath, ...ANY_P2P, ...ANY_API])).started.code).toBe(0);
});

describe("an unusable place for a data directory", () => {
  /** Changes to a used directory, each with the exit code of a start. */
  const places: Readonly<Record<string, readonly [harm: (data: string) => Promise<unknown>, code: number]>> = {
    "a file in the place of the data directory": [replaceBy("."), 5],
    "a file in the place of keys": [replaceBy("keys"), 5],
    "a file in the place of db": [replaceBy("db"), 5],
    "a directory in the place of lock": [(data) => mkdir(join(data, "lock")), 5],
    "a directory in the place of api.json": [(data) => mkdir(join(data, "api.json")), 5],
    "a link to nowhere in the place of the data directory": [linkBy("."), 5],
    "a link to nowhere in the place of keys": [linkBy("keys"), 5],
    "a link to nowhere in the place of db": [linkBy("db"), 5],
    "a link to nowhere in the place of the token": [linkBy("api.token"), 5],
    "a link to itself in the place of the libp2p key": [linkBy("libp2p.key", "libp2p.key"), 5],
    "a key that others may read": [(data) => chmod(join(data, "keys/default/key.json"), 0o644), 5],
    "a libp2p key that others may read": [(data) => chmod(join(data, "libp2p.key"), 0o640), 5],
    "a token that others may read": [(data) => chmod(join(data, "api.token"), 0o604), 5],
    "a signing log of another key": [
      (data) => cp(join(used.path, "ai/dev/keys/other/signing.log"), join(data, "keys/default/signing.log")),
      5,
    ],
    "a directory of a newer program": [(data) => edit(join(data, "format.json"), '"version": 3', '"version": 4'), 5],
    "a directory of another network": [(data) => edit(join(data, "format.json"), "devnet", "testnet"), 5],
    "a directory of another program": [(data) => writeFile(join(data, "format.json"), "{}"), 5],
    "a signing state that can't be read": [
      (data) => writeFile(join(data, "keys/default/signing-state.json"), "?", { mode: 0o600 }),
      5,
    ],
  };
  function replaceBy(name: string): (data: string) => Promise<unknown> {
    return async (data) => {
      await rm(join(data, name), { recursive: true });
      await writeFile(join(data, name), "a file");
    };
  }
  function linkBy(name: string, target = "/nowhere/at/all"): (data: string) => Promise<unknown> {
    return async (data) => {
      await rm(join(data, name), { recursive: true });
      await symlink(target, join(data, name));
    };
  }
  async function edit(path: string, from: string, to: string): Promise<void> {
    const text = await readFile(path, "utf8");
    expect(text).toContain(from);
    await writeFile(path, text.replace(from, to));
  }

  test.each(Object.entries(places))("doctor and start report the same: %s", async (_name, [harm, code]) => {
    const { dirPath, data } = await used.copy();
    await harm(data);
    const { started } = await bothSay(["--dir-path", dirPath, ...ANY_P2P, ...ANY_API]);
    expect({ code: started.code, err: started.err }).toMatchObject({ code });
  });

  test("doctor and start report the same for a directory that a program without an API holds", async () => {
    const { dirPath } = await used.copy();
    const holder = await LocalNode.start(dirPath, [], "dev");
    onTestFinished(() => holder.stop());
    const { started } = await bothSay(["--dir-path", dirPath, ...ANY_P2P, ...ANY_API]);
    expect({ code: started.code, err: started.err }).toMatchObject({
      code: 75,
      err: expect.stringContaining("in use by"),
    });
  });

  test("doctor and start report the same if no directory can be made", async () => {
    const { data, dirPath } = await used.copy();
    expect((await bothSay(["--dir-path", join(dirPath, "new"), ...ANY_P2P, ...ANY_API])).started.code).toBe(0);
    const inFile = ["--dir-path", join(data, "format.json"), ...ANY_P2P, ...ANY_API];
    expect((await bothSay(inFile)).started.code).toBe(5);
    if (process.platform === "linux") {
      expect((await bothSay(["--dir-path", "/proc/tos", ...ANY_P2P, ...ANY_API])).started.code).toBe(5);
    }
  });
});

/** No process listens on this port. */
const AWAY = ["--daemon", "127.0.0.1:1"];

describe("invalid options", () => {
  test.each([
    ["another name of the network", ["--network-name", "other"], 5],
    ["a network that needs to know who may author", ["--network", "testnet"], 2],
    ["a rules file that is not there", ["--rules-file", "/nowhere/rules.json"], 2],
    ["a registry file that is a directory", ["--registry-file", "/"], 2],
    ["a roster file that is no JSON", ["--roster-file", process.execPath], 2],
    ["a registry file that is not there, and a daemon away", [...AWAY, "--registry-file", "/nowhere/a.json"], 2],
    ["no registry file, and a daemon away", [...AWAY, "--registry", "file"], 2],
    ["a rules file that is a directory, and a daemon away", [...AWAY, "--rules-file", "/"], 2],
    ["a name of a network that has a daemon", [...AWAY, "--network-name", "other"], 2],
    ["a registry without a daemon", ["--registry", "chain"], 2],
  ])("doctor and start report the same: %s", async (_name, options, code) => {
    const { dirPath } = await used.copy();
    // A directory is bound to its registry of authors.
    const isNew = options.some((option) => option.endsWith("-file") || option === "--registry");
    const dir = isNew ? join(dirPath, "new") : dirPath;
    const { started } = await bothSay(["--dir-path", dir, ...ANY_P2P, ...ANY_API, ...options]);
    expect({ code: started.code, err: started.err }).toMatchObject({ code });
  });

  test.each([
    ["a P2P address that is not up", ["--p2p-listen", "/ip4/192.0.2.1/tcp/2135"], 6, "EADDRNOTAVAIL"],
    ["a P2P address by name", ["--p2p-listen", "/dns4/nowhere.invalid/tcp/2135"], 2, "not on a name"],
    ["a P2P address of another transport", ["--p2p-listen", "/ip4/127.0.0.1/udp/2135/quic-v1"], 2, "only tcp"],
    ["one P2P address of two", [...ANY_P2P, "--p2p-listen", "/ip4/192.0.2.1/tcp/2135"], 6, "192.0.2.1"],
    ["an API address that is not up", [...ANY_P2P, "--api", "192.0.2.1:8135"], 6, "EADDRNOTAVAIL"],
    ["an API host without an address", [...ANY_P2P, "--api", "nowhere.invalid:8135"], 6, "does not resolve"],
  ])("doctor and start report the same: %s", async (_name, options, code, words) => {
    const { dirPath } = await used.copy();
    const api = options.includes("--api") ? [] : ANY_API;
    const { started } = await bothSay(["--dir-path", dirPath, ...api, ...options]);
    expect({ code: started.code, err: started.err }).toMatchObject({ code, err: expect.stringContaining(words) });
  });

  test.each([
    ["an API on a P2P port", "127.0.0.1", (port: number) => [`/ip4/127.0.0.1/tcp/${port}`]],
    ["every address of a port and one of it", "", (port) => [`/ip4/0.0.0.0/tcp/${port}`, `/ip4/127.0.0.1/tcp/${port}`]],
    ["an IPv4 address as IPv6", "", (port) => [`/ip6/::ffff:127.0.0.1/tcp/${port}`]],
  ])("doctor and start report the same: %s", async (_name, apiHost, addresses) => {
    const { dirPath } = await used.copy();
    const port = await freePort();
    const listen = addresses(port).flatMap((address) => ["--p2p-listen", address]);
    const api = apiHost === "" ? ANY_API : ["--api", `${apiHost}:${port}`];
    expect((await bothSay(["--dir-path", dirPath, ...listen, ...api])).started.code).not.toBe(0);
  });

  test("doctor and start report the same for taken ports", async () => {
    const { dirPath } = await used.copy();
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => new Promise((resolve) => other.close(() => resolve())));
    const { port } = other.address() as AddressInfo;
    const p2p = ["--p2p-listen", `/ip4/127.0.0.1/tcp/${port}`, ...ANY_API];
    expect((await bothSay(["--dir-path", dirPath, ...p2p])).started.code).toBe(6);
    const api = ["--api", `127.0.0.1:${port}`, ...ANY_P2P];
    expect((await bothSay(["--dir-path", dirPath, ...api])).started.code).toBe(6);
  });
});
