/**
 * The thread that owns the database of a running node.
 *
 * In: calls of a `RecordStore` on the main thread. Out: answers, and `Losses` for what can't be read. `thread-store.ts`
 * packs each batch of writes into one buffer and gives it away; `store-host.ts` in the thread opens the data directory,
 * makes keys and values, writes, syncs and reads. So the main thread does not wait for the disk and encodes nothing.
 *
 * Bounds: the callers bound the calls under way (`StoreWriter` has one batch under way, `DiskReader` bounds its reads);
 * a page of a list has at most PAGE_ROWS rows. A thread starts at most once in RESTART_MS.
 *
 * Under overload: batches wait on the main thread, where `StoreWriter` bounds their bytes. A thread that ends unasked
 * rejects its calls with `storage_failed`; the next call starts another one.
 */
export { type ThreadDirectory, ThreadStore } from "./thread-store.js";
