#!/usr/bin/env node
/**
 * The program's entry. It has no static imports: if the process may open few files only, or a part is missing, loading
 * fails, and this file reports that in one line.
 */
/** The exit code `environment` of exit-codes.ts, and that of a managed plugin that failed. */
const NOT_HERE = process.argv[2] === "managed" ? 70 : 78;

async function load(): Promise<(() => Promise<void>) | string> {
  let describe = (error: unknown): string => String(error);
  try {
    const { loadProblem, openFilesLimit, openFilesProblem } = await import("./checks/machine.js");
    describe = loadProblem;
    const problem = openFilesProblem(openFilesLimit());
    if (problem !== undefined) return problem;
    const { runProcess } = await import("./run-process.js");
    return runProcess;
  } catch (error) {
    return describe(error);
  }
}

const loaded = await load();
if (typeof loaded === "string") {
  process.stderr.write(`tos-ai-sync: ${loaded}\n`);
  process.exitCode = NOT_HERE;
} else await loaded();
