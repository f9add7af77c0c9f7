import fc from "fast-check";
import { expect, test } from "vitest";
import { toHex } from "../../src/protocol/bytes.js";
import { readCertificate } from "../../src/protocol/certificate-reader.js";
import { type Certificate, encodeCertificate } from "../../src/protocol/verdict-messages.js";

const bytes = (minLength: number, maxLength = minLength) => fc.uint8Array({ minLength, maxLength });
const seconds = fc.oneof(fc.nat(300), fc.integer({ min: 0, max: 2 ** 48 - 1 }));
const commits = fc
  .uniqueArray(fc.nat(255), { minLength: 1, maxLength: 20 })
  .map((indices) => indices.sort((a, b) => a - b))
  .chain((indices) =>
    fc.tuple(
      ...indices.map((rosterIndex) =>
        fc.record({ rosterIndex: fc.constant(rosterIndex), timestampSeconds: seconds, signature: bytes(96) }),
      ),
    ),
  );
const certificate: fc.Arbitrary<Certificate> = fc.record({
  kind: fc.constant("certificate" as const),
  task: fc.record({ taskId: bytes(32).map(toHex), taskType: fc.nat(5), t0: seconds }),
  list: bytes(1, 400),
  round: fc.oneof(fc.nat(3), fc.nat(65_535)),
  commits,
});

test("one pass reads each certificate that the library writes", () => {
  fc.assert(
    fc.property(certificate, (made) => {
      expect(readCertificate(encodeCertificate(made))).toEqual(made);
    }),
  );
});

test("what one pass reads is the only encoding of it, whatever byte was changed, lost or added", () => {
  fc.assert(
    fc.property(certificate, fc.nat(), fc.nat(255), fc.nat(2), (made, at, value, change) => {
      const whole = encodeCertificate(made);
      const place = at % whole.length;
      const replaced = change === 0 ? [] : change === 1 ? [value] : [value, whole[place] as number];
      const altered = Uint8Array.from([...whole.subarray(0, place), ...replaced, ...whole.subarray(place + 1)]);
      const read = readCertificate(altered);
      if (read !== undefined) expect(encodeCertificate(read)).toEqual(altered);
    }),
    { numRuns: 2000 },
  );
});
