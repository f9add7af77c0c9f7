import { createHash } from "node:crypto";
import { concatBytes } from "../../src/protocol/bytes.js";
import type { KeyWrite } from "../../src/storage/types.js";

export const RECORDS = 3000;
export const ALL = { gte: new Uint8Array(0), lt: new Uint8Array(64).fill(0xff) };

/** Bytes of any length that compress badly and are the same in every run. */
export function noise(seed: string, length: number): Uint8Array {
  const blocks = Array.from({ length: Math.ceil(length / 32) }, (_, at) =>
    createHash("sha256").update(`${seed}:${at}`).digest(),
  );
  return new Uint8Array(Buffer.concat(blocks).subarray(0, length));
}

export const ids = Array.from({ length: RECORDS }, (_, at) => noise(`id ${at}`, 32));
const task = noise("task", 32);
export const recordKeys = ids.map((id) => concatBytes([Uint8Array.of(1), task, id]));

export function writesOf(id: Uint8Array, at: number): KeyWrite[] {
  const writes: KeyWrite[] = [
    { op: "put", family: "records", key: concatBytes([Uint8Array.of(1), task, id]), value: noise(`record ${at}`, 200) },
    { op: "put", family: "derived", key: concatBytes([Uint8Array.of(2), task, id]), value: new Uint8Array(0) },
  ];
  if (at % 3 !== 0) return writes;
  const reference = concatBytes([Uint8Array.of(5), id, noise("task", 32)]);
  writes.push({ op: "put", family: "bodies", key: id, value: noise(`body ${at}`, 600) });
  writes.push({ op: "put", family: "derived", key: reference, value: new Uint8Array(0) });
  writes.push({ op: "put", family: "meta", key: concatBytes([Uint8Array.of(1), id]), value: noise(`meta ${at}`, 90) });
  return writes;
}
