import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export interface Child {
  readonly process: ChildProcess;
  /** The next line of its output; undefined at the end. */
  readonly line: () => Promise<string | undefined>;
  readonly exited: Promise<unknown>;
}

/** A child that runs child.mjs on the built files (`npm test` builds first); the end of the test kills it. */
export function startChild(...args: readonly string[]): Child {
  const child = spawn(process.execPath, [at("./child.mjs"), ...args], { stdio: ["pipe", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const line = async (): Promise<string | undefined> => {
    const next = await lines.next();
    return next.done === true ? undefined : next.value;
  };
  return { process: child, line, exited: once(child, "exit") };
}
