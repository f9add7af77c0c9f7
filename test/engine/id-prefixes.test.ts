import fc from "fast-check";
import { expect, it, vi } from "vitest";
import { IdPrefixes, SEARCH_MAX } from "../../src/engine/set/id-prefixes.js";
import { KeyTable } from "../../src/engine/set/key-table.js";
import { KEY_WORDS } from "../../src/protocol/key-words.js";

const NEXT = 0;
const PREVIOUS = 1;
const SALT = new Uint32Array(KEY_WORDS);

/** Keys of few first digits, so that chains have several keys. */
const keyHex = fc
  .tuple(
    fc.constantFrom("0000", "00ab", "ffff"),
    fc.string({ unit: fc.constantFrom("0", "1"), minLength: 3, maxLength: 3 }),
  )
  .map(([head, middle]) => `${head}${middle}`.padEnd(64, "e"));

it("a search finds the keys of a prefix, after any additions and removals", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(keyHex, fc.boolean()), { maxLength: 60 }), (steps) => {
      const rows = new KeyTable(2, SALT);
      const prefixes = new IdPrefixes(rows, NEXT, PREVIOUS);
      const held = new Set<string>();
      for (const [key, isAdded] of steps) {
        if (isAdded === held.has(key)) continue;
        if (isAdded) {
          prefixes.add(rows.add(key));
          held.add(key);
        } else {
          const handle = rows.find(key);
          prefixes.remove(handle);
          rows.remove(handle);
          held.delete(key);
        }
      }
      for (const prefix of ["0000", "00001", "00ab01", "ffff", "ffff111", "1234"]) {
        const { handles, complete } = prefixes.find(prefix, 100, () => true);
        expect(complete).toBe(true);
        expect(handles.map((handle) => rows.hex(handle)).sort()).toEqual(
          [...held].filter((key) => key.startsWith(prefix)).sort(),
        );
      }
    }),
  );
});

it("a search reads only the keys that share the first four digits, and at most SEARCH_MAX of them", () => {
  const rows = new KeyTable(2, SALT);
  const prefixes = new IdPrefixes(rows, NEXT, PREVIOUS);
  const key = (head: string, index: number): string => `${head}${index.toString(16).padStart(60, "0")}`;
  for (let index = 0; index < 2000; index++) prefixes.add(rows.add(key("aaaa", index)));
  for (let index = 0; index < 3; index++) prefixes.add(rows.add(key("bbbb", index)));
  const isSought = vi.fn(() => true);
  expect(prefixes.find("bbbb", 10, isSought).handles).toHaveLength(3);
  expect(isSought).toHaveBeenCalledTimes(3);
  expect(prefixes.find("aaaa", 5, isSought)).toMatchObject({ handles: { length: 5 }, complete: false });
  for (let index = 2000; index <= SEARCH_MAX; index++) prefixes.add(rows.add(key("aaaa", index)));
  isSought.mockClear();
  expect(prefixes.find("aaaaffff", 5, isSought)).toEqual({ handles: [], complete: false });
  expect(isSought).toHaveBeenCalledTimes(SEARCH_MAX);
});
