import { execFile } from "node:child_process";
import { access, constants } from "node:fs/promises";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { readToken } from "../api/token-file.js";
import { NetworkError } from "../protocol/errors.js";
import { callNode } from "./client.js";
import { dataDirectory, type GlobalOptions, parseHostPort, readApiLocation, tokenFile } from "./location.js";

/**
 * One thing that a node needs. `ok: false`: a node can't run like this. `ok: true` with a cure: it runs, but something is
 * slower or less than it could be.
 */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
  readonly cure?: string;
}

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
  const index = new URL("../plugin/standalone.js", import.meta.url);
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
    const { loadKernel } = await import("../kernel/loader.js");
    const { kernel, skipped } = await loadKernel();
    const { backend } = kernel;
    await kernel.close();
    const [first] = skipped;
    if (first === undefined) return { check: fine(name, backend), backend };
    // A build of the same backend may have been passed over for another.
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

export async function checkDatabase(): Promise<Check> {
  const name = "database";
  const { chooseEngine } = await import("../storage/open-store.js");
  const { engine, cause } = await chooseEngine();
  if (cause === undefined) return fine(name, "RocksDB loads");
  const cure = "install the optional dependency @nxtedition/rocksdb; a directory keeps the engine it was made with";
  return { name, ok: true, detail: `${engine}, because RocksDB does not load: ${cause}`, cure };
}

/** The directory itself or the nearest one above it that exists. */
async function nearestExisting(path: string): Promise<string> {
  try {
    await access(path, constants.F_OK);
    return path;
  } catch {
    const parent = dirname(path);
    return parent === path ? path : nearestExisting(parent);
  }
}

export async function checkDirectory(options: GlobalOptions): Promise<Check> {
  const name = "data directory";
  const path = dataDirectory(options);
  const existing = await nearestExisting(path);
  try {
    await access(existing, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch {
    const cure = `make it writable for this user, or choose another with --dir-path`;
    return { name, ok: false, detail: `${existing} is not writable`, cure };
  }
  if (existing !== path) return fine(name, `${path} will be made by the first start`);
  const { readFormat } = await import("../storage/format-file.js");
  const { describeHolder, readHolder } = await import("../storage/lock-file.js");
  try {
    const format = await readFormat(join(path, "format.json"));
    const holder = await readHolder(join(path, "lock"));
    const what = format === undefined ? "new" : `${format.network}, version ${format.version}, ${format.engine}`;
    return fine(name, `${path} (${what})${holder === undefined ? "" : `, in use by ${describeHolder(holder)}`}`);
  } catch (error) {
    const cure = "restore a backup, or choose another directory with --dir-path";
    return { name, ok: false, detail: messageOf(error), cure };
  }
}

export async function checkKeys(options: GlobalOptions): Promise<Check> {
  const name = "keys";
  const directory = dataDirectory(options);
  const { listKeys, readKey } = await import("../storage/key-file.js");
  try {
    const names = await listKeys(join(directory, "keys"));
    for (const key of names) await readKey(join(directory, "keys"), key);
    try {
      await readToken(tokenFile(directory));
    } catch (error) {
      if (!(error instanceof NetworkError) || error.code !== "not_found") throw error;
    }
    return fine(
      name,
      names.length === 0 ? "none yet: the first start makes them" : `${names.join(", ")}: readable by their owner only`,
    );
  } catch (error) {
    return {
      name,
      ok: false,
      detail: messageOf(error),
      cure: "give the files back to their owner with mode 600, or restore them",
    };
  }
}

/** Undefined when it is free, else why not. */
function portTaken(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

export async function checkPort(name: string, address: string, flag: string): Promise<Check> {
  const { host, port } = parseHostPort(address);
  const taken = await portTaken(host, port);
  if (taken === undefined) return fine(name, `${address} is free`);
  const cure = `stop the program that listens there, or choose another address with ${flag}`;
  return { name, ok: false, detail: `${address} can't be listened on (${taken})`, cure };
}

/** The running node, if there is one. */
export async function checkApi(options: GlobalOptions): Promise<{ readonly check: Check; readonly running: boolean }> {
  const name = "running node";
  const directory = dataDirectory(options);
  const location = await readApiLocation(directory);
  if (location === undefined) return { check: fine(name, "none runs in this directory"), running: false };
  try {
    await callNode({ url: location.url, token: await readToken(tokenFile(directory)) }, "ai_get_network_info");
    return { check: fine(name, `answers at ${location.url}, process ${location.pid}`), running: true };
  } catch (error) {
    const detail = `process ${location.pid} was at ${location.url} and does not answer: ${messageOf(error)}`;
    return { check: { name, ok: true, detail, cure: "start it again" }, running: false };
  }
}
