// How the benchmarks that have several long steps show how far they are: a bar on a terminal, with `--json` a line a
// step on standard error, in a pipe nothing.
import { Progress } from "../dist/cli/show/progress.js";

/**
 * A function that runs one of `total` steps and returns its result. The time that is left is estimated from the steps
 * that are done.
 */
export function stepsOf(total) {
  const io = { err: process.stderr, nowMs: () => performance.now() };
  const progress = new Progress(io, { unit: "steps", json: process.argv.includes("--json") });
  let done = 0;
  progress.at(0, total);
  return async (step) => {
    try {
      return await step();
    } finally {
      done += 1;
      if (done < total) progress.at(done, total);
      else progress.end();
    }
  };
}
