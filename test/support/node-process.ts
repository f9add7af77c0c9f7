import { type ChildProcess, spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { NodeClient } from "../../src/api/node-client/index.js";
import { scratchDirectory } from "./scratch.js";

const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const ANY_PORTS = ["--api", "127.0.0.1:0", "--p2p-listen", "/ip4/127.0.0.1/tcp/0"];

/** A base directory, removed when the test ends. */
export async function baseDirectory(): Promise<{ readonly dir: string; readonly data: string }> {
  const dir = await scratchDirectory();
  return { dir, data: join(dir, "ai", "dev") };
}

export interface Ended {
  /** Null if a signal ended it. */
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** The program in its own process; killed when the test ends. */
export class Program {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  readonly #errors = new EventEmitter<{ written: [] }>();
  #out = "";
  #err = "";

  constructor(args: readonly string[]) {
    this.child = spawn(process.execPath, [MAIN, ...args], { stdio: ["ignore", "pipe", "pipe"] });
    onTestFinished(() => void this.child.kill("SIGKILL"));
    this.child.stdout?.on("data", (text) => {
      this.#out += text;
    });
    this.child.stderr?.on("data", (text) => {
      this.#err += text;
      this.#errors.emit("written");
    });
    this.ended = once(this.child, "close").then(([code]) => ({ code, out: this.#out, err: this.#err }));
  }

  /** Waits until standard error contains `text`, now or later; rejects at the end of the program. */
  logged(text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        if (!this.#err.includes(text)) return;
        this.#errors.off("written", look);
        resolve();
      };
      this.#errors.on("written", look);
      void this.ended.then(({ code, err }) =>
        reject(new Error(`the program ended with ${code} before it logged ${text}: ${err}`)),
      );
      look();
    });
  }
}

/** Runs a `start` that fails, to its end. */
export function startFails(dir: string, ...args: readonly string[]): Promise<Ended> {
  return new Program(["start", "--dir-path", dir, ...ANY_PORTS, ...args]).ended;
}

export interface RpcAnswer {
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly code: number; readonly message: string };
}

/** A running node in its own process. */
export class NodeProcess {
  readonly program: Program;
  readonly started: { readonly data: string; readonly api: string; readonly pid: number };
  readonly #token: string;

  private constructor(program: Program, started: NodeProcess["started"], token: string) {
    this.program = program;
    this.started = started;
    this.#token = token;
  }

  static async start(dir: string, ...args: readonly string[]): Promise<NodeProcess> {
    const program = new Program(["start", "--json", "--dir-path", dir, ...ANY_PORTS, ...args]);
    const { stdout } = program.child;
    if (stdout === null) throw new Error("no output");
    const first = once(createInterface(stdout), "line").then(([line]) => JSON.parse(line));
    const failed = program.ended.then(({ code, err }) => {
      throw new Error(`start ended with ${code}: ${err}`);
    });
    failed.catch(() => undefined);
    const started = await Promise.race([first, failed]);
    const token = (await readFile(started.token_file, "utf8")).trim();
    return new NodeProcess(program, started, token);
  }

  /** One JSON-RPC call; rejects without an answer. */
  async call(method: string, params?: Readonly<Record<string, unknown>>): Promise<RpcAnswer> {
    const response = await fetch(`${this.started.api}/json_rpc`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${this.#token}` },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, ...(params === undefined ? {} : { params }) }),
    });
    return (await response.json()) as RpcAnswer;
  }

  /** Waits until the node has emitted the event of this task, now or later. */
  async taskPublished(taskId: string): Promise<void> {
    const access = { url: this.started.api, token: this.#token };
    for await (const event of new NodeClient({ access }).events({ notify: "task_published", after: 0 })) {
      if (event.event === "task_published" && event.task_id === taskId) return;
    }
  }

  /** Sends the signal and waits for the end; returns the time that it took, in ms. */
  async signal(name: "SIGINT" | "SIGTERM" | "SIGKILL"): Promise<Ended & { readonly tookMs: number }> {
    const at = performance.now();
    this.program.child.kill(name);
    const ended = await this.program.ended;
    return { ...ended, tookMs: performance.now() - at };
  }
}

/** Parameters of `ai_publish_task`. */
export function taskParams(description: string, idempotencyKey?: string): Readonly<Record<string, unknown>> {
  return {
    task_type: { CodeAnalysis: { language: "Rust", complexity: "Simple" } },
    description,
    reward_amount: 1,
    duration_seconds: 3600,
    difficulty_level: "Beginner",
    verification_type: "Automatic",
    max_participants: 1,
    quality_threshold: 0,
    ...(idempotencyKey === undefined ? {} : { idempotency_key: idempotencyKey }),
  };
}

/** Processes whose parent is this one. */
export async function childrenOf(pid: number): Promise<readonly string[]> {
  const found: string[] = [];
  for (const name of await readdir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await readFile(`/proc/${name}/stat`, "utf8").catch(() => "");
    if (stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1] === String(pid)) found.push(name);
  }
  return found;
}
