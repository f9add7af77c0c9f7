/**
 * Records, bodies and derived values as keys and values of the database.
 *
 * In: `StoreWrite` values of the engine. Out: stored members, bodies, events, and `Losses` for what can't be read.
 *
 * The key layout is in `../keys.ts`, the value layout in `entry-codec.ts`. Each decoder refuses a value that does
 * not belong to its key.
 *
 * Bounds: MAX_READ_ENTRIES entries in one read, MAX_EVENTS_DROPPED deletions and MAX_META_BYTES in one batch.
 */
export { DiskRecordStore } from "./record-store.js";
