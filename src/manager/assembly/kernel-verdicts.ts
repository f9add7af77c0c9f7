import type { EngineOptions } from "../../engine/index.js";
import { type Kernel, verdictsOf } from "../../kernel/index.js";

/**
 * How the engine takes many verdicts at once. Not by the reference: its sums in JavaScript are made for comparison and
 * take several times as long as the engine's own.
 */
export function kernelVerdicts(kernel: Pick<Kernel, "backend" | "consensus">): Pick<EngineOptions, "verdictsOf"> {
  if (kernel.backend === "reference") return {};
  return { verdictsOf: (submissions, rules) => verdictsOf(kernel, submissions, rules) };
}
