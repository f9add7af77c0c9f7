// Runs a command of @napi-rs/cli with a time limit.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const CLI = path.join(ROOT, "node_modules/@napi-rs/cli/dist/cli.js");

/** A clean build takes half a minute of one core. One that takes this long waits for a registry without an answer. */
const DEADLINE_MS = 15 * 60_000;

/** The build of the addon: a library named by its platform, with types and without a JavaScript loader beside it. */
export const ADDON_BUILD = ["build", "--platform", "--no-js", "--release", "--package", "tos-ai-addon"];

/** Why a command failed, and what a person can do. */
export class NapiProblem extends Error {
  constructor(cause, cure) {
    super(cause);
    this.cure = cure;
  }
}

/**
 * Runs `napi` with `parameters` in `cwd`. All its output goes to stderr. Rejects with a `NapiProblem` if it can't
 * start, fails, or takes more than `deadlineMs`.
 */
export function runNapi(parameters, { cwd = ROOT, env = process.env, deadlineMs = DEADLINE_MS } = {}) {
  if (!existsSync(CLI)) {
    return Promise.reject(new NapiProblem("@napi-rs/cli is not installed (no dev dependencies)", "run `npm install`"));
  }
  // A process group of its own, so that the deadline also ends cargo and the compilers.
  const grouped = process.platform !== "win32";
  const napi = spawn(process.execPath, [CLI, ...parameters], { cwd, env, stdio: ["ignore", 2, 2], detached: grouped });
  const kill = () => {
    try {
      if (grouped && napi.pid !== undefined) process.kill(-napi.pid, "SIGKILL");
      else napi.kill("SIGKILL");
    } catch {
      // It has ended already.
    }
  };
  const interrupted = (signal) => {
    kill();
    process.exit(signal === "SIGINT" ? 130 : 143);
  };
  process.once("SIGINT", interrupted);
  process.once("SIGTERM", interrupted);

  const command = `napi ${parameters[0]}`;
  let deadline;
  const ended = new Promise((resolve, reject) => {
    const fail = (cause, cure) => reject(new NapiProblem(`${command} ${cause}`, cure));
    deadline = setTimeout(() => {
      kill();
      fail(`took more than ${deadlineMs / 1000} s`, "check the connection to the registry");
    }, deadlineMs);
    napi.once("error", (error) => fail(`could not be started (${error.code})`, "install Node.js again"));
    napi.once("close", (code) => {
      if (code === 0) resolve();
      else fail("failed; its messages are above", "correct what they report");
    });
  });
  return ended.finally(() => {
    clearTimeout(deadline);
    process.off("SIGINT", interrupted);
    process.off("SIGTERM", interrupted);
  });
}
