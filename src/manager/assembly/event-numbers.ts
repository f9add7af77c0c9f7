import type { StoreWrite } from "../../engine/index.js";
import type { RecordStore } from "../../storage/index.js";

/** Meta key of the newest event at the last orderly stop. */
const LAST_EVENT_KEY = "last-event";
/**
 * Numbers that a start skips after an end without a stop. A power cut loses the events of the last half second, which
 * readers may have seen: without a gap their numbers would come again with other events, and a reader would miss those.
 * A node emits far fewer events in half a second.
 */
export const SKIPPED_NUMBERS = 10_000;

/** The number after which the events of this start go on; 0 in an empty store. */
export async function lastEventNumber(store: Pick<RecordStore, "newestEvent" | "meta">): Promise<number> {
  const newest = await store.newestEvent();
  if (newest === 0) return 0;
  const stopped = await store.meta(LAST_EVENT_KEY);
  const atStop = stopped === undefined ? undefined : Number(new TextDecoder().decode(stopped));
  return atStop === newest ? newest : newest + SKIPPED_NUMBERS;
}

/** Stores, at an orderly stop, that no event after `sequence` was emitted. */
export function lastEventWrite(sequence: number): StoreWrite {
  return { kind: "put_meta", key: LAST_EVENT_KEY, value: new TextEncoder().encode(String(sequence)) };
}
