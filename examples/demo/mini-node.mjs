// A Rust node with the plugin inside (native/host/examples/mini-node), driven by lines of JSON.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const PLUGIN = `${process.execPath} ${ROOT}dist/cli/main.js managed`;
const PATIENCE_MS = 60_000;
/** What is kept of a node's log for when it fails. */
const LOG_LINES = 50;

/** Builds the node and gives the program's path; cargo's own words go to standard error. */
export async function buildMiniNode() {
  const args = [
    "build",
    "--locked",
    "--package",
    "tos-ai-host",
    "--example",
    "mini-node",
    "--features",
    "kernel-signer",
  ];
  const child = spawn("cargo", [...args, "--message-format", "json-render-diagnostics"], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let program;
  for await (const line of createInterface({ input: child.stdout })) {
    const { executable, target } = JSON.parse(line);
    if (target?.name === "mini-node" && executable) program = executable;
  }
  if (child.exitCode === null) await once(child, "exit");
  if (child.exitCode !== 0 || program === undefined) throw new Error("the mini-node can't be built");
  return program;
}

export class MiniNode {
  #program;
  #args;
  #child;
  #log = [];
  #waiting = [];
  #last = 0;
  /** The facts of the plugin from its last start. */
  plugin;

  constructor(name, program, args) {
    this.name = name;
    this.#program = program;
    this.#args = args;
  }

  get multiaddr() {
    return this.plugin.multiaddrs[0];
  }

  /** Resolves when the plugin is ready. */
  async start() {
    const child = spawn(this.#program, ["--plugin-command", PLUGIN, ...this.#args], {
      stdio: ["pipe", "pipe", "pipe"],
    });
    this.#child = child;
    child.stdin.on("error", () => undefined);
    createInterface({ input: child.stderr }).on("line", (line) => {
      this.#log.push(line);
      if (this.#log.length > LOG_LINES) this.#log.shift();
    });
    createInterface({ input: child.stdout }).on("line", (text) => this.#line(JSON.parse(text)));
    child.once("exit", () => this.#line({ event: "exit" }));
    await this.next("the plugin to be ready", ({ event }) => event === "ready");
  }

  /** The next line that this holds for. */
  next(what, wanted) {
    return new Promise((resolve, reject) => {
      const late = () => reject(new Error(`${this.name}: waited for ${what}\n${this.#log.join("\n")}`));
      const timer = setTimeout(late, PATIENCE_MS);
      this.#waiting.push({ wanted, done: (line) => resolve(clearTimeout(timer) ?? line) });
    });
  }

  /** A method of the plugin, by way of the node. */
  async call(method, params) {
    const { error, result } = await this.ask({ call: method, params });
    if (error !== undefined) throw new Error(`${this.name}: ${method}: ${error.message}`);
    return result;
  }

  async ask(command) {
    const id = ++this.#last;
    const answer = this.next(JSON.stringify(command).slice(0, 80), (line) => line.id === id);
    this.#child.stdin.write(`${JSON.stringify({ ...command, id })}\n`);
    return answer;
  }

  /** SIGKILL for the plugin alone; milliseconds until the node has started another, and until that one is ready. */
  async killPlugin() {
    const before = this.plugin.pid;
    const started = this.next("another start", ({ status }) => status === "starting").then(() => performance.now());
    const ready = this.next("another plugin", (line) => line.event === "ready" && line.pid !== before);
    const killed = performance.now();
    process.kill(before, "SIGKILL");
    await ready;
    return { respawnedMs: Math.round((await started) - killed), readyMs: Math.round(performance.now() - killed) };
  }

  /** Its input ends: it shuts the plugin down and exits. Resolves with how the plugin ended. */
  async stop() {
    if (this.#child === undefined || this.#child.exitCode !== null) return undefined;
    const stopped = this.next("its end", ({ event }) => event === "stopped" || event === "exit");
    const exited = once(this.#child, "exit");
    this.#child.stdin.end();
    const { stop } = await stopped;
    await exited;
    return stop;
  }

  #line(line) {
    if (line.event === "ready") this.plugin = line;
    const settled = this.#waiting.filter(({ wanted }) => wanted(line));
    this.#waiting = this.#waiting.filter((one) => !settled.includes(one));
    for (const { done } of settled) done(line);
  }
}
