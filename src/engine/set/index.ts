export { BodyBook, bodyKindOf, bodyOf, type HeldBody } from "./body-book.js";
export { RecordSet, type SpentPair, slotOf } from "./record-set.js";
export type { TaskRecord } from "./task-record.js";
