/**
 * Takes an envelope from a scanned bundle to a verdict, and is the only writer of the set.
 *
 * In: `MessageProcessor.scanned` takes a scan table with its sources, `verified` the verdicts on signatures. Out:
 * `verify` effects, one gossip `verdict` per bundle, `own_result` for this node's records. The processor reaches the
 * rest of the engine by three interfaces: `VerifiedSink` admits what is verified, `SyncExchanges` follows requested
 * records, `DeliveryCredit` scores peers. `judgeRow` makes the checks that need no signature. `Admission` admits
 * members and writes them, `VerdictIntake` checks votes and alerts, `CertificateIntake` certificates, `EarlyRecords`
 * holds records dated ahead, `TaskLoads` reads closed tasks back.
 *
 * An alert or certificate waits as one `PendingProof` while its inner envelopes are scanned and verified like bundles
 * of their own.
 *
 * Bounds: `BOUNDS.batches`, `BOUNDS.envelopes_in_flight`, `BOUNDS.early_records` (shared by authors),
 * `BOUNDS.alerts_in_check`, `BOUNDS.task_loads`, `BOUNDS.first_held`.
 *
 * Under overload: envelopes of a batch above the cap are ignored as `over_budget`, and so are alerts, certificates and
 * early records without room; no peer is at fault for it. A failed kernel call gives `kernel_failed`. A full set or
 * disk gives `storage_full`. Sync brings all of these records again.
 */
export { Admission, LARGE_WINDOW } from "./admission.js";
export type { Outcome, Settled } from "./bundle-state.js";
export { CertificateIntake, readCertificate } from "./certificate-intake.js";
export { EarlyRecords } from "./early-records.js";
export { type Candidate, readStored, topicOf } from "./judge.js";
export { MessageProcessor } from "./message-processor.js";
export type { PendingProof } from "./pending-proofs.js";
export type { SyncExchanges, VerifiedSink, Wanted } from "./processor-ports.js";
export { TaskLoads } from "./task-loads.js";
export { VerdictIntake } from "./verdict-intake.js";
