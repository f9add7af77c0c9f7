/**
 * The key-value store of a node: RocksDB, or LevelDB where RocksDB's binding does not load.
 *
 * In: batches of `KeyWrite`, keys and ranges. Out: values. A damaged value is undefined, or absent from a range, and is
 * reported through `KeyStore.onDamage`.
 *
 * `openStore` chooses the database and opens it. `openDatabaseView` opens a copy by links, so that `check` writes
 * nothing. `repairFiles` reads the files before an open and removes tables that would abort the process. A rebuild
 * copies every readable value to a new database when the open one can't recover.
 *
 * Bounds: write buffers and logs together need ROOM_BYTES of disk; a written batch is on the disk after SYNC_DELAY_MS
 * at most.
 *
 * Under overload: the database slows its writers. On a full disk every write rejects until there is room again.
 */
export { checkDatabaseFiles, databaseRefusal } from "./database-files.js";
export { openDatabaseView } from "./database-view.js";
export { assertEngine, chooseEngine, ENGINES, type Engine, type EngineChoice, openStore } from "./open-store.js";
export { placeOfDatabase, resumeRebuild, sweepRebuild } from "./rebuild.js";
export { repairFiles } from "./repair-files.js";
export { upgradeDatabase } from "./upgrade.js";
