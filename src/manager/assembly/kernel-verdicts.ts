import type { EngineOptions } from "../../engine/index.js";
import { type Kernel, verdictsOf } from "../../kernel/index.js";

/**
 * The kernel's batched verdicts for the engine. The reference kernel gives none: its sums serve comparison and take
 * several times as long as the engine's own.
 */
export function kernelVerdicts(kernel: Pick<Kernel, "backend" | "consensus">): Pick<EngineOptions, "verdictsOf"> {
  if (kernel.backend === "reference") return {};
  return { verdictsOf: (submissions, rules) => verdictsOf(kernel, submissions, rules) };
}
