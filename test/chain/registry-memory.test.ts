import { blake3 as hash } from "@noble/hashes/blake3.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type LedgerPlace, type LedgerStart, PLACES_KEPT_MAX } from "../../src/chain/registry/author-ledger.js";
import {
  decodeRegistryMemory,
  encodeRegistryMemory,
  isOldRegistryMemory,
} from "../../src/chain/registry/registry-memory.js";
import { concatBytes } from "../../src/protocol/bytes.js";

const genesis = new Uint8Array(32).fill(3);
const key = (n: number): string => n.toString(16).padStart(64, "0");
const start: LedgerStart = {
  places: [
    { topoheight: 2 ** 40 - 1, height: 2 ** 39 - 1, hash: undefined, timeSeconds: 1_762_999_999 },
    { topoheight: 2 ** 40, height: 2 ** 39, hash: "ab".repeat(32), timeSeconds: 1_763_000_000 },
  ],
  authors: new Map([
    [key(9), { topoheight: 5, height: 4, fromSeconds: 1_700_000_000 }],
    [key(1), { topoheight: 2 ** 40, height: 2 ** 39, fromSeconds: 1_763_000_000 }],
  ]),
  gap: { fromTopoheight: 7, toTopoheight: 2 ** 39 },
};
const HEAD_BYTES = 61;
const PLACE_BYTES = 51;
const AUTHOR_BYTES = 50;

/** The same content with a valid checksum. */
function checked(file: Uint8Array, change: (bytes: Uint8Array) => void): Uint8Array {
  const bytes = file.slice(0, -32);
  change(bytes);
  return concatBytes([bytes, hash(bytes)]);
}

describe("the memory of a chain's registry", () => {
  it("a file is decoded to what was encoded, also without a gap, a block or any content", () => {
    const [, stable] = start.places as [LedgerPlace, LedgerPlace];
    const starts: LedgerStart[] = [
      start,
      { ...start, gap: undefined, places: [stable] },
      { ...start, gap: undefined, places: [{ topoheight: 2 ** 40, height: -1, hash: undefined, timeSeconds: 0 }] },
      { places: [], authors: new Map(), gap: undefined },
    ];
    for (const one of starts) {
      const decoded = decodeRegistryMemory(hash, genesis, encodeRegistryMemory(hash, genesis, one));
      expect(decoded).toEqual({ ok: true, value: one });
    }
  });

  it("authors past the last place and old places are not saved", () => {
    const places = Array.from({ length: 70 }, (_, i) => ({ topoheight: i, height: i, hash: key(i), timeSeconds: i }));
    const ahead = { places, authors: start.authors, gap: undefined };
    const decoded = decodeRegistryMemory(hash, genesis, encodeRegistryMemory(hash, genesis, ahead));
    expect(decoded.ok && [...decoded.value.authors.keys()]).toEqual([key(9)]);
    expect(decoded.ok && decoded.value.places).toEqual(places.slice(-PLACES_KEPT_MAX));
  });

  it("a file of an older release is recognised", () => {
    const file = encodeRegistryMemory(hash, genesis, start);
    expect(isOldRegistryMemory(file)).toBe(false);
    file.set(new TextEncoder().encode("tosaicr1"));
    expect(isOldRegistryMemory(file)).toBe(true);
    expect(isOldRegistryMemory(new Uint8Array(3))).toBe(false);
  });

  it("another chain's file is refused", () => {
    const file = encodeRegistryMemory(hash, new Uint8Array(32).fill(4), start);
    expect(decodeRegistryMemory(hash, genesis, file)).toEqual({ ok: false, code: "storage_foreign" });
  });

  it("every damaged byte and every truncation is refused", () => {
    const file = encodeRegistryMemory(hash, genesis, start);
    for (let i = 0; i < file.length; i++) {
      const damaged = file.slice();
      damaged[i] = (damaged[i] as number) ^ 0x10;
      expect(decodeRegistryMemory(hash, genesis, damaged)).toEqual({ ok: false, code: "storage_corrupt" });
      expect(decodeRegistryMemory(hash, genesis, file.subarray(0, i)).ok).toBe(false);
    }
    expect(decodeRegistryMemory(hash, genesis, concatBytes([file, new Uint8Array(AUTHOR_BYTES)])).ok).toBe(false);
  });

  it("contradictory content is refused even with a valid checksum", () => {
    const file = encodeRegistryMemory(hash, genesis, start);
    const refused = (change: (bytes: Uint8Array) => void) =>
      expect(decodeRegistryMemory(hash, genesis, checked(file, change))).toEqual({
        ok: false,
        code: "storage_corrupt",
      });
    const authorsAt = HEAD_BYTES + 2 * PLACE_BYTES;
    // A gap of another kind; an invalid one; one past the last place.
    refused((bytes) => bytes.set([2], 40));
    refused((bytes) => bytes.set([0], 40));
    refused((bytes) => bytes.set([0x7f], 47));
    // One author more than the count says; one author twice; one past the last place.
    refused((bytes) => bytes.set([3], 60));
    refused((bytes) => bytes.set(bytes.slice(authorsAt + AUTHOR_BYTES, authorsAt + 2 * AUTHOR_BYTES), authorsAt));
    refused((bytes) => bytes.set([0x7f], authorsAt + 32));
    // Places in descending order; a hash that is half known.
    refused((bytes) => bytes.set(bytes.slice(HEAD_BYTES + PLACE_BYTES, authorsAt), HEAD_BYTES));
    refused((bytes) => bytes.set([2], HEAD_BYTES + 18));
  });

  it("decoding never throws", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        expect(decodeRegistryMemory(hash, genesis, bytes).ok).toBe(false);
      }),
    );
  });
});
