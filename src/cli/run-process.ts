import "./output/managed-output.js";
import "../network/with-resolvers.js";
import { createRequire } from "node:module";
import { endProcess } from "./end-process.js";
import { EXIT } from "./exit-codes.js";
import { type CliIo, endWithoutTerminal, OutputStream, plainLine } from "./output/index.js";
import { runCli } from "./program.js";

/** How long timers and sockets may remain after a command; libp2p leaves timers of up to a second. */
const LINGER_MS = 2000;
/** The code of a shell for a program that SIGINT ended. */
const FORCED_EXIT = 130;

endWithoutTerminal();
const out = new OutputStream(process.stdout);
const err = new OutputStream(process.stderr);

function packageVersion(): string {
  const manifest: unknown = createRequire(import.meta.url)("../../package.json");
  return typeof manifest === "object" && manifest !== null && "version" in manifest ? String(manifest.version) : "?";
}

let interrupt: AbortController | undefined;
/** The terminal was closed, or the reader of the output is gone. */
let hungUp = false;

/**
 * For commands that run until they are asked to end. The first signal asks to end; the second ends the process. A
 * closed terminal also asks, by SIGHUP or by a failed output, possibly several times.
 */
function interrupted(): AbortSignal {
  if (interrupt !== undefined) return interrupt.signal;
  const controller = new AbortController();
  interrupt = controller;
  for (const stream of [out, err]) stream.bound();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.on(name, () => {
      if (controller.signal.aborted && !hungUp) endProcess(FORCED_EXIT);
      controller.abort();
    });
  }
  process.on("SIGHUP", hangUp);
  if (hungUp) controller.abort();
  return controller.signal;
}

function hangUp(): void {
  hungUp = true;
  interrupt?.abort();
}

const failed = new AbortController();
/** The output is the command's result, although the command runs until it is asked to end. */
let outputMatters = false;

function outputFailed(): AbortSignal {
  outputMatters = true;
  return failed.signal;
}

out.onFailure(() => {
  failed.abort();
  if (out.gone) hangUp();
});
err.onFailure(() => {
  if (err.gone) hangUp();
});

function stdinEnded(): AbortSignal {
  const controller = new AbortController();
  const { stdin } = process;
  for (const name of ["end", "error", "close"] as const) stdin.once(name, () => controller.abort());
  stdin.resume();
  // An open pipe must not keep a stopped node alive. Files and /dev/null have no unref and end by themselves.
  if ("unref" in stdin) stdin.unref();
  return controller.signal;
}

function keys(listener: (key: string) => void): () => void {
  const { stdin } = process;
  if (!stdin.isTTY) return () => undefined;
  const pressed = (data: Buffer): void => listener(data.toString());
  stdin.setRawMode(true);
  stdin.on("data", pressed);
  stdin.resume();
  return () => {
    stdin.off("data", pressed);
    stdin.setRawMode(false);
    stdin.pause();
  };
}

const io: CliIo = {
  out,
  err,
  stdin: process.stdin,
  env: process.env,
  interrupted,
  outputFailed,
  stdinEnded,
  keys,
  nowMs: Date.now,
};

/** The exit code of a command that succeeded: `code` if its output was written. */
function delivered(code: number): number {
  if (code !== EXIT.ok) return code;
  if (hungUp && interrupt !== undefined) return EXIT.output;
  if (out.gone) return EXIT.output;
  if (interrupt !== undefined && !outputMatters) return code;
  if (out.failure === undefined) return code;
  err.write(`tos-ai-sync: the output could not be written: ${plainLine(out.failure)}\n`);
  return EXIT.output;
}

/** Runs the command line of this process and sets its exit code. */
export async function runProcess(): Promise<void> {
  const code = await runCli(process.argv.slice(2), io, packageVersion());
  // A slow reader gets the whole answer. The last log lines of a stopped node do not delay its exit.
  if (interrupt === undefined) await Promise.all([out.drained(), err.drained()]);
  const exitCode = delivered(code);
  process.exitCode = exitCode;
  setTimeout(() => endProcess(exitCode), LINGER_MS).unref();
}
