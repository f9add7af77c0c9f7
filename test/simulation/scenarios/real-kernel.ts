import { quiet } from "./quiet.js";
import type { Scenario } from "./scenario.js";

/**
 * A small network with the real kernel: the WebAssembly module of the built package, with real hashes and signatures.
 * Each call computes while simulated time stands still.
 *
 * Expected: all checks hold as with the mock kernel, so the mock hides nothing that the checks see.
 */
export const realKernel: Scenario = {
  about: "a small network with the real kernel",
  options: { nodes: 3, minutes: 1 },
  settings: (options, random) => quiet(options, random, { crash: 1, restart: 0.5, partition: 0.5 }),
  kernel: "real",
};
