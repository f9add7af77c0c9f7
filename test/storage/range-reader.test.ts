import { describe, expect, test } from "vitest";
import { concatBytes } from "../../src/protocol/bytes.js";
import { type OpenRows, RangeReader, type Row } from "../../src/storage/database/range-reader.js";
import type { KeyRange } from "../../src/storage/types.js";

const ALL: KeyRange = { gte: new Uint8Array(0), lt: new Uint8Array(64).fill(0xff) };
/** Rows of one block of the table. */
const BLOCK_ROWS = 32;

const hex = (key: Uint8Array): string => Buffer.from(key).toString("hex");

const blockOf = (row: number): number => Math.floor(row / BLOCK_ROWS);

function damage(words: string): Error {
  return Object.assign(new Error(words), { code: "LEVEL_CORRUPTION" });
}

/** A table of sorted keys in blocks; each read of a damaged block fails, as in the databases. */
class Table {
  readonly #keys: readonly string[];
  readonly #damaged: ReadonlySet<number>;

  constructor(keys: readonly Uint8Array[], damaged: readonly number[]) {
    this.#keys = keys.map(hex).sort();
    this.#damaged = new Set(damaged);
  }

  get readable(): string[] {
    return this.#keys.filter((_, at) => !this.#isDamaged(at));
  }

  readonly open: OpenRows = (range) => {
    const gte = hex(range.gte);
    const lt = hex(range.lt);
    const places = this.#keys.flatMap((key, at) => (key >= gte && key < lt ? [at] : []));
    if (range.reverse) places.reverse();
    const left = places.slice(0, range.limit);
    return {
      nextv: async (size) =>
        left.splice(0, size).map((at): Row => {
          if (this.#isDamaged(at)) throw damage(`Corruption: block checksum mismatch in 9.sst offset ${blockOf(at)}`);
          return [new Uint8Array(Buffer.from(this.#keys[at] as string, "hex")), new Uint8Array(0)];
        }),
      close: async () => undefined,
    };
  };

  #isDamaged(at: number): boolean {
    return this.#damaged.has(blockOf(at));
  }
}

/** Two groups of close keys, far apart from each other, as in the family `derived`. */
const keys = [1, 2].flatMap((group) =>
  Array.from({ length: 2 * BLOCK_ROWS }, (_, at) =>
    concatBytes([Uint8Array.of(group, 0, 0, 0, 1), Uint8Array.of(at, 255 - at), new Uint8Array(30)]),
  ),
);

describe("reading a range past damaged blocks", () => {
  test.each([
    ["the first block of a group", [0]],
    ["the first block of the second group", [2]],
    ["two blocks apart", [0, 2]],
    ["blocks on both sides of the border between groups", [1, 2]],
    ["the last block", [3]],
  ])("a read past damaged blocks returns all other rows, at any distance (%s)", async (_where, damaged) => {
    const table = new Table(keys, damaged);
    for (const reverse of [false, true]) {
      let skips = 0;
      const reader = new RangeReader({ ...ALL, reverse }, () => skips++);
      const found: string[] = [];
      for (;;) {
        const rows = await reader.next(table.open);
        if (rows.length === 0) break;
        found.push(...rows.map(([key]) => hex(key)));
      }
      expect(reverse ? found.reverse() : found).toEqual(table.readable);
      expect(skips).toBeGreaterThan(0);
    }
  });
});
