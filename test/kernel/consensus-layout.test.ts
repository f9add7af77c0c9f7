import { describe, expect, it } from "vitest";
import { packScores } from "../../src/kernel/index.js";
import { toHex } from "../../src/protocol/bytes.js";

const LIMITS = { varianceLimit: 225, minValidators: 2 };

function packWeight(weight: bigint | number): Uint8Array {
  return packScores([{ required: 3, scores: [9], weights: [weight] }], LIMITS);
}

describe("packScores", () => {
  it("packScores writes numbers and bigints as u64", () => {
    const head = "000000e10000000200000001" + "0000000100000003" + "09";
    expect(toHex(packWeight(2 ** 53 - 1))).toBe(`${head}001fffffffffffff`);
    expect(packWeight(2n ** 53n - 1n)).toEqual(packWeight(2 ** 53 - 1));
    expect(toHex(packWeight(2n ** 64n - 1n))).toBe(`${head}ffffffffffffffff`);
  });

  it("packScores refuses weights that it would round or wrap", () => {
    for (const weight of [2n ** 64n, -1n, -1, 0.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => packWeight(weight), String(weight)).toThrow(expect.objectContaining({ code: "bad_parameters" }));
    }
  });
});
