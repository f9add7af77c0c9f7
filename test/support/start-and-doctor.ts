import { cp, mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import { EXIT } from "../../src/cli/exit-codes.js";
import { codeTask, LocalNode } from "./local-node.js";
import { type Ran, run } from "./run-cli.js";
import { makeDirectory } from "./scratch.js";

export const ANY_P2P = ["--p2p-listen", "/ip4/127.0.0.1/tcp/0"];
export const ANY_API = ["--api", "127.0.0.1:0"];

/** A data directory that a node has used, and copies of it to be damaged. */
export class UsedDirectory {
  readonly #base: string;
  readonly path: string;

  private constructor(base: string) {
    this.#base = base;
    this.path = join(base, "used");
  }

  static async make(): Promise<UsedDirectory> {
    const used = new UsedDirectory((await makeDirectory()).path);
    const node = await LocalNode.start(used.path, [], "dev");
    await node.control.publishTask(codeTask("a record"));
    await node.stop();
    // This start moves the writes of the first one into tables.
    expect(await start(["--dir-path", used.path, ...ANY_P2P, ...ANY_API])).toMatchObject({ code: 0, err: "" });
    expect((await run(["key", "new", "other", "--dir-path", used.path])).code).toBe(0);
    return used;
  }

  remove(): Promise<void> {
    return rm(this.#base, { recursive: true, force: true });
  }

  /** Removed when the test ends. */
  async copy(): Promise<{ readonly dirPath: string; readonly data: string }> {
    const dirPath = await mkdtemp(join(this.#base, "copy-"));
    onTestFinished(() => rm(dirPath, { recursive: true, force: true }));
    await cp(this.path, dirPath, { recursive: true, preserveTimestamps: true });
    return { dirPath, data: join(dirPath, "ai", "dev") };
  }
}

/** Starts a node, and stops it at once when it runs. */
function start(argv: readonly string[]): Promise<Ran> {
  const interrupt = new AbortController();
  return run(["start", ...argv], { signal: interrupt.signal, onOut: () => interrupt.abort() });
}

interface DoctorCheck {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
  readonly cure?: string;
}

/** Words that name a cure. */
const CURES =
  "restore|choose|move|remove|make room|chmod|give|raise|install|name|update|stop|mount|looks?|wait|put|start";
const CURE = new RegExp(`: .*\\b(?:${CURES})\\b`, "i");

/** Expects that start and doctor agree on a condition: both accept it, or both print the same line with the cure. */
export async function bothSay(
  argv: readonly string[],
): Promise<{ readonly started: Ran; readonly refusals: readonly string[] }> {
  const before = await doctor(argv);
  const started = await start(argv);
  const refusals = before.filter(({ ok }) => !ok).map(({ detail }) => detail);
  if (started.code === 0) {
    expect(refusals).toEqual([]);
    return { started, refusals };
  }
  const line = started.err.trim().replace(/^tos-ai-sync: /, "");
  expect(line.split("\n")).toHaveLength(1);
  expect(refusals).toContain(line);
  if (started.code !== EXIT.usage) expect(line).toMatch(CURE);
  return { started, refusals };
}

async function doctor(argv: readonly string[]): Promise<readonly DoctorCheck[]> {
  const { out } = await run(["doctor", ...argv, "--json"]);
  return JSON.parse(out).checks;
}

type Harm = (path: string) => Promise<unknown>;
export const HARMS: Readonly<Record<string, Harm>> = {
  missing: (path) => rm(path, { recursive: true }),
  empty: (path) => truncate(path, 0),
  truncated: async (path) => truncate(path, Math.floor((await readFile(path)).length / 2)),
  garbage: (path) => writeFile(path, "\u0000not what was written\u0000".repeat(40)),
  "a directory": async (path) => {
    await rm(path, { recursive: true });
    await mkdir(path, { mode: 0o700 });
  },
};

/** The path of the named file; `*` matches the numbers that the database chose. */
export async function fileOf(data: string, name: string): Promise<string> {
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
