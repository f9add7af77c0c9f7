// The directory in which a demo's nodes live, gone with the demo.
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const PREFIX = "tos-ai-sync-demo-";
/** A node that is just stopping may still write while its directory is removed. */
const REMOVE = { recursive: true, force: true, maxRetries: 5 };

/** A new directory that names the process that it belongs to, after those of demos that were killed are swept away. */
export async function demoDirectory() {
  await sweep();
  return mkdtemp(join(tmpdir(), `${PREFIX}${process.pid}-`));
}

export function removeDirectory(path) {
  return rm(path, REMOVE);
}

async function sweep() {
  for (const name of await readdir(tmpdir())) {
    const pid = /^tos-ai-sync-demo-(\d+)-/.exec(name)?.[1];
    // Somebody else's, or still in use: left alone.
    if (pid !== undefined && !isAlive(Number(pid))) await removeDirectory(join(tmpdir(), name)).catch(() => undefined);
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}
