import type { NetworkRules } from "../../../src/protocol/rules.js";
import type { WorkloadSettings } from "../workload/settings.js";
import type { Random } from "../world/random.js";
import type { RunOptions, RunSettings } from "../world/settings.js";
import type { World } from "../world/world.js";

/** Options that a scenario sets where the caller does not. */
export type ScenarioOptions = Partial<
  Pick<RunOptions, "nodes" | "minutes" | "recordsPerSecond" | "healSeconds" | "byzantine" | "behaviours">
>;

/** A kind of run. Each scenario says in the comment above it what it expects. */
export interface Scenario {
  /** One line for `--help`. */
  readonly about: string;
  readonly options?: ScenarioOptions;
  /** Environment and faults, all from the seed. */
  settings(options: RunOptions, random: Random): RunSettings;
  readonly workload?: Partial<WorkloadSettings>;
  /** A real kernel runs in place of the mock one. */
  readonly kernel?: "real";
  /** Rules in place of the default ones. */
  readonly rules?: Partial<NetworkRules>;
  /** Most connections of a node in place of the product's default. */
  readonly maxConnections?: number;
  /** True: the plan starts the node. */
  startsLater?(index: number, options: RunOptions): boolean;
  /** Plans what happens besides the faults. Called before the first node starts. */
  plan?(world: World, random: Random): void;
  /** What a network reaches after healing besides equal sets, within the same time. */
  isSettled?(world: World): Promise<boolean>;
  /** Judges a network that has converged. */
  judge?(world: World): Promise<void> | void;
}
