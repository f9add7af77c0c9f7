import type { Registry } from "prom-client";
import { ApiMetrics } from "../api/index.js";
import type { ManagerOptions } from "../manager/index.js";
import { NetworkError } from "../protocol/errors.js";

/** Metrics in the registry of the program, or in one of their own. `bad_parameters` if it has those of another node. */
export function metricsIn(registry: Registry | undefined): ApiMetrics {
  try {
    return new ApiMetrics({ registry });
  } catch (cause) {
    throw new NetworkError(
      "bad_parameters",
      "the option metricsRegistry: it has the metrics of another node; give each node a registry of its own",
      { cause },
    );
  }
}

/** The options of a manager that count and measure in these metrics while it runs. */
export function metricsOptions(
  metrics: ApiMetrics,
): Required<Pick<ManagerOptions, "count" | "observe" | "observed" | "started">> {
  return {
    count: (counter, label, value) => metrics.count(counter, label, value),
    observe: metrics.observe,
    observed: () => metrics.observed(),
    started: (control) => metrics.attach(control),
  };
}
