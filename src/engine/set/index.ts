/**
 * The set: the index of all records that are members, and the book of the bodies on disk.
 *
 * In: `RecordSet.admit` takes a `MemberEntry` that met rules 1 to 5 of membership; `expire` removes old days, `lose`
 * removes members that the disk lost. `BodyBook.add` takes the hash of a stored body. Out: members by id, slot, strand
 * and window; the count and digest of a window (`states`); the `EquivocatedPair` of a slot with two records; the
 * bodies that remain after a task (`BodyBook.drop`).
 *
 * The content of the set does not depend on the order of admission: a slot keeps the two records with the lowest ids.
 * The set holds no payloads; `TaskRecord` is a record with its payload, for the fold.
 *
 * Bounds: `BOUNDS.members` and `BOUNDS.held_bodies`.
 *
 * Under overload: a full set answers `full` and admits no further record; it never evicts a member to make room. A full
 * book refuses a body, which stays missing and is fetched again later.
 */
export { BodyBook, bodyKindOf, bodyOf, type HeldBody } from "./body-book.js";
export { KeyTable } from "./key-table.js";
export type { MemberRow } from "./member-columns.js";
export { type EquivocatedPair, type PrefixEntries, RecordSet, slotOf } from "./record-set.js";
export type { GroupState, SetStates } from "./set-states.js";
export { SharedKeys } from "./shared-keys.js";
export type { TaskRecord } from "./task-record.js";
export { WindowIndex } from "./window-index.js";
