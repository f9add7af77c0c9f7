/**
 * Conditions for loading the rest of the program. This file imports Node's own modules only: if the process can't open
 * files, loading fails first.
 */
import { readFileSync } from "node:fs";

/**
 * Loading opens up to two hundred files at once; a running node holds 64 peers, 256 API connections and its database.
 */
export const OPEN_FILES_MIN = 512;
/** Below this, a large database and many connections may reach the limit. */
export const OPEN_FILES_ENOUGH = 2048;

/**
 * How many files this process may open; undefined if the system does not report it. Node raises the soft limit to the
 * hard one.
 */
export function openFilesLimit(): number | undefined {
  if (process.platform !== "linux") return undefined;
  let text: string;
  try {
    text = readFileSync("/proc/self/limits", "utf8");
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EMFILE" ? 0 : undefined;
  }
  const digits = /^Max open files\s+(\d+)/m.exec(text)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

const CURE = "raise the limit (ulimit -n 4096, or LimitNOFILE=4096 in a systemd unit)";

/** Why no command can run here, with the cure; undefined if commands can run. */
export function openFilesProblem(limit: number | undefined): string | undefined {
  if (limit === undefined || limit >= OPEN_FILES_MIN) return undefined;
  return `this process may open ${limit} files, a node needs ${OPEN_FILES_MIN}: ${CURE}`;
}

/** The message for a program that could not be loaded. */
export function loadProblem(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const [line = ""] = message.split("\n");
  if (error instanceof Error && "code" in error) {
    if (error.code === "EMFILE" || error.code === "ENFILE") return `too many open files (${line}): ${CURE}`;
    if (error.code === "ERR_MODULE_NOT_FOUND")
      return `a part is missing (${line}): run npm install, then npm run build`;
  }
  return `the program can't be loaded (${line}): run npm install, then npm run build`;
}
