import { closeSync } from "node:fs";
import { isatty } from "node:tty";

/** Standard input, output and error. */
const STANDARD = [0, 1, 2] as const;

/**
 * When Node ends it restores the state of the terminals it was started with, and aborts where one of them was hung up
 * meanwhile. A descriptor that is closed it leaves alone. Called once, at the start.
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
