import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { hashOf } from "./seeded.js";

/** The host's answers to requests of the plugin, by method. A thrown {@link HostRefusal} is the error. */
export type HostAnswers = Readonly<Record<string, (params: Readonly<Record<string, unknown>>) => unknown>>;

/** An error of the host on the wire. */
export class HostRefusal extends Error {
  override readonly name = "HostRefusal";
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

export interface HostMessage {
  readonly id?: string | number | null;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: unknown;
  readonly error?: {
    readonly code: number;
    readonly message: string;
    readonly data?: Readonly<Record<string, string>>;
  };
}

export interface FakeHostOptions {
  /** The plugin: a program and its arguments. */
  readonly command: readonly [string, ...string[]];
  /** Added to {@link HostChainStub}'s answers. */
  readonly answers?: HostAnswers;
  /** Replaces the cookie of the environment; an empty one leaves it out. */
  readonly cookie?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface HostExit {
  readonly code: number | null;
  readonly signal: string | null;
}

interface Waiting {
  readonly wants: (message: HostMessage) => boolean;
  readonly resolve: (message: HostMessage) => void;
  readonly reject: (error: Error) => void;
}

/**
 * The host of a managed plugin (docs/managed.md): it starts the plugin as its child and exchanges messages with it over
 * standard input and output. It follows the protocol; {@link FakeHost.raw} sends anything else.
 */
export class FakeHost {
  readonly child: ChildProcessWithoutNullStreams;
  readonly exited: Promise<HostExit>;
  readonly cookie: string;
  /** Every message of the plugin that is not a request, in order. */
  readonly received: HostMessage[] = [];
  /** Lines on the plugin's standard output that are not messages. */
  readonly garbage: string[] = [];
  /** Events that may be sent now. */
  credit = 0;
  #answers: HostAnswers;
  #nextId = 1;
  #seq = 1;
  #errors = "";
  readonly #waiting = new Set<Waiting>();

  constructor(options: FakeHostOptions) {
    const [program, ...args] = options.command;
    this.cookie = options.cookie ?? randomBytes(32).toString("hex");
    this.#answers = options.answers ?? {};
    const { TOS_AI_PLUGIN_COOKIE: _, ...inherited } = process.env;
    const own = this.cookie === "" ? {} : { TOS_AI_PLUGIN_COOKIE: this.cookie };
    const env = { ...inherited, ...own, TOS_AI_PLUGIN_PROTOCOL: "1", ...options.env };
    this.child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"], env });
    // A dead plugin reads no input; its exit is handled below.
    this.child.stdin.on("error", () => undefined);
    this.child.stderr.on("data", (text) => {
      this.#errors += text;
    });
    createInterface(this.child.stdout).on("line", (line) => this.#line(line));
    this.exited = once(this.child, "close").then(([code, signal]) => {
      const error = new Error(`the plugin ended with ${signal ?? code}: ${this.#errors}`);
      for (const { reject } of this.#waiting) reject(error);
      this.#waiting.clear();
      return { code, signal };
    });
  }

  /** The plugin's output on standard error so far. */
  get errors(): string {
    return this.#errors;
  }

  /** Sends bytes unchanged. */
  raw(bytes: string | Uint8Array): void {
    this.child.stdin.write(bytes);
  }

  send(message: HostMessage): void {
    this.raw(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  }

  /** Calls a method and returns the whole response, result or error. */
  async call(method: string, params?: Readonly<Record<string, unknown>>): Promise<HostMessage> {
    const id = this.#nextId++;
    const answered = this.next((message) => message.id === id && message.method === undefined);
    this.send({ id, method, ...(params === undefined ? {} : { params }) });
    return answered;
  }

  /** Calls a method and returns the result; throws if the plugin answers with an error. */
  async ask(method: string, params?: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, unknown>>> {
    const { result, error } = await this.call(method, params);
    if (error !== undefined) throw new HostRefusal(error.code, `${method}: ${error.message}`);
    return { ...(result as object) };
  }

  /** The next message that `wants` accepts. Rejects when the plugin ends. */
  next(wants: (message: HostMessage) => boolean): Promise<HostMessage> {
    return new Promise((resolve, reject) => {
      const waiting = { wants, resolve, reject };
      this.#waiting.add(waiting);
    });
  }

  notified(method: string): Promise<HostMessage> {
    return this.next((message) => message.method === method && message.id === undefined);
  }

  manifest(): Promise<Readonly<Record<string, unknown>>> {
    return this.ask("getmanifest", { cookie: this.cookie, protocol: { min: 1, max: 1 } });
  }

  /** Calls `init` for a devnet node on which everyone may author; `change` replaces members. */
  async init(
    dataDir: string,
    change: Readonly<Record<string, unknown>> = {},
  ): Promise<Readonly<Record<string, unknown>>> {
    const result = await this.ask("init", { ...initParams(this.cookie, dataDir), ...change });
    if (typeof result.credit === "number") this.credit += result.credit;
    return result;
  }

  /** Sends an event with its number; takes one unit of credit. */
  event(method: string, params: object): void {
    this.credit--;
    this.send({ method, params: { seq: this.#seq++, ...params } });
  }

  /** Replaces answers from now on. */
  answer(answers: HostAnswers): void {
    this.#answers = { ...this.#answers, ...answers };
  }

  /** Asks the plugin to stop, closes its input, and waits for its exit. */
  async shutdown(deadlineMs = 10_000): Promise<HostExit> {
    await this.ask("shutdown", { deadline_ms: deadlineMs });
    this.child.stdin.end();
    return this.exited;
  }

  kill(): void {
    this.child.kill("SIGKILL");
  }

  #line(line: string): void {
    let message: HostMessage;
    try {
      message = JSON.parse(line);
    } catch {
      this.garbage.push(line);
      return;
    }
    if (message.method !== undefined && message.id !== undefined) {
      this.#serve(message.id, message.method, message.params ?? {});
      return;
    }
    if (message.method === "credit") this.credit += Number(message.params?.events);
    this.received.push(message);
    for (const waiting of this.#waiting) {
      if (!waiting.wants(message)) continue;
      this.#waiting.delete(waiting);
      waiting.resolve(message);
    }
  }

  #serve(id: string | number | null, method: string, params: Readonly<Record<string, unknown>>): void {
    const answer = this.#answers[method];
    try {
      if (answer === undefined) throw new HostRefusal(-32601, `there is no method ${method}`);
      const result = answer(params);
      // A silent host: the request stays open.
      if (result !== undefined) this.send({ id, result });
    } catch (error) {
      const code = error instanceof HostRefusal ? error.code : -32603;
      const message = error instanceof Error ? error.message : String(error);
      this.send({ id, error: { code, message } });
    }
  }
}

export function initParams(cookie: string, dataDir: string): Readonly<Record<string, unknown>> {
  return {
    cookie,
    network: "devnet",
    genesis: hashOf("fake-host/genesis"),
    data_dir: dataDir.endsWith("/") ? dataDir : `${dataDir}/`,
    tip: null,
    signer: { node: null, authors: [] },
    registry: "everyone",
    options: { listen: ["/ip4/127.0.0.1/tcp/0"] },
    host: { name: "fake-host", version: "1" },
  };
}

/** A block of `chain.blocks`; as an event it also has a `seq`. */
export interface HostBlock {
  readonly topoheight: number;
  readonly height: number;
  readonly hash: string;
  readonly timestamp_ms: number;
  readonly registered?: readonly string[];
}

/** A linear chain behind a host's answers. */
export class HostChainStub {
  readonly blocks: HostBlock[] = [];
  /** The lowest block that is not pruned. */
  first = 0;
  /** False for a host that does not know what it pruned: its tip has no `first`. */
  reportsFirst = true;
  readonly #seed: string;
  readonly #startMs: number;
  #forks = 0;

  /** Blocks are one second apart, from `startMs`. */
  constructor(seed = "fake-host", startMs = 1_790_000_000_000) {
    this.#seed = seed;
    this.#startMs = startMs;
    this.mine();
  }

  mine(registered?: readonly string[]): HostBlock {
    const topoheight = this.blocks.length;
    const block: HostBlock = {
      topoheight,
      height: topoheight,
      hash: hashOf(`${this.#seed}/${this.#forks}/${topoheight}`),
      timestamp_ms: this.#startMs + topoheight * 1000,
      ...(registered === undefined ? {} : { registered }),
    };
    this.blocks.push(block);
    return block;
  }

  /** Removes the last blocks; new blocks have other hashes. */
  rewind(depth: number): void {
    this.blocks.splice(Math.max(1, this.blocks.length - depth));
    this.#forks++;
  }

  get tip(): Readonly<Record<string, unknown>> {
    const top = this.blocks.at(-1);
    const stable = Math.max(0, this.blocks.length - 9);
    return {
      topoheight: top?.topoheight,
      height: top?.height,
      stable_height: stable,
      stable_topoheight: stable,
      hash: top?.hash,
      timestamp_ms: top?.timestamp_ms,
      block_time_ms: 1000,
      ...(this.first > 0 && this.reportsFirst && { first_topoheight: this.first }),
    };
  }

  answers(): HostAnswers {
    return {
      "chain.tip": () => this.tip,
      "chain.blocks": ({ from, to }) => {
        const [first, last] = [Number(from), Number(to)];
        const there = first >= this.first && last < this.blocks.length && first <= last && last - first <= 20;
        if (!there) throw new HostRefusal(-32602, "no such range");
        return this.blocks.slice(first, last + 1);
      },
      "chain.task": () => null,
      "chain.miner": () => null,
    };
  }
}
