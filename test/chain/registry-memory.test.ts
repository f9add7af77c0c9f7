import { blake3 as hash } from "@noble/hashes/blake3.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { LedgerStart } from "../../src/chain/author-ledger.js";
import { decodeRegistryMemory, encodeRegistryMemory } from "../../src/chain/registry-memory.js";
import { concatBytes } from "../../src/protocol/bytes.js";

const genesis = new Uint8Array(32).fill(3);
const key = (n: number): string => n.toString(16).padStart(64, "0");
const start: LedgerStart = {
  stable: { topoheight: 2 ** 40, hash: "ab".repeat(32), timeSeconds: 1_763_000_000 },
  authors: new Map([
    [key(9), { topoheight: 5, fromSeconds: 1_700_000_000 }],
    [key(1), { topoheight: 2 ** 40, fromSeconds: 1_763_000_000 }],
  ]),
};

/** The same content under a check that is right. */
function checked(file: Uint8Array, change: (bytes: Uint8Array) => void): Uint8Array {
  const bytes = file.slice(0, -32);
  change(bytes);
  return concatBytes([bytes, hash(bytes)]);
}

describe("the memory of a chain's registry", () => {
  it("reads what it wrote, and what it wrote without a hash or without anything", () => {
    const places: LedgerStart[] = [
      start,
      { ...start, stable: { topoheight: 2 ** 40, hash: undefined, timeSeconds: 0 } },
      { stable: undefined, authors: new Map() },
    ];
    for (const one of places) {
      const decoded = decodeRegistryMemory(hash, genesis, encodeRegistryMemory(hash, genesis, one));
      expect(decoded).toEqual({ ok: true, value: one });
    }
  });

  it("leaves out authors of blocks that will be walked again", () => {
    const ahead = { ...start, stable: { topoheight: 4, hash: undefined, timeSeconds: 0 } };
    const decoded = decodeRegistryMemory(hash, genesis, encodeRegistryMemory(hash, genesis, ahead));
    expect(decoded.ok && decoded.value.authors.size).toBe(0);
  });

  it("refuses another chain's", () => {
    const file = encodeRegistryMemory(hash, new Uint8Array(32).fill(4), start);
    expect(decodeRegistryMemory(hash, genesis, file)).toEqual({ ok: false, code: "storage_foreign" });
  });

  it("refuses every damaged byte and every cut", () => {
    const file = encodeRegistryMemory(hash, genesis, start);
    for (let i = 0; i < file.length; i++) {
      const damaged = file.slice();
      damaged[i] = (damaged[i] as number) ^ 0x10;
      expect(decodeRegistryMemory(hash, genesis, damaged)).toEqual({ ok: false, code: "storage_corrupt" });
      expect(decodeRegistryMemory(hash, genesis, file.subarray(0, i)).ok).toBe(false);
    }
    expect(decodeRegistryMemory(hash, genesis, concatBytes([file, new Uint8Array(44)])).ok).toBe(false);
  });

  it("refuses what contradicts itself even under a right check", () => {
    const file = encodeRegistryMemory(hash, genesis, start);
    const refused = (change: (bytes: Uint8Array) => void) =>
      expect(decodeRegistryMemory(hash, genesis, checked(file, change))).toEqual({
        ok: false,
        code: "storage_corrupt",
      });
    refused((bytes) => bytes.set([3], 40));
    refused((bytes) => bytes.set([0], 40));
    // One author more than there are; one twice; one past the place.
    refused((bytes) => bytes.set([3], 88));
    refused((bytes) => bytes.set(bytes.slice(89 + 44, 89 + 88), 89));
    refused((bytes) => bytes.set([0, 0, 0, 0, 0, 1], 41));
  });

  it("never throws, whatever it is given", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        expect(decodeRegistryMemory(hash, genesis, bytes).ok).toBe(false);
      }),
    );
  });
});
