import type { NodeCount } from "../../api/index.js";
import type { Engine, EngineEvent } from "../../engine/index.js";
import type { Network } from "../../network/index.js";
import type { StreamingBlake3 } from "../../protocol/hash.js";
import type { ChainAnswers } from "../chain/index.js";
import type { ClockWatch, FaultBoard, KernelWatch } from "../faults/index.js";
import type { GossipInlet, Intake } from "../inbound/index.js";
import type { ManagerOptions } from "../options.js";
import type { EventHub, Serving, StoreWriter } from "../outbound/index.js";
import type { AuthorStores, Keyring, Publisher } from "../publish/index.js";
import type { DigestQueue } from "./digest-queue.js";

/** The parts of a running manager, as its reports and its control read them. */
export interface ControlParts {
  readonly options: ManagerOptions;
  readonly keyring: Keyring;
  readonly authors: AuthorStores;
  readonly engine: Engine;
  readonly network: Network;
  readonly intake: Intake;
  readonly verifier: Pick<KernelWatch, "silent">;
  readonly inlet: GossipInlet;
  readonly writer: StoreWriter;
  readonly serving: Serving;
  readonly publisher: Publisher;
  readonly hub: EventHub;
  readonly digests: DigestQueue;
  readonly faults: FaultBoard;
  readonly failed: (what: string, error: unknown) => void;
  readonly count: NodeCount;
  readonly chain: ChainAnswers;
  readonly clocks: ClockWatch;
  readonly step: (event: EngineEvent) => void;
  readonly nowMs: () => number;
  readonly startedMs: number;
  readonly blake3: StreamingBlake3;
}
