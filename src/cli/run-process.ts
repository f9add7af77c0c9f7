import "./managed-output.js";
import "../network/with-resolvers.js";
import { createRequire } from "node:module";
import { runCli } from "./program.js";
import type { CliIo } from "./terminal.js";

/** What still runs after a command has ended is given this long; libp2p leaves timers of up to a second. */
const LINGER_MS = 2000;
/** As a shell reports a program that SIGINT ended. */
const FORCED_EXIT = 130;

function packageVersion(): string {
  const manifest: unknown = createRequire(import.meta.url)("../../package.json");
  return typeof manifest === "object" && manifest !== null && "version" in manifest ? String(manifest.version) : "?";
}

let interrupt: AbortController | undefined;

/** The first signal asks to end, the second ends. */
function interrupted(): AbortSignal {
  if (interrupt !== undefined) return interrupt.signal;
  const controller = new AbortController();
  interrupt = controller;
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(FORCED_EXIT);
      controller.abort();
    });
  }
  return controller.signal;
}

function stdinEnded(): AbortSignal {
  const controller = new AbortController();
  const { stdin } = process;
  for (const name of ["end", "error", "close"] as const) stdin.once(name, () => controller.abort());
  stdin.resume();
  // An open pipe must not keep a node that has stopped. Files and /dev/null have no unref, and end by themselves.
  if ("unref" in stdin) stdin.unref();
  return controller.signal;
}

const io: CliIo = {
  out: process.stdout,
  err: process.stderr,
  stdin: process.stdin,
  env: process.env,
  interrupted,
  stdinEnded,
  nowMs: Date.now,
};

// A reader that went away (head, a closed pipe) is no failure of ours; a command that waits for a signal ends with it.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  if (interrupt === undefined) process.exit(0);
  interrupt.abort();
});

// Whoever read the lines for people has gone: there is nobody left to tell, and what runs goes on.
process.stderr.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

/** Runs the command line of this process and sets its exit code. */
export async function runProcess(): Promise<void> {
  process.exitCode = await runCli(process.argv.slice(2), io, packageVersion());
  setTimeout(() => process.exit(), LINGER_MS).unref();
}
