/**
 * The manager runs one node: one pure engine and the adapters around it. {@link AINetworkSyncManager} takes
 * {@link ManagerOptions}, starts once, and stops once. Between the two, local programs use its `control`
 * (`NodeControl`).
 *
 * Flow: bytes of peers go through `inbound` (budgets, queue, kernel) and reach `Engine.step` as events. `outbound`
 * carries out the engine's effects: gossip, frames, writes, own alerts. `publish` takes own records from a caller's
 * draft to a signed intent and on to the scan queue. `chain` passes chain events on, `faults` collects what is wrong,
 * and `answers` holds the reports. `assembly` builds all of them and fixes the order in which they stop.
 *
 * Bounds: each structure that grows has a constant beside it and a row in `boundRows`: `QUEUE_MAX_BUNDLES`,
 * `WRITER_PAUSE_BYTES`, `PUBLISHING_MAX`, `SERVINGS_MAX`, `DIGESTS_MAX`, `LISTENERS_MAX`, `BUDGET_PEERS_MAX`.
 *
 * Overload: a full queue ignores gossip and stops reading sync streams. A disk that falls behind pauses the scan queue.
 * Callers beyond a bound get `peer_busy`. Each refusal has a reason code and a metric; conditions that last are faults
 * in health.
 */
export type { Log, LogLevel } from "./log.js";
export { AINetworkSyncManager } from "./network-sync-manager.js";
export { type ManagerOptions, VERSION } from "./options.js";
export { type HostKeys, inspectLibp2pKey, readKeyring, type Signer } from "./publish/index.js";
export type { TracingApi, TracingSpan, TracingTracer } from "./tracing/index.js";
