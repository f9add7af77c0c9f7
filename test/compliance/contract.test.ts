import { ristretto255 } from "@noble/curves/ed25519.js";
import { bytesToNumberLE } from "@noble/curves/utils.js";
import { sha3_512 } from "@noble/hashes/sha3.js";
import { describe, expect, it } from "vitest";
import { SUMS_BYTES } from "../../src/kernel/consensus-layout.js";
import { MAX_ROWS } from "../../src/kernel/index.js";
import { encodeBundle } from "../../src/protocol/bundle.js";
import { NetworkError } from "../../src/protocol/errors.js";
import {
  CONTEXT_BYTES,
  NOT_ASKED,
  packInput,
  packItems,
  ROW_BYTES,
  type SignedItem,
  tableCode,
} from "../../src/protocol/table.js";
import { backends, TOO_LARGE } from "../support/backends.js";
import { author, identity, packedContext, signedEnvelope } from "../support/envelopes.js";

/** The reason code with which `run` throws or rejects. */
async function reasonOf(run: () => unknown): Promise<string> {
  try {
    await run();
  } catch (error) {
    if (error instanceof NetworkError) return error.code;
    throw error;
  }
  return "nothing";
}

/** Sets the challenge that matches the item's bytes, so that only the points can be wrong. */
function sealChallenge({ publicKey, signature, message }: SignedItem): void {
  const hash = sha3_512(Uint8Array.of(...publicKey, ...message, ...signature.subarray(64)));
  signature.set(ristretto255.Point.Fn.toBytes(ristretto255.Point.Fn.create(bytesToNumberLE(hash))), 32);
}

const none = new Uint8Array();
const key = new Uint8Array(32).fill(7);
/** One list of one score of weight 1, packed. */
const oneScore = (score: number) => {
  return Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, score, 0, 0, 0, 0, 0, 0, 0, 1);
};

describe.each(backends.map((kernel) => ({ kernel })))("contract of the $kernel.backend kernel", ({ kernel }) => {
  it("wrong lengths are refused as bad_parameters", async () => {
    const context = packedContext;
    const wrong: (() => unknown)[] = [
      () => kernel.hash(none, new Uint8Array(31)),
      () => kernel.hash(none, new Uint8Array(33)),
      () => kernel.hash(TOO_LARGE, new Uint8Array(32)),
      () => kernel.scan(none, context.subarray(1)),
      () => kernel.scan(none, new Uint8Array(CONTEXT_BYTES + 1)),
      () => kernel.scan(Uint8Array.of(0, 0, 0), context),
      () => kernel.scan(Uint8Array.of(0, 0, 0, 1), context),
      () => kernel.scan(new Uint8Array(4 * (MAX_ROWS + 1)), context),
      () => kernel.scan(TOO_LARGE, context),
      () => kernel.verify(none, new Uint8Array(ROW_BYTES - 1), none, context),
      () => kernel.verify(none, new Uint8Array(ROW_BYTES), none, context),
      () => kernel.verify(none, new Uint8Array(ROW_BYTES), Uint8Array.of(1), context),
      () => kernel.verify(none, none, none, none),
      () => kernel.verify(TOO_LARGE, none, none, context),
      () => kernel.verifyMessages(new Uint8Array(131)),
      () => kernel.verifyMessages(new Uint8Array(133)),
      () => kernel.verifyMessages(TOO_LARGE),
      () => kernel.verifyPlain(none, none, new Uint8Array(64)),
      () => kernel.verifyPlain(key, none, new Uint8Array(96)),
      () => kernel.sign(new Uint8Array(31), none),
      () => kernel.publicKey(new Uint8Array(33)),
      () => kernel.consensus(new Uint8Array(11)),
      () => kernel.consensus(new Uint8Array(13)),
      () => kernel.consensus(Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255)),
      () => kernel.consensus(oneScore(101)),
      () => kernel.consensus(oneScore(100).subarray(0, -1)),
      () => kernel.consensus(Uint8Array.of(...oneScore(100), 0)),
    ];
    for (const run of wrong) expect(await reasonOf(run), run.toString()).toBe("bad_parameters");
  });

  it("transferred, shrunk and shared buffers are refused, grown ones are accepted", async () => {
    const transferred = new Uint8Array(200);
    structuredClone(transferred.buffer, { transfer: [transferred.buffer] });
    const memory = new ArrayBuffer(200, { maxByteLength: 400 });
    const [shrunk, tracking] = [new Uint8Array(memory, 100), new Uint8Array(memory)];
    memory.resize(80);
    const shared = new Uint8Array(new SharedArrayBuffer(200));
    const out = new Uint8Array(32);
    for (const gone of [transferred, shrunk, shared]) {
      const calls = [
        () => kernel.hash(gone, out),
        () => kernel.hash(none, gone),
        () => kernel.scan(gone, packedContext),
        () => kernel.verifyMessages(gone),
        () => kernel.verify(none, none, gone, packedContext),
        () => kernel.verifyPlain(key, gone, new Uint8Array(64)),
        () => kernel.sign(author(1).privateKey, gone),
        () => kernel.consensus(gone),
      ];
      for (const run of calls) expect(await reasonOf(run), run.toString()).toBe("bad_parameters");
    }
    memory.resize(400);
    kernel.hash(tracking, out);
    const expected = new Uint8Array(32);
    kernel.hash(new Uint8Array(400), expected);
    expect(out).toEqual(expected);
  });

  it("private scalars that are zero or not canonical are refused as bad_scalar", async () => {
    const order = Uint8Array.from(
      Buffer.from("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010", "hex"),
    );
    for (const scalar of [new Uint8Array(32), order, new Uint8Array(32).fill(255)]) {
      expect(await reasonOf(() => kernel.sign(scalar, none))).toBe("bad_scalar");
      expect(await reasonOf(() => kernel.publicKey(scalar))).toBe("bad_scalar");
    }
  });

  it("empty inputs and the shortest list of scores are accepted", async () => {
    expect(kernel.scan(none, packedContext)).toEqual(none);
    expect(await kernel.verify(none, none, none, packedContext)).toEqual(none);
    expect(await kernel.verifyMessages(none)).toEqual(none);
    expect(kernel.consensus(new Uint8Array(12))).toEqual(none);
    expect(kernel.consensus(oneScore(100))).toHaveLength(SUMS_BYTES);
  });

  it("the rows of the mask are verified over the bytes at the time of the call", async () => {
    const good = signedEnvelope(author(1), { payload: Uint8Array.of(1) });
    const flagged = good.slice();
    flagged[3] = 1;
    const input = packInput([encodeBundle([good, good, flagged]), none]);
    const table = kernel.scan(input, packedContext);
    const pending = kernel.verify(input, table, Uint8Array.of(1, 0, 1, 1), packedContext);
    input.fill(0);
    expect(await pending).toEqual(Uint8Array.of(0, NOT_ASKED, tableCode("bad_flags"), tableCode("bundle_layout")));
  });

  it("scalars, challenge, key, commitment and equation are checked in this order", async () => {
    const { privateKey, publicKey } = author(1);
    const message = Uint8Array.of(1);
    const item = { publicKey: publicKey.slice(), signature: kernel.sign(privateKey, message), message };
    const verdict = async () => (await kernel.verifyMessages(packItems([item])))[0];
    const seal = () => sealChallenge(item);
    expect(await verdict()).toBe(0);
    item.signature[0] = (item.signature[0] as number) ^ 1;
    expect(await verdict()).toBe(tableCode("bad_signature"));
    item.signature[95] = 255;
    seal();
    expect(await verdict()).toBe(tableCode("bad_commitment"));
    item.publicKey.fill(0);
    seal();
    expect(await verdict()).toBe(tableCode("bad_public_key"));
    message[0] = 2;
    expect(await verdict()).toBe(tableCode("bad_challenge"));
    item.signature[63] = 255;
    expect(await verdict()).toBe(tableCode("bad_scalar"));
  });

  it("a signature is bound to the genesis of its network", async () => {
    const input = packInput([encodeBundle([signedEnvelope(author(1), { payload: none })])]);
    const elsewhere = packedContext.slice();
    elsewhere.set(new Uint8Array(32).fill(1), 1);
    expect(identity.genesis).not.toEqual(elsewhere.subarray(1, 33));
    const verdicts = await kernel.verify(input, kernel.scan(input, elsewhere), Uint8Array.of(1), elsewhere);
    expect(verdicts).toEqual(Uint8Array.of(tableCode("bad_challenge")));
  });
});
