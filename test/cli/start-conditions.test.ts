import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { EXIT } from "../../src/cli/exit-codes.js";
import { codeTask, LocalNode } from "../e2e/local-node.js";
import { type Ran, run } from "./run.js";

const ANY_P2P = ["--p2p-listen", "/ip4/127.0.0.1/tcp/0"];
const ANY_API = ["--api", "127.0.0.1:0"];

let base: string;
/** A data directory that a node has used and left. */
let used: string;

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), "tos-ai-conditions-"));
  used = join(base, "used");
  const node = await LocalNode.start(used, [], "dev");
  await node.control.publishTask(codeTask("a record"));
  await node.stop();
  // This start puts what the first one wrote into tables.
  expect(await start(["--dir-path", used, ...ANY_P2P, ...ANY_API])).toMatchObject({ code: 0, err: "" });
  expect((await run(["key", "new", "other", "--dir-path", used])).code).toBe(0);
});
afterAll(() => rm(base, { recursive: true, force: true }));

/** Starts a node; one that stands is stopped at once. */
function start(argv: readonly string[]): Promise<Ran> {
  const interrupt = new AbortController();
  return run(["start", ...argv], { signal: interrupt.signal, onOut: () => interrupt.abort() });
}

/** A copy of the used directory, to be spoiled. */
async function copy(): Promise<{ readonly dirPath: string; readonly data: string }> {
  const dirPath = await mkdtemp(join(base, "copy-"));
  onTestFinished(() => rm(dirPath, { recursive: true, force: true }));
  await cp(used, dirPath, { recursive: true, preserveTimestamps: true });
  return { dirPath, data: join(dirPath, "ai", "dev") };
}

interface DoctorCheck {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
  readonly cure?: string;
}

/** Words by which a person knows what to do. */
const CURE =
  /: .*\b(restore|choose|move|remove|make room|chmod|give|raise|install|name|update|stop|mount|look|wait|put|start|looks like)\b/i;

/** Start and doctor say the same of a condition: both nothing, or both the same line with the cure in it. */
async function bothSay(
  argv: readonly string[],
): Promise<{ readonly started: Ran; readonly refusals: readonly string[] }> {
  const before = await doctor(argv);
  const started = await start(argv);
  const refusals = before.filter(({ ok }) => !ok).map(({ detail }) => detail);
  if (started.code === 0) {
    expect(refusals).toEqual([]);
    return { started, refusals };
  }
  const said = started.err.trim().replace(/^tos-ai-sync: /, "");
  expect(said.split("\n")).toHaveLength(1);
  expect(refusals).toContain(said);
  if (started.code !== EXIT.usage) expect(said).toMatch(CURE);
  return { started, refusals };
}

async function doctor(argv: readonly string[]): Promise<readonly DoctorCheck[]> {
  const { out } = await run(["doctor", ...argv, "--json"]);
  return JSON.parse(out).checks;
}

type Harm = (path: string) => Promise<unknown>;
const HARMS: Readonly<Record<string, Harm>> = {
  missing: (path) => rm(path, { recursive: true }),
  empty: (path) => truncate(path, 0),
  truncated: async (path) => truncate(path, Math.floor((await readFile(path)).length / 2)),
  garbage: (path) => writeFile(path, "\u0000not what was written\u0000".repeat(40)),
  "a directory": async (path) => {
    await rm(path, { recursive: true });
    await mkdir(path, { mode: 0o700 });
  },
};

/** The named file; `*` stands for the numbers that the database chose. */
async function fileOf(data: string, name: string): Promise<string> {
  const at = name.lastIndexOf("/");
  const folder = join(data, name.slice(0, Math.max(0, at)));
  const pattern = new RegExp(
    `^${name
      .slice(at + 1)
      .replace(".", "\\.")
      .replace("*", "\\d+")}$`,
  );
  const found = (await readdir(folder)).sort().find((one) => pattern.test(one));
  if (found === undefined) throw new Error(`there is no ${name}`);
  return join(folder, found);
}

/**
 * Every kind of file in a data directory, and the exit code of a start for each harm, in their order; 0: a node starts all the
 * same, undefined: it may or may not.
 */
const FILES: Readonly<Record<string, readonly (number | undefined)[]>> = {
  "format.json": [5, 5, 5, 5, 5],
  "libp2p.key": [0, 5, 5, 5, 5],
  "api.token": [0, 5, 5, 5, 5],
  "db/CURRENT": [5, 5, 5, 5, 5],
  // Cut at the end of an entry it is what a crash leaves, and what it says up to there counts; cut elsewhere it is damaged.
  "db/MANIFEST-*": [5, 5, undefined, 5, 5],
  "db/IDENTITY": [0, 0, 0, 0, 5],
  "db/OPTIONS-*": [0, 0, 0, 0, 0],
  "db/*.sst": [5, 5, 5, 5, 5],
  "db/*.log": [0, 0, 0, 0, 5],
  "keys/node/key.json": [5, 5, 5, 5, 5],
  "keys/default/key.json": [5, 5, 5, 5, 5],
  // Cut in its last entry it loses that entry alone, which nobody was told of.
  "keys/default/signing.log": [0, 5, 0, 5, 5],
};

describe("a file of the data directory", { timeout: 60_000 }, () => {
  const cases = Object.entries(FILES).flatMap(([file, codes]) =>
    Object.keys(HARMS).map((harm, i) => [file, harm, codes[i]] as const),
  );
  test.each(cases)("%s, %s: doctor says what start says", async (file, harm, code) => {
    const { dirPath, data } = await copy();
    await HARMS[harm]?.(await fileOf(data, file));
    const { started } = await bothSay(["--dir-path", dirPath, ...ANY_P2P, ...ANY_API]);
    if (code !== undefined) expect({ code: started.code, err: started.err }).toMatchObject({ code });
  });
});

describe("a place where a node can't be", { timeout: 60_000 }, () => {
  /** What is done to a used directory, and the exit code of a start. */
  const places: Readonly<Record<string, readonly [harm: (data: string) => Promise<unknown>, code: number]>> = {
    "a file in the place of the data directory": [replaceBy("."), 5],
    "a file in the place of keys": [replaceBy("keys"), 5],
    "a file in the place of db": [replaceBy("db"), 5],
    "a directory in the place of lock": [(data) => mkdir(join(data, "lock")), 5],
    "a directory in the place of api.json": [(data) => mkdir(join(data, "api.json")), 5],
    "a key that others may read": [(data) => chmod(join(data, "keys/default/key.json"), 0o644), 5],
    "a libp2p key that others may read": [(data) => chmod(join(data, "libp2p.key"), 0o640), 5],
    "a token that others may read": [(data) => chmod(join(data, "api.token"), 0o604), 5],
    "a signing log of another key": [
      (data) => cp(join(used, "ai/dev/keys/other/signing.log"), join(data, "keys/default/signing.log")),
      5,
    ],
    "a directory of a newer program": [(data) => edit(join(data, "format.json"), '"version": 1', '"version": 2'), 5],
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
  async function edit(path: string, from: string, to: string): Promise<void> {
    const text = await readFile(path, "utf8");
    expect(text).toContain(from);
    await writeFile(path, text.replace(from, to));
  }

  test.each(Object.entries(places))("%s: doctor says what start says", async (_name, [harm, code]) => {
    const { dirPath, data } = await copy();
    await harm(data);
    const { started } = await bothSay(["--dir-path", dirPath, ...ANY_P2P, ...ANY_API]);
    expect({ code: started.code, err: started.err }).toMatchObject({ code });
  });

  test("nothing yet, and nothing can be made there: doctor says what start says", async () => {
    const { data, dirPath } = await copy();
    expect((await bothSay(["--dir-path", join(dirPath, "new"), ...ANY_P2P, ...ANY_API])).started.code).toBe(0);
    const inFile = ["--dir-path", join(data, "format.json"), ...ANY_P2P, ...ANY_API];
    expect((await bothSay(inFile)).started.code).toBe(5);
    if (process.platform === "linux") {
      expect((await bothSay(["--dir-path", "/proc/tos", ...ANY_P2P, ...ANY_API])).started.code).toBe(5);
    }
  });
});

describe("options that can't be", { timeout: 60_000 }, () => {
  test.each([
    ["another name of the network", ["--network-name", "other"], 5],
    ["a network that needs to know who may author", ["--network", "testnet"], 2],
    ["a rules file that is not there", ["--rules-file", "/nowhere/rules.json"], 2],
    ["a registry file that is a directory", ["--registry-file", "/"], 2],
    ["a roster file that is no JSON", ["--roster-file", process.execPath], 2],
  ])("%s: doctor says what start says", async (_name, options, code) => {
    const { dirPath } = await copy();
    // Who may author is part of what a directory was made for.
    const dir = options[0]?.endsWith("-file") === true ? join(dirPath, "new") : dirPath;
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
  ])("%s: doctor says what start says", async (_name, options, code, words) => {
    const { dirPath } = await copy();
    const api = options.includes("--api") ? [] : ANY_API;
    const { started } = await bothSay(["--dir-path", dirPath, ...api, ...options]);
    expect({ code: started.code, err: started.err }).toMatchObject({ code, err: expect.stringContaining(words) });
  });

  test("taken ports: doctor says what start says", async () => {
    const { dirPath } = await copy();
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
