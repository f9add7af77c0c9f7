import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { VECTOR_FILES } from "./vector-files.js";

/**
 * The vectors of docs/vectors are part of the protocol: they change only with it. After such a change
 * `UPDATE_VECTORS=1 npx vitest run test/protocol/vectors.test.ts` writes them anew.
 */
describe("published vectors", () => {
  test.each(VECTOR_FILES)("$name is what the code makes", ({ name, content }) => {
    const file = new URL(`../../docs/vectors/${name}`, import.meta.url);
    const text = `${JSON.stringify(content, undefined, 2)}\n`;
    if (process.env.UPDATE_VECTORS === "1") writeFileSync(file, text);
    expect(readFileSync(file, "utf8")).toBe(text);
  });
});
