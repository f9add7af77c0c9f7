import { describe, expect, test } from "vitest";
import {
  CELLS_MAX,
  type Difference,
  decodeDifference,
  encodeDifference,
  RUNS_MAX,
  SHORTS_MAX,
} from "../../src/protocol/difference-frames.js";
import {
  decodeFingerprints,
  encodeFingerprints,
  type Fingerprints,
  GROUPS_MAX,
} from "../../src/protocol/fingerprint-frames.js";
import { FRAME_HEAD_BYTES, FRAME_MAX_BYTES } from "../../src/protocol/frames.js";

const STRANDS = 3;
const print = "0123456789abcdef";
const root = { count: 7, print: print.repeat(2) };
const short = { high: 0xfedcba98, low: 3 };
const cell = { ...short, check: 0x80000001, count: 65_535 };

const FINGERPRINTS: readonly Fingerprints[] = [
  { kind: "roots", fromDay: 20_000, roots: [root, undefined, { ...root, count: 0 }] },
  { kind: "days", last: false, groups: [{ strand: 2, number: 20_000, count: 1, print }] },
  { kind: "windows", last: true, groups: [] },
];

const DIFFERENCES: readonly Difference[] = [
  { kind: "scope", chunk: 65_535, cells: 0, runs: [{ strand: 2, window: 2 ** 32 - 2, length: 2 }] },
  { kind: "more", chunk: 0, cells: 2 ** 32 - 1 },
  { kind: "cells", chunk: 1, cells: [cell, cell] },
  { kind: "list", chunk: 1, last: true, ids: [] },
  { kind: "list", chunk: 1, last: false, ids: [short] },
  { kind: "found", chunk: 1, last: true, left: 9, wants: [short], offers: [short, short] },
  { kind: "wanted", chunk: 1, last: true, left: 0, wants: [] },
  { kind: "end", prints: [root.print, root.print, root.print] },
];

const many = <T>(count: number, item: T): T[] => Array.from({ length: count }, () => item);

describe("frames of the full form", () => {
  test.each(FINGERPRINTS)(
    "fingerprints of kind $kind survive encoding, and every cut of them is refused",
    (content) => {
      const bytes = encodeFingerprints(content);
      expect(decodeFingerprints(bytes, STRANDS)).toEqual(content);
      for (let length = 0; length < bytes.length; length++) {
        const cut = decodeFingerprints(bytes.subarray(0, length), STRANDS);
        expect(cut === undefined || encodeFingerprints(cut).length === length).toBe(true);
      }
    },
  );

  test.each(DIFFERENCES)(
    "a difference of kind $kind survives encoding, and no cut of it has another length",
    (content) => {
      const bytes = encodeDifference(content);
      expect(decodeDifference(bytes, STRANDS)).toEqual(content);
      for (let length = 0; length < bytes.length; length++) {
        const cut = decodeDifference(bytes.subarray(0, length), STRANDS);
        expect(cut === undefined || encodeDifference(cut).length === length).toBe(true);
      }
    },
  );

  test.each<[string, Fingerprints]>([
    ["roots of another number of strands", { kind: "roots", fromDay: 0, roots: [root] }],
    [
      "a strand that was not asked for",
      { kind: "days", last: true, groups: [{ strand: 3, number: 1, count: 1, print }] },
    ],
    ["an empty day", { kind: "days", last: true, groups: [{ strand: 0, number: 1, count: 0, print }] }],
    [
      "the same window twice",
      { kind: "windows", last: true, groups: many(2, { strand: 0, number: 1, count: 1, print }) },
    ],
  ])("%s are refused", (_, content) => {
    expect(decodeFingerprints(encodeFingerprints(content), STRANDS)).toBeUndefined();
  });

  test.each<[string, Difference]>([
    ["a scope without windows", { kind: "scope", chunk: 0, cells: 1, runs: [] }],
    ["a run of no windows", { kind: "scope", chunk: 0, cells: 1, runs: [{ strand: 0, window: 1, length: 0 }] }],
    [
      "a run past the last window",
      { kind: "scope", chunk: 0, cells: 1, runs: [{ strand: 0, window: 2 ** 32 - 1, length: 2 }] },
    ],
    [
      "a strand that was not asked for",
      { kind: "scope", chunk: 0, cells: 1, runs: [{ strand: 3, window: 1, length: 1 }] },
    ],
    ["no cells", { kind: "cells", chunk: 0, cells: [] }],
    ["an end with another number of prints", { kind: "end", prints: [root.print] }],
  ])("%s is refused", (_, content) => {
    expect(decodeDifference(encodeDifference(content), STRANDS)).toBeUndefined();
  });

  test("the largest content of each kind fits into a frame", () => {
    const sizes = [
      encodeFingerprints({
        kind: "days",
        last: true,
        groups: many(GROUPS_MAX, { strand: 0, number: 1, count: 1, print }),
      }),
      encodeDifference({
        kind: "scope",
        chunk: 0,
        cells: 1,
        runs: many(RUNS_MAX, { strand: 0, window: 1, length: 1 }),
      }),
      encodeDifference({ kind: "cells", chunk: 0, cells: many(CELLS_MAX, cell) }),
      encodeDifference({ kind: "list", chunk: 0, last: true, ids: many(SHORTS_MAX, short) }),
      encodeDifference({ kind: "found", chunk: 0, last: true, left: 0, wants: many(SHORTS_MAX, short), offers: [] }),
      encodeDifference({ kind: "wanted", chunk: 0, last: true, left: 0, wants: many(SHORTS_MAX, short) }),
    ].map(({ length }) => length);
    for (const size of sizes) expect(size).toBeLessThanOrEqual(FRAME_MAX_BYTES - FRAME_HEAD_BYTES);
  });
});
