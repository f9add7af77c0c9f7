import type { Engine } from "../../engine/index.js";
import type { Network } from "../../network/index.js";
import type { ClockWatch, FaultBoard, KernelWatch } from "../faults/index.js";
import type { PeerInlet, ScanQueue } from "../inbound/index.js";
import type { ManagerOptions } from "../options.js";
import type { DiskReader, EventHub, StoreWriter } from "../outbound/index.js";
import type { AuthorStores, Keyring, Publisher } from "../publish/index.js";
import type { FraudAnalyst } from "../suspicion/index.js";
import type { CatchUpPace } from "./catch-up-pace.js";
import type { DigestQueue } from "./digest-queue.js";

/** What the reports read of a running node. */
export interface ReportParts {
  readonly options: Pick<
    ManagerOptions,
    "identity" | "networkName" | "kernel" | "store" | "chain" | "bounds" | "observed"
  >;
  readonly keyring: Pick<Keyring, "nodeKey" | "authors">;
  readonly authors: Pick<AuthorStores, "stopped" | "left" | "waiting">;
  readonly engine: Engine;
  readonly network: Pick<Network, "peerId" | "addresses" | "reach" | "peers" | "readyCount" | "sizes">;
  readonly scanQueue: Pick<ScanQueue, "boundRows">;
  readonly verifier: Pick<KernelWatch, "silent">;
  readonly inlet: Pick<PeerInlet, "drops" | "peersInBudget">;
  readonly writer: Pick<StoreWriter, "pendingBytes">;
  readonly diskReader: Pick<DiskReader, "sizes">;
  readonly publisher: Pick<Publisher, "waiting">;
  readonly digests: Pick<DigestQueue, "waiting">;
  readonly analyst: Pick<FraudAnalyst, "boundRows">;
  readonly pace: Pick<CatchUpPace, "report">;
  readonly hub: Pick<EventHub, "sequence" | "listeners">;
  readonly faults: Pick<FaultBoard, "health" | "has">;
  readonly clocks: Pick<ClockWatch, "report" | "warning" | "boundRow">;
  readonly nowMs: () => number;
  readonly startedMs: number;
}
