import type { RunOptions } from "../world/settings.js";
import { World } from "../world/world.js";
import type { RunResult } from "./result.js";

const realNow = globalThis.performance.now.bind(globalThis.performance);

/** Runs one world from its seed to its judgement. One run at a time in a thread. */
export async function runSeed(options: RunOptions): Promise<RunResult> {
  const startMs = realNow();
  const world = new World(options);
  try {
    const judged = await world.run();
    return { ...judged, wallMs: Math.round(realNow() - startMs) };
  } finally {
    world.close();
  }
}
