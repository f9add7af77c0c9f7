import { fileURLToPath } from "node:url";
import { openRealKernel } from "../kernel/real-kernel.js";
import { picture } from "../page/chart.js";
import { page } from "../page/page.js";
import type { TimelineData } from "../page/timeline.js";
import { SCENARIOS, type Scenario } from "../scenarios/index.js";
import type { RunOptions } from "../world/settings.js";
import { World } from "../world/world.js";
import type { RunResult } from "./result.js";

/** The package, as seen from this file and from its bundle in `node_modules/.cache/simulation`. */
const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

const realNow = globalThis.performance.now.bind(globalThis.performance);

/** Runs one world from its seed to its judgement. One run at a time in a thread. */
export async function runSeed(options: RunOptions): Promise<RunResult> {
  return (await run(options, false)).result;
}

/** The same run, with a page that shows it, and the drawing of the page as SVG. */
export async function pictureSeed(
  options: RunOptions,
): Promise<{ readonly result: RunResult; readonly html: string; readonly svg: string }> {
  const { result, timeline } = await run(options, true);
  if (timeline === undefined) throw new Error("the run has no timeline");
  return { result, html: page(timeline, result), svg: picture(timeline, result) };
}

async function run(
  options: RunOptions,
  withTimeline: boolean,
): Promise<{ readonly result: RunResult; readonly timeline: TimelineData | undefined }> {
  const startMs = realNow();
  const scenario: Scenario = SCENARIOS[options.scenario];
  const real = scenario.kernel === "real" ? await openRealKernel(ROOT, "wasm") : undefined;
  const world = new World(options, withTimeline, real);
  try {
    const judged = await world.run();
    const result = { ...judged, wallMs: Math.round(realNow() - startMs) };
    return { result, timeline: world.timeline?.data() };
  } finally {
    world.close();
    await real?.kernel.close();
  }
}
