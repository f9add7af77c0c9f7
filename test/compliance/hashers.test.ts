import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MAX_HASHERS } from "../../src/kernel/limits.js";
import type { Kernel, KernelHasher } from "../../src/kernel/types.js";
import { toHex } from "../../src/protocol/bytes.js";
import { backends, reference, TOO_LARGE } from "../support/backends.js";
import { hashedBy, vectors } from "./vectors.js";

/** Hashes `input` in parts that end at these places. */
function inParts(kernel: Kernel, input: Uint8Array, places: readonly number[]): Uint8Array {
  const hasher = kernel.hasher();
  const ends = [...places, input.length].sort((a, b) => a - b);
  let from = 0;
  for (const end of ends) {
    hasher.update(input.subarray(from, end));
    from = end;
  }
  const out = new Uint8Array(32);
  hasher.digest(out);
  return out;
}

/** Places within `length` bytes: around the blocks and chunks of BLAKE3, and random ones. */
const placesIn = (length: number) =>
  fc.array(
    fc.oneof(
      fc.nat(length),
      fc.nat(length).map((at) => at - (at % 64)),
      fc.nat(length).map((at) => at - (at % 1024)),
    ),
    { maxLength: 6 },
  );

describe.each(backends.map((kernel) => ({ kernel })))("hashers of the $kernel.backend kernel", ({ kernel }) => {
  it("hashers hash each vector in any split", () => {
    for (const vector of vectors.blake3) {
      const input = hashedBy(vector);
      const whole = inParts(kernel, input, []);
      expect(toHex(whole)).toBe(vector.hash);
      fc.assert(
        fc.property(placesIn(input.length), (places) => {
          expect(inParts(kernel, input, places)).toEqual(whole);
        }),
        { numRuns: 20 },
      );
    }
  });

  it("several hashers hash several MiB at once", () => {
    const input = Uint8Array.from({ length: (3 << 20) + 1 }, (_, at) => (at * 7 + (at >> 11)) & 255);
    const expected = [new Uint8Array(32), new Uint8Array(32)];
    const halves = [input, input.subarray(1)];
    for (const [at, half] of halves.entries()) reference.hash(half, expected[at] as Uint8Array);
    const hashers = halves.map(() => kernel.hasher());
    for (let from = 0; from < input.length; from += 100_000) {
      for (const [at, half] of halves.entries()) hashers[at]?.update(half.subarray(from, from + 100_000));
    }
    for (const [at, hasher] of hashers.entries()) {
      const out = new Uint8Array(32);
      hasher.digest(out);
      expect(out).toEqual(expected[at]);
    }
  });

  it("hashers refuse invalid arguments as bad_parameters and continue", () => {
    const hasher = kernel.hasher();
    const gone = new Uint8Array(8);
    structuredClone(gone.buffer, { transfer: [gone.buffer] });
    const bad = expect.objectContaining({ code: "bad_parameters" });
    expect(() => hasher.update(gone)).toThrowError(bad);
    expect(() => hasher.update(TOO_LARGE)).toThrowError(bad);
    expect(() => hasher.digest(new Uint8Array(31))).toThrowError(bad);
    hasher.update(Uint8Array.of(1, 2, 3));
    const [out, expected] = [new Uint8Array(32), new Uint8Array(32)];
    hasher.digest(out);
    reference.hash(Uint8Array.of(1, 2, 3), expected);
    expect(out).toEqual(expected);
  });

  it("hashers end with their digest and when they are freed", () => {
    const digested = kernel.hasher();
    digested.digest(new Uint8Array(32));
    const freed = kernel.hasher();
    freed.free();
    for (const hasher of [digested, freed]) {
      const bad = expect.objectContaining({ code: "bad_parameters" });
      expect(() => hasher.update(new Uint8Array(1))).toThrowError(bad);
      expect(() => hasher.digest(new Uint8Array(32))).toThrowError(bad);
      hasher.free();
    }
  });

  it("hashers are bounded in number, and an ended one makes room for another", () => {
    const open: KernelHasher[] = [];
    const more = () => open.push(kernel.hasher());
    try {
      for (let i = 0; i < MAX_HASHERS; i++) more();
      expect(more).toThrowError(expect.objectContaining({ code: "kernel_failed" }));
      open[0]?.digest(new Uint8Array(32));
      open[0]?.free();
      more();
      expect(more).toThrowError(expect.objectContaining({ code: "kernel_failed" }));
    } finally {
      for (const hasher of open) hasher.free();
    }
  });
});
