// Holding processes still while something happens.
import { spawn } from "node:child_process";
import { once } from "node:events";

/** Stops them, waits for the end of its input, and lets them go on; a Ctrl-C for all is not the end of that. */
const HOLD = 'trap "" HUP INT TERM; kill -STOP "$@"; echo held; read -r _; kill -CONT "$@"';

/**
 * Runs `action` while the processes have no turn on any processor. A shell holds them, not this program: its input ends
 * with this program however that dies, so nothing stays stopped for ever.
 */
export async function whilePaused(pids, action) {
  const holder = spawn("/bin/sh", ["-c", HOLD, "hold", ...pids.map(String)], { stdio: ["pipe", "pipe", "inherit"] });
  const ended = once(holder, "close");
  try {
    await once(holder.stdout, "data");
    return await action();
  } finally {
    holder.stdin.end();
    await ended;
  }
}
