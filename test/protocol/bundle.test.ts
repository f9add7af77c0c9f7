import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeBundle, encodeBundle, packBundles } from "../../src/protocol/bundle.js";
import { DEFAULT_RULES } from "../../src/protocol/rules.js";
import { SUBMISSION, TASK } from "../support/samples.js";

const limits = DEFAULT_RULES;

describe("bundle", () => {
  test("a bundle is each envelope after its u32 length", () => {
    const bundle = encodeBundle([Uint8Array.of(1, 2, 3), Uint8Array.of(4)]);
    expect([...bundle]).toEqual([0, 0, 0, 3, 1, 2, 3, 0, 0, 0, 1, 4]);
  });

  const two = encodeBundle([TASK.envelope, SUBMISSION.envelope]);
  test.each([
    ["empty", new Uint8Array(0), "bundle_layout"],
    ["cut inside an envelope", two.subarray(0, -1), "bundle_layout"],
    ["cut inside a length", two.subarray(0, TASK.envelope.length + 6), "bundle_layout"],
    ["one byte after", Uint8Array.of(...two, 0), "bundle_layout"],
    ["a length past the end", Uint8Array.of(255, 255, 255, 255), "bundle_layout"],
    ["65 envelopes", encodeBundle(Array.from({ length: 65 }, () => new Uint8Array(1))), "bundle_layout"],
    ["over 64 KiB", encodeBundle([new Uint8Array(65_533)]), "bundle_too_large"],
  ] as const)("%s is refused", (_, bytes, code) => {
    expect(decodeBundle(bytes, limits)).toEqual({ ok: false, code });
  });

  test("a bundle of exactly 64 envelopes or exactly 64 KiB is accepted", () => {
    expect(decodeBundle(encodeBundle(Array.from({ length: 64 }, () => new Uint8Array(1020))), limits).ok).toBe(true);
    expect(decodeBundle(encodeBundle([new Uint8Array(65_532)]), limits).ok).toBe(true);
  });

  const envelopes = fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 200 });

  test("packing keeps order and limits and loses nothing", () => {
    fc.assert(
      fc.property(envelopes, fc.integer({ min: 304, max: 2000 }), (list, bundleMaxBytes) => {
        const small = { bundleMaxCount: 64, bundleMaxBytes };
        const unpacked = packBundles(list, small).flatMap((bundle) => {
          const decoded = decodeBundle(bundle, small);
          return decoded.ok ? decoded.value : [];
        });
        expect(unpacked.map((bytes) => [...bytes])).toEqual(list.map((bytes) => [...bytes]));
      }),
    );
  });

  test("every bundle that decodes encodes to the same bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        const decoded = decodeBundle(bytes, limits);
        if (decoded.ok) expect(encodeBundle(decoded.value)).toEqual(bytes);
      }),
    );
  });
});
