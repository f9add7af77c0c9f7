// One node as a separate process, seen only through its own command line and API, as any user would.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const PROGRAM = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
/** A node starts in about a second; a loaded machine with the slowest kernel is given this. */
const START_TIMEOUT_MS = 60_000;
/** Longest that one call may take: publishing waits for two disk syncs. */
const CALL_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 10_000;

/** Runs one command of the program to its end: its standard output. Rejects with what it printed when it fails. */
export async function runCommand(args, codes = [0]) {
  const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  const printed = [];
  const errors = [];
  child.stdout.on("data", (data) => printed.push(data));
  child.stderr.on("data", (data) => errors.push(data));
  const [code] = await once(child, "close");
  if (codes.includes(code)) return Buffer.concat(printed).toString();
  throw new Error(`${args[0]} ended with ${code}: ${Buffer.concat([...printed, ...errors])}`);
}

export class NodeProcess {
  #program;
  #options;
  #child;
  #lines;
  #started;
  /** The beginning of what the process wrote to standard error. */
  #errors = [];

  /**
   * `directory` is the node's --dir-path; it is kept over kills and restarts. `options` are further words of its
   * command line; `program` is run in place of tos-ai-sync and takes the same ones.
   */
  constructor(name, directory, { options = [], program = PROGRAM } = {}) {
    this.name = name;
    this.directory = directory;
    this.#options = options;
    this.#program = program;
  }

  #lastOutput() {
    return Buffer.concat(this.#errors).toString();
  }

  get running() {
    return this.#child !== undefined;
  }

  /** Where others reach it. */
  get multiaddr() {
    return this.#started.multiaddrs[0];
  }

  /** URL of its API. */
  get api() {
    return this.#started.api;
  }

  get kernel() {
    return this.#started.kernel.backend;
  }

  get pid() {
    return this.#child.pid;
  }

  async start(bootstrap) {
    const args = ["start", "--json", "--dir-path", this.directory, "--api", "127.0.0.1:0"];
    // The node ends when its input does: also when the demo is killed and can't end it.
    args.push("--p2p-listen", "/ip4/127.0.0.1/tcp/0", "--stop-with-stdin", ...this.#options);
    for (const address of bootstrap) args.push("--bootstrap", address);
    const child = spawn(process.execPath, [this.#program, ...args], { stdio: ["pipe", "pipe", "pipe"] });
    this.#child = child;
    this.#errors = [];
    child.stderr.on("data", (data) => this.#errors.length < 100 && this.#errors.push(data));
    // What is written to a node that has just died is lost with it.
    child.stdin.on("error", () => undefined);
    this.#lines = createInterface({ input: child.stdout });
    const signal = AbortSignal.timeout(START_TIMEOUT_MS);
    const ended = once(child, "close", { signal }).then(([code]) => {
      throw new Error(`${this.name} ended with ${code} before it was ready: ${this.#lastOutput()}`);
    });
    const ready = once(this.#lines, "line", { signal }).then(([line]) => JSON.parse(line));
    ended.catch(() => {});
    this.#started = await Promise.race([ready, ended]);
    this.token = (await readFile(join(this.#started.data, "api.token"), "utf8")).trim();
  }

  /** One JSON-RPC call; rejects with the node's own words. */
  async call(method, params) {
    const response = await fetch(`${this.#started.api}/json_rpc`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${this.token}` },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, ...(params === undefined ? {} : { params }) }),
      signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
    });
    const answer = await response.json();
    if (answer.error !== undefined) throw new Error(`${this.name}: ${method}: ${answer.error.message}`);
    return answer.result;
  }

  /** Says one line to a program that listens to its input, and resolves with the line that it answers, both JSON. */
  async ask(question) {
    const gone = new AbortController();
    this.#lines.once("close", () =>
      gone.abort(new Error(`${this.name} ended without an answer: ${this.#lastOutput()}`)),
    );
    const signal = AbortSignal.any([gone.signal, AbortSignal.timeout(CALL_TIMEOUT_MS)]);
    const answered = once(this.#lines, "line", { signal });
    this.#child.stdin.write(`${JSON.stringify(question)}\n`);
    try {
      const [line] = await answered;
      return JSON.parse(line);
    } catch (error) {
      // The signal's reason says who ended, and with which words; the error of `once` says only that it was aborted.
      throw signal.aborted ? signal.reason : error;
    }
  }

  /** SIGKILL: no goodbye, no flush. */
  async kill() {
    await this.#end("SIGKILL");
  }

  /** SIGTERM; resolves with the exit code. */
  async stop() {
    if (!this.running) return 0;
    const deadline = setTimeout(() => this.#child?.kill("SIGKILL"), STOP_TIMEOUT_MS);
    const code = await this.#end("SIGTERM");
    clearTimeout(deadline);
    return code;
  }

  async #end(signal) {
    const child = this.#child;
    if (child === undefined) return 0;
    const closed = child.exitCode === null && child.signalCode === null ? once(child, "close") : undefined;
    child.kill(signal);
    await closed;
    this.#child = undefined;
    return child.exitCode;
  }
}
