import type { StoreWrite } from "../../engine/index.js";
import { NetworkError } from "../../protocol/errors.js";
import type { RecordStore } from "../../storage/index.js";

/** Meta key of the newest event at the last orderly stop, or {@link STARTED} before the first one. */
const LAST_EVENT_KEY = "last-event";
/** The value of a store that a node has used and not yet stopped in order. */
const STARTED = "started";
/**
 * Numbers that a start skips after an end without a stop. A power cut loses the events of the last half second, which
 * readers may have seen: without a gap their numbers would come again with other events, and a reader would miss those.
 * A node emits far fewer events in half a second.
 */
export const SKIPPED_NUMBERS = 10_000;

/**
 * The number after which the events of this start go on; 0 in an empty store. It marks an empty store as used: a power
 * cut may lose all events of the first start.
 */
export async function lastEventNumber(store: Pick<RecordStore, "newestEvent" | "meta" | "apply">): Promise<number> {
  const newest = await store.newestEvent();
  const stopped = await store.meta(LAST_EVENT_KEY);
  if (newest === 0 && stopped === undefined && (await isMarked(store))) return 0;
  const atStop = stopped === undefined ? undefined : Number(new TextDecoder().decode(stopped));
  return atStop === newest ? newest : newest + SKIPPED_NUMBERS;
}

/** False: the disk refuses the mark. */
async function isMarked(store: Pick<RecordStore, "apply">): Promise<boolean> {
  const write: StoreWrite = { kind: "put_meta", key: LAST_EVENT_KEY, value: new TextEncoder().encode(STARTED) };
  try {
    await store.apply([write], { sync: true });
    return true;
  } catch (error) {
    if (error instanceof NetworkError) return false;
    throw error;
  }
}

/** Stores, at an orderly stop, that no event after `sequence` was emitted. */
export function lastEventWrite(sequence: number): StoreWrite {
  return { kind: "put_meta", key: LAST_EVENT_KEY, value: new TextEncoder().encode(String(sequence)) };
}
