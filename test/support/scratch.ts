import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** A new directory in the system's temporary directory; `remove` deletes it with its content. */
export async function makeDirectory(): Promise<{ readonly path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), "tos-ai-test-"));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** A new directory for one test, deleted when the test ends. */
export async function scratchDirectory(): Promise<string> {
  const { path, remove } = await makeDirectory();
  onTestFinished(remove);
  return path;
}
