import { spawn } from "node:child_process";

/** Node waits at its end for the threads of its pool. One that waits for a disk or a kernel may never come back. */
const EXIT_MS = 2000;

/** A process of its own, because nothing of the one that exits runs any more. It ends with it, when its input does. */
const GUARD = `
process.stdin.on("end", () => process.exit()).resume();
setTimeout(() => {
  try { process.kill(Number(process.argv[1]), "SIGKILL"); } catch {}
  process.exit();
}, ${EXIT_MS});
`;

/** Ends this process with an exit code, or by SIGKILL where a thread keeps it from exiting. */
export function endProcess(code: number): void {
  const guard = spawn(process.execPath, ["--eval", GUARD, String(process.pid)], {
    stdio: ["pipe", "ignore", "ignore"],
    env: { ...process.env, NODE_OPTIONS: "" },
    windowsHide: true,
  });
  // Without a guard it exits as well as it can. It is a spare one: that it can't be started is nobody's fault to mend.
  guard.on("error", () => undefined);
  process.exit(code);
}
