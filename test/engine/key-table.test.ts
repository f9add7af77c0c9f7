import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HandleIndex } from "../../src/engine/set/handle-index.js";
import { KeyTable } from "../../src/engine/set/key-table.js";
import { compareBytes, fromHex, toHex } from "../../src/protocol/bytes.js";
import { KEY_WORDS, keyHex, readKeyHex, writeKeyBytes } from "../../src/protocol/key-words.js";
import { hash } from "../support/engine-world.js";

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });

describe("words of a key", () => {
  it("text and bytes come back from the words, in the same order", () => {
    fc.assert(
      fc.property(bytes32, bytes32, (a, b) => {
        const words = new Uint32Array(2 * KEY_WORDS);
        expect(readKeyHex(toHex(a), words)).toBe(true);
        expect(readKeyHex(toHex(b), words, KEY_WORDS)).toBe(true);
        const copy = new Uint8Array(34);
        writeKeyBytes(words, KEY_WORDS, copy, 1);
        expect([keyHex(words), copy.subarray(1, 33)]).toEqual([toHex(a), b]);
        const differs = words.subarray(0, KEY_WORDS).findIndex((word, at) => word !== words[KEY_WORDS + at]);
        const order = differs === -1 ? 0 : Math.sign((words[differs] ?? 0) - (words[KEY_WORDS + differs] ?? 0));
        expect(order).toBe(Math.sign(compareBytes(a, b)));
      }),
    );
  });

  it.each([
    ["63 digits", "a".repeat(63)],
    ["66 digits", "a".repeat(66)],
    ["an uppercase digit", `A${"a".repeat(63)}`],
    ["a sign", `${"a".repeat(63)}-`],
    ["a letter beyond ASCII", `${"a".repeat(63)}\u0161`],
  ])("refuses %s", (_, text) => {
    expect(readKeyHex(text, new Uint32Array(KEY_WORDS))).toBe(false);
    const table = new KeyTable(0, new Uint32Array(KEY_WORDS));
    expect(table.find(text)).toBe(-1);
    expect(() => table.add(text)).toThrow(RangeError);
    expect(table.size).toBe(0);
  });
});

describe("KeyTable", () => {
  it("finds what was added and not removed, with its columns, for any order of both", () => {
    const steps = fc.array(fc.record({ key: fc.nat({ max: 400 }), remove: fc.boolean() }), { maxLength: 2000 });
    fc.assert(
      fc.property(steps, bytes32, (taken, salt) => {
        const table = new KeyTable(2, new Uint32Array(salt.slice().buffer));
        const expected = new Map<string, number>();
        for (const { key, remove } of taken) {
          const hex = hash(`key ${key}`);
          if (remove && expected.delete(hex)) table.remove(table.find(hex));
          if (remove) continue;
          const handle = table.add(hex);
          expect(table.get(handle, 1)).toBe(expected.get(hex) ?? 0);
          table.set(handle, 1, key + 1);
          expected.set(hex, key + 1);
        }
        expect(table.size).toBe(expected.size);
        for (let key = 0; key <= 400; key++) {
          const hex = hash(`key ${key}`);
          const handle = table.find(hex);
          expect(handle !== -1).toBe(expected.has(hex));
          if (handle !== -1) expect([table.hex(handle), table.get(handle, 1)]).toEqual([hex, expected.get(hex)]);
        }
      }),
      { numRuns: 40 },
    );
  });

  it("gives the handle of a removed key to a later key, with zeros in its columns", () => {
    const table = new KeyTable(1, new Uint32Array(KEY_WORDS));
    const [first, second] = [table.add(hash("first")), table.add(hash("second"))];
    table.set(first, 0, 7);
    table.remove(first);
    const third = table.add(hash("third"));
    expect([third, table.get(third, 0), table.find(hash("first"))]).toEqual([first, 0, -1]);
    table.remove(third);
    expect([first, second].map((handle) => table.isHeld(handle))).toEqual([false, true]);
    expect(table.hex(second)).toBe(hash("second"));
  });
});

describe("HandleIndex", () => {
  it("finds each of many handles with one hash, while others of them are removed", () => {
    const index = new HandleIndex(() => 5);
    for (let handle = 0; handle < 100; handle++) index.add(5, handle);
    for (let handle = 0; handle < 100; handle += 2) index.remove(5, handle);
    for (let handle = 0; handle < 100; handle++) {
      expect(index.find(5, (held) => held === handle)).toBe(handle % 2 === 0 ? -1 : handle);
    }
    expect(() => index.remove(5, 0)).toThrow(RangeError);
  });
});

describe("hex", () => {
  it("text of any length comes back as the same bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(toHex(bytes)).toBe(Buffer.from(bytes).toString("hex"));
        expect(fromHex(toHex(bytes))).toEqual(bytes);
        expect(fromHex(toHex(bytes).toUpperCase())).toEqual(bytes);
      }),
    );
  });
});
