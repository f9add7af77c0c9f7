import { NetworkError } from "../../protocol/errors.js";
import { BODY, CHECKPOINT, eventKey, KEPT, keyOf, META, NAME, prefixRange, RECORD, WINDOW } from "../keys.js";
import type { KeyStore, KeyWrite } from "../types.js";
import { PackedReader } from "./packed-reader.js";
import { PACKED } from "./packed-writes.js";

/** Cap of the events that one batch drops; the next batch drops the rest. It keeps batches small. */
export const MAX_EVENTS_DROPPED = 10_000;

const EMPTY = new Uint8Array(0);
interface BodyWrite {
  readonly hash: Uint8Array;
  /** Key of the reference. */
  readonly key: Uint8Array;
  readonly kept: boolean;
  readonly bytes: Uint8Array | undefined;
}

function put(family: KeyWrite["family"], key: Uint8Array, value: Uint8Array): KeyWrite {
  return { op: "put", family, key, value };
}

function del(family: KeyWrite["family"], key: Uint8Array): KeyWrite {
  return { op: "del", family, key };
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

/** One step of the engine as changes of keys. Views into the packed writes are values of the batch. */
class Batch {
  readonly writes: KeyWrite[] = [];
  readonly events: { readonly sequence: number; readonly value: Uint8Array }[] = [];
  readonly bodies: BodyWrite[] = [];
  dropBelow = 0;

  constructor(packed: Uint8Array) {
    const reader = new PackedReader(packed);
    while (!reader.done) this.#read(reader);
  }

  #read(reader: PackedReader): void {
    const kind = reader.kind();
    switch (kind) {
      case PACKED.putRecord: {
        const ref = reader.record();
        this.writes.push(put("records", keyOf(RECORD, ref), reader.long()), put("derived", keyOf(NAME, ref), EMPTY));
        return;
      }
      case PACKED.dropRecord: {
        const ref = reader.record();
        this.writes.push(del("records", keyOf(RECORD, ref)), del("derived", keyOf(NAME, ref)));
        return;
      }
      case PACKED.putWindow:
        this.writes.push(put("derived", keyOf(WINDOW, reader.place()), reader.windowState()));
        return;
      case PACKED.dropWindow:
        this.writes.push(del("derived", keyOf(WINDOW, reader.place())));
        return;
      case PACKED.putBody:
      case PACKED.referBody:
      case PACKED.dropBody: {
        const hash = reader.hash();
        const key = keyOf(BODY, hash, reader.hash());
        const bytes = kind === PACKED.putBody ? reader.long() : undefined;
        this.bodies.push({ hash, key, kept: kind !== PACKED.dropBody, bytes });
        return;
      }
      case PACKED.putCheckpoint:
        this.writes.push(put("derived", keyOf(CHECKPOINT, reader.hash()), reader.long()));
        return;
      case PACKED.dropCheckpoint:
        this.writes.push(del("derived", keyOf(CHECKPOINT, reader.hash())));
        return;
      case PACKED.putEvent:
        this.events.push({ sequence: reader.u64(), value: reader.long() });
        return;
      case PACKED.dropEvents:
        this.dropBelow = Math.max(this.dropBelow, reader.u64());
        return;
      case PACKED.putKept:
        this.writes.push(put("records", keptKeyOf(reader), reader.long()));
        return;
      case PACKED.dropKept:
        this.writes.push(del("records", keptKeyOf(reader)));
        return;
      case PACKED.putMeta:
        this.writes.push(put("meta", keyOf(META, reader.text()), reader.long()));
        return;
      case PACKED.dropMeta:
        this.writes.push(del("meta", keyOf(META, reader.text())));
        return;
      default:
        throw new NetworkError("value_out_of_range", `packed writes have no kind ${kind}`);
    }
  }
}

function keptKeyOf(reader: PackedReader): Uint8Array {
  const kind = Uint8Array.of(reader.u8());
  return keyOf(KEPT, kind, reader.text());
}

/** The writes for the bodies of one batch. A body's bytes are deleted when no task refers to it. */
async function bodyWrites(store: KeyStore, writes: readonly BodyWrite[]): Promise<KeyWrite[]> {
  const byHash = new Map<string, BodyWrite[]>();
  for (const write of writes) {
    const hash = textOf(write.hash);
    const same = byHash.get(hash);
    if (same === undefined) byHash.set(hash, [write]);
    else same.push(write);
  }
  const out: KeyWrite[] = [];
  for (const same of byHash.values()) {
    /** The last write of each reference. */
    const references = new Map<string, BodyWrite>();
    let bytes: Uint8Array | undefined;
    for (const write of same) {
      references.set(textOf(write.key), write);
      bytes = write.bytes ?? bytes;
    }
    for (const { key, kept } of references.values()) out.push(kept ? put("derived", key, EMPTY) : del("derived", key));
    const hash = same[0]?.hash ?? EMPTY;
    const isKept = [...references.values()].some(({ kept }) => kept);
    if (!isKept && !(await othersRefer(store, hash, references))) out.push(del("bodies", hash));
    else if (bytes !== undefined) out.push(put("bodies", hash, bytes));
  }
  return out;
}

/** Whether a stored reference to the body exists besides those of this batch. Reads one more row than the batch has. */
async function othersRefer(store: KeyStore, hash: Uint8Array, ours: ReadonlyMap<string, BodyWrite>): Promise<boolean> {
  const range = { ...prefixRange(keyOf(BODY, hash)), limit: ours.size + 1 };
  for await (const [key] of store.entries("derived", range)) if (!ours.has(textOf(key))) return true;
  return false;
}

/** One batch, and the sequence below which no event remains once it is written. */
export interface Translation {
  readonly batch: readonly KeyWrite[];
  readonly eventsFrom: number;
}

/**
 * Translates packed writes into one batch. Events below a `drop_events` of the same batch are not written. `eventsFrom`
 * comes from the previous batch: a scan from there meets no deleted keys.
 */
export async function translate(store: KeyStore, packed: Uint8Array, eventsFrom: number): Promise<Translation> {
  const { writes, events, bodies, dropBelow } = new Batch(packed);
  const below = Math.max(eventsFrom, dropBelow);
  for (const { sequence, value } of events) {
    if (sequence >= below) writes.push(put("derived", eventKey(sequence), value));
  }
  if (bodies.length > 0) writes.push(...(await bodyWrites(store, bodies)));
  if (below === eventsFrom) return { batch: writes, eventsFrom };
  const dropped: KeyWrite[] = [];
  const range = { gte: eventKey(eventsFrom), lt: eventKey(below), limit: MAX_EVENTS_DROPPED };
  for await (const [key] of store.entries("derived", range)) dropped.push(del("derived", key));
  writes.push(...dropped);
  return { batch: writes, eventsFrom: dropped.length < MAX_EVENTS_DROPPED ? below : eventsFrom };
}
