import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { readToken } from "../../api/client/index.js";
import { dataDirectory, type GlobalOptions, tokenFile } from "../arguments/index.js";
import { callNode, readApiLocation } from "../client/index.js";
import { infoShape, readAnswer } from "../show/index.js";

/**
 * One condition of a node. `ok: false`: a node can't run; the detail of a start condition is the error line of `start`,
 * its cure included. `ok: true` with a cure: a node runs, but slower or with less function.
 */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
  readonly cure?: string;
}

/**
 * Longest wait for `cargo --version`, which takes about 0.1 s. A machine under load needs seconds; without an answer
 * the row shows that cargo does not run.
 */
const CARGO_TIMEOUT_MS = 10_000;
const OLDEST_NODE = [20, 19] as const;

function fine(name: string, detail: string): Check {
  return { name, ok: true, detail };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

export function checkRuntime(version: string): Check {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const name = "node version";
  if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])) {
    return major >= 22
      ? fine(name, version)
      : { name, ok: true, detail: version, cure: "install Node 22 or later: it is recommended" };
  }
  return { name, ok: false, detail: version, cure: "install Node 20.19 or later; 22 is recommended" };
}

export async function checkBuild(): Promise<Check> {
  const name = "build";
  const index = new URL("../../plugin/standalone.js", import.meta.url);
  try {
    await import(index.href);
    return fine(name, "the program is built and loads");
  } catch (error) {
    return { name, ok: false, detail: messageOf(error), cure: "run npm install, then npm run build" };
  }
}

export interface KernelCheck {
  readonly check: Check;
  readonly backend: "native" | "wasm" | "reference" | undefined;
}

export async function checkKernel(): Promise<KernelCheck> {
  const name = "kernel";
  try {
    const { loadKernel } = await import("../../kernel/loader.js");
    const { kernel, skipped } = await loadKernel();
    const { backend } = kernel;
    await kernel.close();
    const [first] = skipped;
    if (first === undefined) return { check: fine(name, backend), backend };
    // The loader may have skipped one build of this backend and loaded another.
    const link = skipped.every((one) => one.backend === backend) ? "though" : "because";
    const detail = `${backend}, ${link} ${skipped.map(({ cause }) => cause).join("; ")}`;
    return { check: { name, ok: true, detail, cure: first.cure }, backend };
  } catch (error) {
    const cure = "unset TOS_AI_KERNEL, or name a backend that can be loaded";
    return { check: { name, ok: false, detail: messageOf(error), cure }, backend: undefined };
  }
}

export async function checkCargo(): Promise<Check> {
  const name = "cargo";
  try {
    const { stdout } = await promisify(execFile)("cargo", ["--version"], { timeout: CARGO_TIMEOUT_MS });
    return fine(name, stdout.trim());
  } catch {
    const cure =
      "install Rust to build the native kernel; without it the slower WebAssembly kernel runs (npm run bench:kernel)";
    return { name, ok: true, detail: "not found, or it does not run", cure };
  }
}

export async function checkEngine(): Promise<Check> {
  const name = "database engine";
  const { chooseEngine } = await import("../../storage/database/open-store.js");
  let choice: Awaited<ReturnType<typeof chooseEngine>>;
  try {
    choice = await chooseEngine();
  } catch (error) {
    return { name, ok: false, detail: messageOf(error) };
  }
  const { engine, cause } = choice;
  if (cause === undefined) return fine(name, "RocksDB loads");
  const cure = "install the optional dependency @nxtedition/rocksdb; a directory keeps the engine it was made with";
  return { name, ok: true, detail: `${engine}, because RocksDB does not load: ${cause}`, cure };
}

/** The state of the node that runs in this directory. */
export interface RunningNode {
  readonly check: Check;
  readonly running: boolean;
  /** The faults that the node reports, each with its cure. */
  readonly faults: readonly Check[];
}

/** Asks the running node, if there is one. */
export async function checkApi(options: GlobalOptions): Promise<RunningNode> {
  const name = "running node";
  const directory = dataDirectory(options);
  const location = await readApiLocation(directory);
  if (location === undefined) {
    return { check: fine(name, "none runs in this directory"), running: false, faults: [] };
  }
  try {
    const token = await readToken(tokenFile(directory));
    const answer = await callNode({ url: location.url, token }, "ai_get_network_info");
    const { health } = readAnswer(infoShape, answer);
    const faults = health.faults.map(({ component, code, text, cure }) => ({
      ...{ name: `${name}: ${component} ${code}`, ok: true, detail: text },
      cure: cure ?? "see tos-ai-sync status",
    }));
    return { check: fine(name, `answers at ${location.url}, process ${location.pid}`), running: true, faults };
  } catch (error) {
    const detail = `process ${location.pid} was at ${location.url} and does not answer: ${messageOf(error)}`;
    return { check: { name, ok: true, detail, cure: "start it again" }, running: false, faults: [] };
  }
}
