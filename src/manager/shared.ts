import type { NodeCount, NodeObserve } from "../api/index.js";
import type { EngineEvent } from "../engine/index.js";
import type { FaultBoard } from "./faults/index.js";
import type { Log } from "./log.js";
import type { EventHub } from "./outbound/index.js";
import type { MessageTraces } from "./tracing/index.js";

/** What the manager gives to its parts. */
export interface Shared {
  readonly hub: EventHub;
  readonly faults: FaultBoard;
  readonly nowMs: () => number;
  readonly log: Log;
  readonly count: NodeCount;
  /** Takes the engine's counts; the engine keeps names and labels to closed lists. */
  readonly engineCount: (name: string, label: string, value: number) => void;
  readonly observe: NodeObserve;
  readonly step: (event: EngineEvent) => void;
  readonly failed: (what: string, error: unknown) => void;
  /** The kernel verified a batch. */
  readonly kernelWorked: () => void;
  /** Undefined: the caller wants no spans. */
  readonly traces: MessageTraces | undefined;
}
