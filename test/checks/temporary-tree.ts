import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { onTestFinished } from "vitest";

/** The root of the checkout. */
export const projectRoot = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");

/** A directory to spoil: it holds copies of some paths of this project, and goes away with the test. */
export interface TemporaryTree {
  readonly root: string;
  /** Writes a file, with the directories above it. */
  plant(file: string, content: string): void;
}

export function temporaryTree(copied: readonly string[]): TemporaryTree {
  const root = mkdtempSync(path.join(tmpdir(), "tos-ai-sync-checks-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  for (const file of copied) cpSync(path.join(projectRoot, file), path.join(root, file), { recursive: true });
  symlinkSync(path.join(projectRoot, "node_modules"), path.join(root, "node_modules"));
  return {
    root,
    plant: (file, content) => {
      const target = path.join(root, file);
      mkdirSync(path.dirname(target), { recursive: true });
      writeFileSync(target, content);
    },
  };
}

/** How one program ended. */
export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  /** Standard output, then standard error. */
  readonly output: string;
}

/** Runs a program of this project on Node. */
export function runNode(args: readonly string[], cwd: string): Outcome {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd, encoding: "utf8", timeout: 150_000 });
  return { status, stdout, output: stdout + stderr };
}

/** How a run of checks ended: its exit code, and what it printed. */
export interface CheckOutcome {
  readonly status: number;
  readonly output: string;
}

/** The checks in this process: a process for each planted case costs more than all the checks. */
const checks: { runChecks(root: string, names: readonly string[]): CheckOutcome } = await import(
  pathToFileURL(path.join(projectRoot, "scripts/checks/all.mjs")).href
);

/** What `npm run check -- <names>` makes of another directory. */
export function runChecks(root: string, ...names: string[]): CheckOutcome {
  return checks.runChecks(root, names);
}

/** Plants one file in an otherwise empty tree; returns what the check finds. */
export function planted(check: string, file: string, content: string): CheckOutcome {
  const tree = temporaryTree([]);
  tree.plant(file, content);
  return runChecks(tree.root, check);
}
