import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { ReferenceKernel } from "../../src/kernel/reference.js";
import { encodeBundle } from "../../src/protocol/bundle.js";
import { signedMessage } from "../../src/protocol/envelope.js";
import { packInput, readRow, rowCount, scanContext } from "../../src/protocol/table.js";
import { ALL, DEVNET } from "../support/samples.js";
import { VECTOR_FILES } from "./vector-files.js";

/**
 * The vectors of docs/vectors are part of the protocol and change only with it. After such a change `UPDATE_VECTORS=1
 * npx vitest run test/protocol/vectors.test.ts` writes the new ones.
 */
describe("published vectors", () => {
  test.each(VECTOR_FILES)("$name equals the output of the code", ({ name, content }) => {
    const file = new URL(`../../docs/vectors/${name}`, import.meta.url);
    const text = `${JSON.stringify(content, undefined, 2)}\n`;
    if (process.env.UPDATE_VECTORS === "1") writeFileSync(file, text);
    expect(readFileSync(file, "utf8")).toBe(text);
  });
});

describe("the kernel", () => {
  const samples = Object.values(ALL);

  test("the kernel computes the published ids and signatures, and accepts the published signatures", async () => {
    const kernel = new ReferenceKernel("test");
    const input = packInput([encodeBundle(samples.map((sample) => sample.envelope))]);
    const context = scanContext(DEVNET);
    const table = kernel.scan(input, context);
    expect(rowCount(table)).toBe(samples.length);
    samples.forEach((sample, i) => {
      const { code, type, recordId } = readRow(table, i);
      expect({ code, type, recordId }).toEqual({ code: undefined, type: sample.type, recordId: sample.id });
      const message = signedMessage(DEVNET.genesis, sample.head);
      expect(kernel.sign(sample.author.privateKey, message)).toEqual(sample.envelope.slice(-96));
    });
    const verdicts = await kernel.verify(input, table, new Uint8Array(samples.length).fill(1), context);
    expect([...verdicts]).toEqual(samples.map(() => 0));
    await kernel.close();
  });
});
