export { BodyBook, bodyKindOf, bodyOf, type HeldBody } from "./body-book.js";
export { type EquivocatedPair, RecordSet, slotOf } from "./record-set.js";
export type { TaskRecord } from "./task-record.js";
