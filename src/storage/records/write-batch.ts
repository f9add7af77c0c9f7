import type { StoreWrite } from "../../engine/index.js";
import { toHex } from "../../protocol/bytes.js";
import {
  bodyKey,
  bodyReferenceKey,
  bodyReferences,
  eventKey,
  inRange,
  keptKey,
  memberKey,
  metaKey,
  recordKey,
  taskKey,
  windowKey,
} from "../keys.js";
import type { KeyStore, KeyWrite } from "../types.js";
import { encodeEntry, encodeEvent, encodeWindow } from "./entry-codec.js";

/** Cap of the events that one batch drops; the next batch drops the rest. It keeps batches small. */
export const MAX_EVENTS_DROPPED = 10_000;
/** Largest meta value: the address book and the vote state of a live task stay far below. */
export const MAX_META_BYTES = 1024 * 1024;

const EMPTY = new Uint8Array(0);

type BodyWrite = Extract<StoreWrite, { kind: "put_body" | "refer_body" | "drop_body" }>;

function put(family: KeyWrite["family"], key: Uint8Array, value: Uint8Array): KeyWrite {
  return { op: "put", family, key, value };
}

function del(family: KeyWrite["family"], key: Uint8Array): KeyWrite {
  return { op: "del", family, key };
}

/** The writes that do not depend on stored values: all except bodies and dropped events. */
function plainWrites(write: Exclude<StoreWrite, BodyWrite | { kind: "drop_events" }>): KeyWrite[] {
  switch (write.kind) {
    case "put_record": {
      const value = encodeEntry(write.entry);
      return [
        put("records", recordKey(write.entry.id), write.envelope),
        put("derived", memberKey(write.entry), value),
        put("derived", taskKey(write.entry), value),
      ];
    }
    case "drop_record":
      return [
        del("records", recordKey(write.entry.id)),
        del("derived", memberKey(write.entry)),
        del("derived", taskKey(write.entry)),
      ];
    case "put_window":
      return [put("derived", windowKey(write.window.strand, write.window.window), encodeWindow(write.window))];
    case "drop_window":
      return [del("derived", windowKey(write.strand, write.window))];
    case "put_event":
      return [put("derived", eventKey(write.event.sequence), encodeEvent(write.event))];
    case "put_kept":
      return [put("records", keptKey(write.entry), write.envelope)];
    case "drop_kept":
      return [del("records", keptKey(write.entry))];
    case "put_meta":
      inRange(write.value.length, MAX_META_BYTES);
      return [put("meta", metaKey(write.key), write.value)];
    case "drop_meta":
      return [del("meta", metaKey(write.key))];
  }
}

/** The writes for the bodies of one batch. A body's bytes are deleted when no task refers to it. */
async function bodyWrites(store: KeyStore, writes: readonly BodyWrite[]): Promise<KeyWrite[]> {
  const out: KeyWrite[] = [];
  for (const hash of new Set(writes.map((write) => write.hash))) {
    const references = new Map<string, boolean>();
    let bytes: Uint8Array | undefined;
    for (const write of writes) {
      if (write.hash !== hash) continue;
      references.set(write.taskId, write.kind !== "drop_body");
      if (write.kind === "put_body") bytes = write.bytes;
    }
    for (const [taskId, kept] of references) {
      const key = bodyReferenceKey(hash, taskId);
      out.push(kept ? put("derived", key, EMPTY) : del("derived", key));
    }
    const referred = [...references.values()].includes(true) || (await othersRefer(store, hash, references));
    if (!referred) out.push(del("bodies", bodyKey(hash)));
    else if (bytes !== undefined) out.push(put("bodies", bodyKey(hash), bytes));
  }
  return out;
}

/** Whether a stored reference to the body exists besides those of this batch. Reads one more row than the batch has. */
async function othersRefer(store: KeyStore, hash: string, ours: ReadonlyMap<string, boolean>): Promise<boolean> {
  const own = new Set([...ours.keys()].map((taskId) => toHex(bodyReferenceKey(hash, taskId))));
  const range = { ...bodyReferences(hash), limit: ours.size + 1 };
  for await (const [key] of store.entries("derived", range)) if (!own.has(toHex(key))) return true;
  return false;
}

/** One batch, and the sequence below which no event remains once it is written. */
export interface Translation {
  readonly batch: readonly KeyWrite[];
  readonly eventsFrom: number;
}

/**
 * Translates one step of the engine into one batch. Events below a `drop_events` of the same step are not written.
 * `eventsFrom` comes from the previous step: a scan from there meets no deleted keys.
 */
export async function translate(
  store: KeyStore,
  writes: readonly StoreWrite[],
  eventsFrom: number,
): Promise<Translation> {
  const batch: KeyWrite[] = [];
  const bodies: BodyWrite[] = [];
  let below = eventsFrom;
  for (const write of writes) if (write.kind === "drop_events") below = Math.max(below, write.below);
  for (const write of writes) {
    if (write.kind === "put_body" || write.kind === "refer_body" || write.kind === "drop_body") bodies.push(write);
    else if (write.kind === "drop_events" || (write.kind === "put_event" && write.event.sequence < below)) continue;
    else batch.push(...plainWrites(write));
  }
  batch.push(...(await bodyWrites(store, bodies)));
  if (below === eventsFrom) return { batch, eventsFrom };
  const dropped: KeyWrite[] = [];
  const range = { gte: eventKey(eventsFrom), lt: eventKey(below), limit: MAX_EVENTS_DROPPED };
  for await (const [key] of store.entries("derived", range)) dropped.push(del("derived", key));
  batch.push(...dropped);
  return { batch, eventsFrom: dropped.length < MAX_EVENTS_DROPPED ? below : eventsFrom };
}
