import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { ENTRIES, publicTypes, TYPES } from "../../scripts/public-types.mjs";

const CURE = "npm run generate:types writes it; a change of it is a change of the public API";

test.each(Object.keys(ENTRIES))(
  "types/%s.d.ts has the declarations of the entry, and every type that they mention can be imported",
  { timeout: 60_000 },
  async (name) => {
    const { text, unexported } = publicTypes(name);
    expect(unexported).toEqual([]);
    expect(await readFile(new URL(`${name}.d.ts`, TYPES), "utf8"), CURE).toBe(text);
  },
);
