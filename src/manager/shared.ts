import type { NodeCount } from "../api/index.js";
import type { EngineEvent } from "../engine/index.js";
import type { FaultBoard } from "./faults/index.js";
import type { Log } from "./log.js";
import type { EventHub } from "./outbound/index.js";

/** What the parts share with the manager that owns them. */
export interface Shared {
  readonly hub: EventHub;
  readonly faults: FaultBoard;
  readonly nowMs: () => number;
  readonly log: Log;
  readonly count: NodeCount;
  /** The engine's counts, whose names and labels it holds to closed lists itself. */
  readonly engineCount: (name: string, label: string, value: number) => void;
  readonly step: (event: EngineEvent) => void;
  readonly failed: (what: string, error: unknown) => void;
  /** The kernel verified a batch. */
  readonly kernelWorked: () => void;
}
