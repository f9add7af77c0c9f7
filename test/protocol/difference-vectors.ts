import { CodedCells, ShortIds, shortKey } from "../../src/engine/reconcile/index.js";
import { toHex } from "../../src/protocol/bytes.js";
import { LEVEL_ROOT, LEVEL_WINDOW, printOf, shortIdKey } from "../../src/protocol/compare.js";
import { type Difference, encodeDifference } from "../../src/protocol/difference-frames.js";
import { encodeFingerprints, type Fingerprints } from "../../src/protocol/fingerprint-frames.js";
import { encodeFrame } from "../../src/protocol/frames.js";
import { hashBytes } from "../../src/protocol/records.js";
import { ALL, blake3, filled, filledHex, NODE, REQUEST_ID } from "../support/samples.js";
import type { Json } from "./vector-files.js";

const SALT = filledHex(0x3c);
const STRAND = Uint8Array.of(0, 0, 0);
const WINDOW = 2_992_248;
const CELLS = 16;

function fingerprints(content: Fingerprints): string {
  return toHex(encodeFrame({ kind: "fingerprints", requestId: REQUEST_ID, bytes: encodeFingerprints(content) }));
}

function difference(content: Difference): string {
  return toHex(encodeFrame({ kind: "difference", requestId: REQUEST_ID, bytes: encodeDifference(content) }));
}

/** Prints, short ids, cells and frames of the full form of kind 3. */
export function differenceFile(): Json {
  const requestId = filled(0x5a, 16);
  const sender = { salt: hashBytes(SALT), requestId, key: hashBytes(NODE.key), role: 0 } as const;
  const root = printOf(blake3, sender, STRAND, LEVEL_ROOT, 0, filled(7));
  const window = printOf(blake3, sender, STRAND, LEVEL_WINDOW, WINDOW, filled(9));
  const ids = Object.values(ALL).map(({ id }) => id);
  const key = shortIdKey(blake3, SALT, requestId);
  const shorts = ShortIds.ofHex(shortKey(key), ids);
  const cells = new CodedCells(shorts);
  cells.build(CELLS, 2 ** 20);
  const shortIds = ids.map((_, at) => ({ high: shorts.high(at), low: shorts.low(at) }));
  const [first, second] = [shortIds.slice(0, 1), shortIds.slice(1, 2)];
  const sent = Array.from({ length: CELLS }, (_, at) => ({
    high: cells.high[at] ?? 0,
    low: cells.low[at] ?? 0,
    check: cells.check[at] ?? 0,
    count: cells.count[at] ?? 0,
  }));
  return {
    note: "An exchange whose opener is 'node'. The ids are those of the records of envelopes.json, in its order.",
    salt: SALT,
    request_id: REQUEST_ID,
    sender: NODE.key,
    prints: [
      { level: LEVEL_ROOT, number: 0, state: filledHex(7), print: root },
      { level: LEVEL_WINDOW, number: WINDOW, state: filledHex(9), print: window },
    ],
    ids,
    short_id_key: toHex(key),
    frames: {
      roots: fingerprints({ kind: "roots", fromDay: 20_734, roots: [{ count: 4, print: root }, undefined] }),
      windows: fingerprints({
        kind: "windows",
        last: true,
        groups: [{ strand: 0, number: WINDOW, count: 4, print: window }],
      }),
      scope: difference({ kind: "scope", chunk: 1, cells: CELLS, runs: [{ strand: 0, window: WINDOW, length: 2 }] }),
      more: difference({ kind: "more", chunk: 1, cells: 0 }),
      cells: difference({ kind: "cells", chunk: 1, cells: sent }),
      list: difference({ kind: "list", chunk: 1, last: true, ids: shortIds }),
      found: difference({ kind: "found", chunk: 1, last: true, left: 2, wants: first, offers: second }),
      wanted: difference({ kind: "wanted", chunk: 1, last: true, left: 0, wants: second }),
      end: difference({ kind: "end", prints: [root, "00".repeat(16)] }),
    },
  };
}
