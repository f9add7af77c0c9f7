import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { type ApiServer, createApiServer } from "../../src/api/http/index.js";
import type { CliIo } from "../../src/cli/output/terminal.js";
import { runCli } from "../../src/cli/program.js";
import { FakeControl } from "./control/fake-control.js";
import { scratchDirectory } from "./scratch.js";

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  readonly stdin?: string;
  readonly signal?: AbortSignal;
  /** The output is a terminal without colours, of this many columns. */
  readonly terminal?: number;
  readonly rows?: number;
  /** Takes the listener of keys; the result is called when no key is wanted any more. */
  readonly keys?: (listener: (key: string) => void) => () => void;
  /** Called at each write with all output so far. */
  readonly onOut?: (text: string) => void;
}

/** Runs a command line in this process, as `main` does. */
export async function run(argv: readonly string[], options: RunOptions = {}): Promise<Ran> {
  let out = "";
  let err = "";
  async function* stdin(): AsyncGenerator<string> {
    yield options.stdin ?? "";
  }
  const io: CliIo = {
    out: {
      isTTY: options.terminal !== undefined,
      columns: options.terminal,
      rows: options.rows,
      write: (text) => {
        out += text;
        options.onOut?.(out);
      },
    },
    err: {
      write: (text) => {
        err += text;
      },
    },
    stdin: stdin(),
    env: { NO_COLOR: "1" },
    interrupted: () => options.signal ?? new AbortController().signal,
    outputFailed: () => new AbortController().signal,
    stdinEnded: () => new AbortController().signal,
    keys: (listener) => options.keys?.(listener) ?? (() => undefined),
    nowMs: () => 1_790_000_111_000,
  };
  const code = await runCli(argv, io, "0.1.0");
  return { code, out, err };
}

export interface FakeNode {
  readonly control: FakeControl;
  readonly api: ApiServer;
  /** Its base directory. */
  readonly dir: string;
  /** Its own directory. */
  readonly data: string;
  /** Runs a command line that finds this node. */
  cli(argv: readonly string[], options?: RunOptions): Promise<Ran>;
}

/** An API server with a fake node, in a directory like that of a real node. */
export async function fakeNode(): Promise<FakeNode> {
  const dir = await scratchDirectory();
  const data = join(dir, "ai", "dev");
  await mkdir(data, { recursive: true });
  const control = new FakeControl();
  const api = await createApiServer({
    control,
    listen: { host: "127.0.0.1", port: 0 },
    tokenFile: join(data, "api.token"),
    log: () => undefined,
  });
  onTestFinished(() => api.stop());
  await writeFile(join(data, "api.json"), JSON.stringify({ url: api.url, pid: process.pid }));
  return { control, api, dir, data, cli: (argv, options) => run([...argv, "--dir-path", dir], options) };
}
