import { FAMILIES, type Family } from "../families.js";
import type { Row, Rows } from "./range-reader.js";

/** A key outside of the families, whose first bytes start at 1. */
export const MARK = { key: Uint8Array.of(0), value: new Uint8Array(0) };

/** Both databases have one family: the first byte of a key names the family of this program. */
export function prefixed(family: Family, key: Uint8Array): Uint8Array {
  const out = new Uint8Array(1 + key.length);
  out[0] = FAMILIES.indexOf(family) + 1;
  out.set(key, 1);
  return out;
}

/** Rows of a database as rows of a family. */
export function withoutPrefix(rows: Rows): Rows {
  return {
    nextv: async (size) => (await rows.nextv(size)).map(([key, value]): Row => [key.subarray(1), value]),
    close: () => rows.close(),
  };
}
