/** The scenarios by name, as `--scenario` takes them. */
import { bodiesUnderLoad } from "./bodies-under-load.js";
import { calm } from "./calm.js";
import { clockSteps } from "./clock-steps.js";
import { consensus } from "./consensus.js";
import { earlyRecords } from "./early-records.js";
import { fewPlaces } from "./few-places.js";
import { halves } from "./halves.js";
import { latecomer } from "./latecomer.js";
import { oldBackup } from "./old-backup.js";
import { partitionEquivocation } from "./partition-equivocation.js";
import { realKernel } from "./real-kernel.js";
import { registryChange } from "./registry-change.js";
import type { Scenario } from "./scenario.js";
import { swarm } from "./swarm.js";
import { twinKeys } from "./twin-keys.js";

export const SCENARIOS = {
  swarm,
  calm,
  halves,
  "few-places": fewPlaces,
  latecomer,
  "registry-change": registryChange,
  "partition-equivocation": partitionEquivocation,
  "twin-keys": twinKeys,
  "old-backup": oldBackup,
  "real-kernel": realKernel,
  "clock-steps": clockSteps,
  "early-records": earlyRecords,
  "bodies-under-load": bodiesUnderLoad,
  consensus,
} satisfies Readonly<Record<string, Scenario>>;
export type ScenarioName = keyof typeof SCENARIOS;
export type { Scenario, ScenarioOptions } from "./scenario.js";
