/**
 * Records, bodies and derived values as keys and values of the database.
 *
 * In: `StoreWrite` values of the engine. Out: stored members, bodies, events, and `Losses` for what can't be read.
 *
 * The key layout is in `../keys.ts`, the value layout in `entry-codec.ts`. Each decoder refuses a value that does
 * not belong to its key.
 *
 * Bounds: MAX_READ_ENTRIES entries in one read of events or meta, MAX_EVENTS_DROPPED dropped events in one batch,
 * MAX_META_BYTES of one meta value.
 */
export { decodeRecord } from "./entry-codec.js";
export { packWrites } from "./packed-writes.js";
export { DiskRecordStore } from "./record-store.js";
