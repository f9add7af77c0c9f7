import { describe, expect, it } from "vitest";
import { packScores, readSums } from "../../src/kernel/index.js";
import { toHex } from "../../src/protocol/bytes.js";
import { packItems } from "../../src/protocol/table.js";
import { backends, missing } from "../support/backends.js";
import { bytesOf, hashedBy, itemOf, type SignatureCase, vectors } from "./vectors.js";

function caseAt(index: number): SignatureCase {
  const found = vectors.cases[index];
  if (found === undefined) throw new Error(`no case ${index}`);
  return found;
}

// Skipped because the backend can't be loaded, for the cause in the title.
for (const cause of missing) it.skip(`a backend is missing: ${cause}`);

describe.each(backends.map((kernel) => ({ kernel })))("vectors on the $kernel.backend kernel", ({ kernel }) => {
  it("the kernel gives each signature case its plain verdict", () => {
    for (const vector of vectors.cases) {
      const { publicKey, message, signature } = itemOf(vector);
      expect(kernel.verifyPlain(publicKey, message, signature.subarray(0, 64)), vector.why).toBe(vector.verdict);
    }
  });

  it("the kernel gives each signature case its verdict with its commitment, alone and among all", async () => {
    const together = await kernel.verifyMessages(packItems(vectors.cases.map(itemOf)));
    for (const vector of vectors.cases) {
      const [alone] = await kernel.verifyMessages(packItems([itemOf(vector)]));
      expect(alone === 0, vector.why).toBe(vector.batch);
      expect(together[vector.id], vector.why).toBe(alone);
    }
  });

  it("derives the public key of each private scalar", () => {
    for (const vector of vectors.cases.slice(0, 21)) {
      if (vector.private === null) throw new Error("a valid case has no private scalar");
      expect(toHex(kernel.publicKey(bytesOf(vector.private)))).toBe(vector.public);
    }
  });

  it("the kernel sums scores exactly, at the limit and next to it", () => {
    const lists = vectors.consensus.map(({ scores, weights }) => ({
      required: 0,
      scores,
      weights: weights.map(BigInt),
    }));
    const sums = readSums(kernel.consensus(packScores(lists, { varianceLimit: 225, minValidators: 2 })));
    expect(sums).toEqual(
      vectors.consensus.map((vector) => ({
        n: vector.n,
        reached: vector.reached,
        sum: BigInt(vector.sum),
        sumOfSquares: BigInt(vector.sum_sq),
        weightSum: BigInt(vector.mean_den),
        weightedSum: BigInt(vector.mean_num),
      })),
    );
    const means = sums.map(({ weightSum, weightedSum }) => (weightSum === 0n ? null : Number(weightedSum / weightSum)));
    expect(means).toEqual(vectors.consensus.map((vector) => vector.mean_floor));
  });

  it("hashes as BLAKE3", () => {
    const out = new Uint8Array(32);
    for (const vector of vectors.blake3) {
      kernel.hash(hashedBy(vector), out);
      expect(toHex(out)).toBe(vector.hash);
    }
  });
});

describe.each(backends.map((kernel) => ({ kernel })))("batches on the $kernel.backend kernel", ({ kernel }) => {
  it("batches name exactly their bad members", async () => {
    for (const batch of vectors.batches) {
      const members = batch.cases.map(caseAt);
      const verdicts = await kernel.verifyMessages(packItems(members.map(itemOf)));
      expect(
        [...verdicts].map((verdict) => verdict === 0),
        batch.why,
      ).toEqual(members.map((member) => member.batch));
      expect(
        verdicts.every((verdict) => verdict === 0),
        batch.why,
      ).toBe(batch.verdict);
    }
  });
});
