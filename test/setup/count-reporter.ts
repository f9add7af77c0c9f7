import type { Reporter, TestModule, TestSuite } from "vitest/node";

/** What one run came to. */
export interface Count {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/**
 * Counts a finished run. Besides failed tests, three things count as one failure each, because none of them may pass
 * unseen: a file or suite with an error of its own (it did not load, or a hook failed), an error that no test caught,
 * and a test or file that never came to an end.
 */
export function countRun(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): Count {
  let passed = 0;
  let failed = unhandledErrors.length;
  let skipped = 0;
  for (const module of modules) {
    failed += ownFailures(module) + (neverBegan(module) ? 1 : 0);
    for (const suite of module.children.allSuites()) failed += ownFailures(suite);
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state === "passed") passed += 1;
      else if (state === "skipped") skipped += 1;
      else failed += 1;
    }
  }
  return { passed, failed, skipped };
}

function ownFailures(suite: TestModule | TestSuite): number {
  return suite.errors().length > 0 ? 1 : 0;
}

/** A file that ended without a verdict before any of its tests was known; later its tests count one by one. */
function neverBegan(module: TestModule): boolean {
  const unfinished = module.state() === "queued" || module.state() === "pending";
  return unfinished && module.children.size === 0;
}

/** The closing line: `N passed, N failed`, and `, N skipped` when something was. */
export function closingLine({ passed, failed, skipped }: Count): string {
  const line = `${passed} passed, ${failed} failed`;
  return skipped > 0 ? `${line}, ${skipped} skipped` : line;
}

/** Ends the output of a run with the closing line, alone and last, whatever the other reporters print. */
export default class CountReporter implements Reporter {
  #count: Count = { passed: 0, failed: 0, skipped: 0 };

  onInit(): void {
    process.once("exit", () => {
      if (this.#count.failed > 0) process.exitCode = 1;
      process.stdout.write(`${closingLine(this.#count)}\n`);
    });
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    this.#count = countRun(modules, unhandledErrors);
  }
}
