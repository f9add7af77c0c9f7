import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** A directory that goes when the test is over. */
export async function scratch(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "tos-ai-storage-"));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** 32 bytes of the same value as hex. */
export function hash(byte: number): string {
  return byte.toString(16).padStart(2, "0").repeat(32);
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
