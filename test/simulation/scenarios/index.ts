/** The scenarios by name, as `--scenario` takes them. */
import { calm } from "./calm.js";
import type { Scenario } from "./scenario.js";
import { swarm } from "./swarm.js";

export const SCENARIOS = {
  swarm,
  calm,
} satisfies Readonly<Record<string, Scenario>>;
export type ScenarioName = keyof typeof SCENARIOS;
export type { Scenario, ScenarioOptions } from "./scenario.js";
