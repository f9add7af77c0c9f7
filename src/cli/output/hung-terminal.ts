import { closeSync } from "node:fs";
import { isatty } from "node:tty";

/** Standard input, output and error. */
const STANDARD = [0, 1, 2] as const;

/**
 * Node restores the state of its terminals at exit, and aborts if one of them was hung up meanwhile. It skips closed
 * descriptors. Called once, at the start.
 */
export function endWithoutTerminal(): void {
  const terminals = STANDARD.filter((fd) => isatty(fd));
  process.on("exit", () => {
    for (const fd of terminals) {
      if (isatty(fd)) continue;
      try {
        closeSync(fd);
      } catch {
        // It is closed already.
      }
    }
  });
}
