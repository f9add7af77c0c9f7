import { describe, expect, test } from "vitest";
import { REASONS } from "../../src/protocol/errors.js";
import { CONTEXT_BYTES, packInput, packItems, scanContext, TABLE_CODES, tableCode } from "../../src/protocol/table.js";
import { DEVNET, filled } from "../support/samples.js";

describe("packed forms", () => {
  test("the packed context is network, genesis and limits", () => {
    const context = scanContext(DEVNET);
    expect(context).toHaveLength(CONTEXT_BYTES);
    const view = new DataView(context.buffer);
    expect(context[0]).toBe(3);
    expect(context.slice(1, 33)).toEqual(DEVNET.genesis);
    const limits = Array.from({ length: 9 }, (_, i) => view.getUint32(33 + 4 * i));
    expect(limits).toEqual([4096, 1024, 512, 8192, 256, 4096, 512, 10_240, 49_152]);
    expect([view.getUint32(69), view.getUint32(73)]).toEqual([64, 65_536]);
  });

  test("bundles and items are packed one after the other", () => {
    expect([...packInput([Uint8Array.of(7), new Uint8Array()])]).toEqual([0, 0, 0, 1, 7, 0, 0, 0, 0]);
    const item = { publicKey: filled(1), signature: filled(2, 96), message: Uint8Array.of(3, 4) };
    expect([...packItems([item])]).toEqual([...filled(1), ...filled(2, 96), 0, 0, 0, 2, 3, 4]);
  });

  test("every code maps to a reason and back", () => {
    for (const [code, reason] of Object.entries(TABLE_CODES)) {
      expect(REASONS[reason]).toBeDefined();
      expect(tableCode(reason)).toBe(Number(code));
    }
  });
});
