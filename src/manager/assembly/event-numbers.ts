import type { StoreWrite } from "../../engine/index.js";
import type { RecordStore } from "../../storage/index.js";

/** Meta key of the newest event at the last orderly stop, or "started" and the newest at the start since. */
const LAST_EVENT_KEY = "last-event";
/**
 * Numbers that a start skips after an end without a stop. A power cut loses the events of the last half second, which
 * readers may have received. Without the gap their numbers would be given to other events, and a reader would miss
 * those. A node emits far fewer events in half a second.
 */
export const SKIPPED_NUMBERS = 10_000;

/** The number after which the events of this start go on; 0 at the first start. */
export async function lastEventNumber(store: Pick<RecordStore, "newestEvent" | "meta">): Promise<number> {
  const newest = await store.newestEvent();
  const note = decodeNote(await store.meta(LAST_EVENT_KEY));
  if (note === undefined) return newest === 0 ? 0 : newest + SKIPPED_NUMBERS;
  // Events after a stop are those of a version that does not write `startedWrite`.
  if (!note.started && newest <= note.sequence) return note.sequence;
  return Math.max(newest, note.sequence) + SKIPPED_NUMBERS;
}

/**
 * Stores that the node has started and gives numbers after `sequence`. It has to be synced before the first of them: a
 * power cut may lose all events of this start, and the next start must skip their numbers, too.
 */
export function startedWrite(sequence: number): StoreWrite {
  return noteWrite(`started ${sequence}`);
}

/** Stores, at an orderly stop, that no event after `sequence` was emitted. */
export function lastEventWrite(sequence: number): StoreWrite {
  return noteWrite(String(sequence));
}

function noteWrite(text: string): StoreWrite {
  return { kind: "put_meta", key: LAST_EVENT_KEY, value: new TextEncoder().encode(text) };
}

function decodeNote(
  value: Uint8Array | undefined,
): { readonly started: boolean; readonly sequence: number } | undefined {
  const [, started, digits] = /^(started )?([0-9]{1,15})$/.exec(new TextDecoder().decode(value)) ?? [];
  return digits === undefined ? undefined : { started: started !== undefined, sequence: Number(digits) };
}
