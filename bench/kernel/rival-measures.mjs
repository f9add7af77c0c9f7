// Rivals in JavaScript and in Node itself. Times are nanoseconds per signature or per call.
import { generateKeyPairSync, hash, sign, verify } from "node:crypto";
import { blake3 } from "@noble/hashes/blake3.js";
import { addScore, NO_SUMS, verdictOf } from "../../dist/engine/fold/verdict.js";
import { checkPoints, equationHolds } from "../../dist/kernel/reference-signatures.js";
import { DEFAULT_RULES } from "../../dist/protocol/rules.js";
import { repeated, scoreLists } from "./kernel-measures.mjs";

const ITEM_BYTES = 32 + 96 + 4 + 300;

export function rivalMeasures(items) {
  const message = new Uint8Array(300).fill(1);
  const large = new Uint8Array(65_536).fill(1);
  const ed25519 = Array.from({ length: 64 }, () => {
    const { publicKey, privateKey } = generateKeyPairSync("ed25519");
    return { publicKey, signature: sign(null, message, privateKey) };
  });
  const validations = scoreLists(64).map(({ scores, weights }) =>
    scores.map((score, at) => ({ score, weight: weights[at] })),
  );
  return {
    "noble single": (count) =>
      repeated(count, (i) => {
        const at = (i % 64) * ITEM_BYTES;
        const item = items.new.subarray(at, at + ITEM_BYTES);
        const checked = checkPoints({
          publicKey: item.subarray(0, 32),
          signature: item.subarray(32, 128),
          message: item.subarray(132),
        });
        if (typeof checked === "string" || !equationHolds(checked)) throw new Error("a good signature was refused");
      }),
    openssl: (count) =>
      repeated(count, (i) => {
        const { publicKey, signature } = ed25519[i % 64];
        if (!verify(null, message, publicKey, signature)) throw new Error("a good signature was refused");
      }),
    "engine sums": (count) =>
      repeated(count * 1000, (i) => {
        const sums = validations[i % 64].reduce((total, { score, weight }) => addScore(total, score, weight), NO_SUMS);
        if (!verdictOf(sums, 2, DEFAULT_RULES).reached) throw new Error("agreement was not reached");
      }),
    sha256: (count) => repeated(count, () => hash("sha256", message, "buffer")),
    "noble hash": (count) => repeated(count, () => blake3(message)),
    "noble hash 64 KiB": (count) => repeated(count, () => blake3(large)),
  };
}
