import { describe, expect, it } from "vitest";
import { encodeBundle } from "../../src/protocol/bundle.js";
import { packInput, packItems, type SignedItem, tableCode } from "../../src/protocol/table.js";
import { backends } from "../support/backends.js";
import { author, packedContext, signedEnvelope } from "../support/envelopes.js";

const BAD_SIGNATURE = tableCode("bad_signature");
const BAD_CHALLENGE = tableCode("bad_challenge");

/** `s` with one changed bit: e still matches R by the hash, so only the equation fails. */
function forged(item: SignedItem): SignedItem {
  const signature = item.signature.slice();
  signature[0] = (signature[0] as number) ^ 1;
  return { ...item, signature };
}

/** The reference kernel needs a millisecond for each signature. */
const sizesFor = (backend: string) => (backend === "reference" ? [1, 3, 66] : [1, 2, 63, 64, 65, 191, 192, 257, 1024]);

describe.each(backends.map((kernel) => ({ kernel })))("batches on the $kernel.backend kernel", ({ kernel }) => {
  const item = (number: number, signers: number): SignedItem => {
    const { privateKey, publicKey } = author((number % signers) + 1);
    const message = Uint8Array.of(number >> 8, number);
    return { publicKey, message, signature: kernel.sign(privateKey, message) };
  };

  it.each(sizesFor(kernel.backend))(
    "a batch of %i names exactly its bad members, also in the next batch",
    async (count) => {
      for (const signers of [1, 8, 255]) {
        const good = Array.from({ length: count }, (_, number) => item(number, signers));
        const badSets = [[0], [count - 1], [count >> 1, (count >> 1) + 1], good.keys()];
        for (const bad of kernel.backend === "reference" ? badSets.slice(1, 3) : badSets) {
          const items = [...good];
          const expected = new Uint8Array(count);
          for (const at of bad) {
            const honest = good[at];
            if (honest === undefined) continue;
            items[at] = at % 7 === 3 ? { ...honest, message: Uint8Array.of(9, 9, 9) } : forged(honest);
            expected[at] = at % 7 === 3 ? BAD_CHALLENGE : BAD_SIGNATURE;
          }
          expect(await kernel.verifyMessages(packItems(items))).toEqual(expected);
          expect(await kernel.verifyMessages(packItems(good))).toEqual(new Uint8Array(count));
        }
      }
    },
  );

  it("errors that cancel each other are both found", async () => {
    const [a, b] = [item(1, 1), item(2, 1)];
    // s + 1 and s - 1 under one key: the plain sum of both equations still holds.
    a.signature[0] = (a.signature[0] as number) + 1;
    b.signature[0] = (b.signature[0] as number) - 1;
    const verdicts = await kernel.verifyMessages(packItems([a, item(3, 2), b]));
    expect(verdicts).toEqual(Uint8Array.of(BAD_SIGNATURE, 0, BAD_SIGNATURE));
  });

  it("concurrent calls get their own verdicts", async () => {
    const envelopes = Array.from({ length: 8 }, (_, at) =>
      signedEnvelope(author(at + 1), { payload: Uint8Array.of(at) }),
    );
    const calls = envelopes.map(async (_, bad) => {
      const bundle = envelopes.map((envelope, at) => {
        const copy = envelope.slice();
        if (at === bad) copy[copy.length - 96] = (copy[copy.length - 96] as number) ^ 1;
        return copy;
      });
      const input = packInput([encodeBundle(bundle)]);
      const table = kernel.scan(input, packedContext);
      return kernel.verify(input, table, new Uint8Array(8).fill(1), packedContext);
    });
    for (const [bad, verdicts] of (await Promise.all(calls)).entries()) {
      expect(verdicts).toEqual(Uint8Array.from({ length: 8 }, (_, at) => (at === bad ? BAD_SIGNATURE : 0)));
    }
  });
});
