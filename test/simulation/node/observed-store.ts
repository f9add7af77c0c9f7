import type { StoreWrite } from "../../../src/engine/index.js";
import type { RecordStore } from "../../../src/storage/index.js";

/** A store that reports each batch after it was written. */
export function observedStore(store: RecordStore, written: (writes: readonly StoreWrite[]) => void): RecordStore {
  return {
    get engine() {
      return store.engine;
    },
    get corruptValues() {
      return store.corruptValues;
    },
    get losses() {
      return store.losses;
    },
    async apply(writes, options) {
      await store.apply(writes, options);
      written(writes);
    },
    members: () => store.members(),
    checkpoints: () => store.checkpoints(),
    names: () => store.names(),
    windows: () => store.windows(),
    kept: () => store.kept(),
    taskRecords: (taskId) => store.taskRecords(taskId),
    records: (refs) => store.records(refs),
    body: (hash) => store.body(hash),
    hasBody: (hash) => store.hasBody(hash),
    bodies: () => store.bodies(),
    events: (after, limit) => store.events(after, limit),
    newestEvent: () => store.newestEvent(),
    meta: (key) => store.meta(key),
    metaEntries: (prefix, limit) => store.metaEntries(prefix, limit),
    repair: () => store.repair(),
    close: () => store.close(),
  };
}
