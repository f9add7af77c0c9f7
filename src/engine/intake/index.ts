export { Admission, LARGE_WINDOW } from "./admission.js";
export type { Outcome, Settled } from "./bundle-state.js";
export { EarlyRecords } from "./early-records.js";
export { type Candidate, readStored, topicOf } from "./judge.js";
export { MessageProcessor } from "./message-processor.js";
export type { PendingAlert } from "./pending-alerts.js";
export type { SyncExchanges, VerifiedSink, Wanted } from "./processor-ports.js";
export { TaskLoads } from "./task-loads.js";
export { VerdictIntake } from "./verdict-intake.js";
