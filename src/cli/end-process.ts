import { spawn } from "node:child_process";

/** Node waits at its exit for the threads of its pool. A thread that waits for a disk or a kernel may never return. */
const EXIT_MS = 2000;

/**
 * The guard is a process of its own, since no code runs in a process that exits. It ends when its input ends. It kills
 * its parent only: after the exit another process may have the pid.
 */
const GUARD = `
process.stdin.on("end", () => process.exit()).resume();
setTimeout(() => {
  try { if (process.ppid === Number(process.argv[1])) process.kill(process.ppid, "SIGKILL"); } catch {}
  process.exit();
}, ${EXIT_MS});
`;

/** Ends this process with an exit code, or by SIGKILL if a thread keeps it from exiting. */
export function endProcess(code: number): void {
  try {
    const guard = spawn(process.execPath, ["--eval", GUARD, String(process.pid)], {
      stdio: ["pipe", "ignore", "ignore"],
      env: { ...process.env, NODE_OPTIONS: "" },
      windowsHide: true,
    });
    guard.on("error", () => undefined);
  } catch {
    // If the guard can't be started, the process exits without it. Some causes throw: no memory, a forbidden call.
  }
  process.exit(code);
}
