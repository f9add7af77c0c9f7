// A child that speaks JSON lines: each line it says goes to `onLine`, in order.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

const PATIENCE_MS = 30_000;

export class LineProcess {
  #child;
  #waiting = [];
  #onLine;

  constructor(script, args, onLine = () => undefined) {
    this.#onLine = onLine;
    this.#child = spawn(process.execPath, ["--expose-gc", script, ...args], { stdio: ["pipe", "pipe", "inherit"] });
    // What is written to a child that has just died is lost with it.
    this.#child.stdin.on("error", () => undefined);
    createInterface({ input: this.#child.stdout }).on("line", (text) => this.#line(text));
  }

  get pid() {
    return this.#child.pid;
  }

  /** The first line from now on for which `wanted` holds. */
  next(what, wanted = () => true, patienceMs = PATIENCE_MS) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`waited ${patienceMs / 1000} s for ${what}`)), patienceMs);
      this.#waiting.push({ wanted, done: (line) => resolve(clearTimeout(timer) ?? line) });
    });
  }

  say(line) {
    this.#child.stdin.write(`${JSON.stringify(line)}\n`);
  }

  async kill() {
    await this.#end(() => this.#child.kill("SIGKILL"));
  }

  /** Its input ends; resolves with the exit code. */
  async stop() {
    await this.#end(() => this.#child.stdin.end());
    return this.#child.exitCode;
  }

  async #end(how) {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const closed = once(this.#child, "close");
    how();
    await closed;
  }

  #line(text) {
    // A child that is killed may be cut off in the middle of its last line.
    const line = parsed(text);
    if (line === undefined) return;
    this.#onLine(line);
    const settled = this.#waiting.filter(({ wanted }) => wanted(line));
    this.#waiting = this.#waiting.filter((one) => !settled.includes(one));
    for (const { done } of settled) done(line);
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
