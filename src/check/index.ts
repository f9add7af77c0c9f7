/**
 * The check of a whole database, for the command `check`. {@link checkDatabase} reads every record, window, kept
 * message and body of a `RecordStore`, verifies each signature again, and folds all tasks twice: with the kernel's
 * batches, and record by record as a running node does. It changes nothing and uses no network.
 *
 * In: `DatabaseCheckPorts`: the store, a kernel, the network's identity, chain facts and the time of the state digest.
 * Out: {@link DatabaseReport}: counts, the state digest, and the findings by {@link FindingKind}.
 *
 * Bounds: `AT_ONCE` tasks are read together, `BUNDLES_AT_ONCE` bundles go to the kernel in one call, the first
 * `FINDINGS_NAMED` findings are named and all are counted. The index of all members stays in memory.
 *
 * Overload: the check has no deadline and runs while no node uses the database. A damaged value becomes a finding and
 * the check continues.
 */
export type { FindingKind } from "./check-findings.js";
export { checkDatabase, type DatabaseReport } from "./database-check.js";
