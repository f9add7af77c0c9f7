import type { FaultWatch } from "../api/fault-codes.js";
import type { Engine } from "../engine/index.js";
import type { LoadedKernel } from "../kernel/loader.js";
import type { Network } from "../network/types.js";
import type { RecordStore } from "../storage/types.js";
import type { Intake } from "./intake.js";

export interface WatchedParts {
  readonly engine: Pick<Engine, "health">;
  readonly network: Pick<Network, "addresses">;
  readonly intake: Pick<Intake, "full">;
  readonly kernel: LoadedKernel;
  readonly store: Pick<RecordStore, "corruptValues">;
}

/** Conditions of the parts that the fault board reads itself; each is O(1). */
export function faultWatches({ engine, network, intake, kernel, store }: WatchedParts): readonly FaultWatch[] {
  return [
    { component: "storage", code: "damaged_values", active: () => store.corruptValues > 0 },
    { component: "network", code: "not_listening", active: () => network.addresses().length === 0 },
    { component: "task_processing", code: "set_full", active: () => engine.health().setFull },
    { component: "validation", code: "queue_full", active: () => intake.full },
    { component: "kernel", code: "slow", active: () => kernel.kernel.backend === "reference" },
    { component: "chain", code: "not_known", active: () => !engine.health().chainKnown },
  ];
}
