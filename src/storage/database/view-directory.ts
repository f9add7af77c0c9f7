import { lstat, mkdtemp, readdir, readlink, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NetworkError } from "../../protocol/errors.js";
import { storageError } from "../storage-error.js";

const PREFIX = "tos-ai-view-";
/** Pid namespace and pid of the process that made it. */
const NAME = /^tos-ai-view-(\d+)-(\d+)-/;

/** Number of the pid namespace: containers with different pid namespaces may share a temporary directory. */
async function pidNamespace(): Promise<string> {
  const link = await readlink("/proc/self/ns/pid").catch(() => "");
  return /\d+/.exec(link)?.[0] ?? "0";
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !(error instanceof Error && "code" in error && error.code === "ESRCH");
  }
}

/** Removes the leftovers of killed processes. A directory that can't be removed stays. */
async function sweep(directory: string, namespace: string): Promise<void> {
  for (const name of await readdir(directory).catch(() => [])) {
    const [, owner, pid] = NAME.exec(name) ?? [];
    if (owner !== namespace || isRunning(Number(pid))) continue;
    const path = join(directory, name);
    const stats = await lstat(path).catch(() => undefined);
    if (stats?.isDirectory() !== true || stats.uid !== process.getuid?.()) continue;
    await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }
}

/** Makes a directory for one view in the system's temporary directory, and removes leftovers of killed processes. */
export async function makeViewDirectory(): Promise<string> {
  const directory = tmpdir();
  const namespace = await pidNamespace();
  await sweep(directory, namespace);
  return mkdtemp(join(directory, `${PREFIX}${namespace}-${process.pid}-`)).catch((cause: unknown) => {
    const { code, message } = storageError(`no temporary directory could be made in ${directory}`, cause);
    throw new NetworkError(code, `${message.replace(/, mkdtemp .*$/, "")}: set TMPDIR to a writable directory`, {
      cause,
    });
  });
}
