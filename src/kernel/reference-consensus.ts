import { concatBytes, readU32, u32, u64 } from "../protocol/bytes.js";
import { badParameters, checkInput } from "./limits.js";

const HEAD_BYTES = 12;
/** n and required. */
const LIST_HEAD_BYTES = 8;
/** A score u8 and a weight u64. */
const ENTRY_BYTES = 9;
const SCORE_MAX = 100;

/** `Kernel.consensus` in JavaScript; the layouts are those of consensus-layout.ts. */
export function consensus(input: Uint8Array): Uint8Array {
  checkInput(input);
  if (input.length < HEAD_BYTES) throw badParameters("the packed scores end within their head");
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
  const varianceLimit = BigInt(readU32(input, 0));
  const minValidators = readU32(input, 4);
  const count = readU32(input, 8);
  const results: Uint8Array[] = [];
  let offset = HEAD_BYTES;
  for (let list = 0; list < count; list++) {
    if (input.length - offset < LIST_HEAD_BYTES) throw badParameters("the packed scores end within a list");
    const n = readU32(input, offset);
    const required = readU32(input, offset + 4);
    offset += LIST_HEAD_BYTES;
    if (n * ENTRY_BYTES > input.length - offset) throw badParameters("the packed scores end within a list");
    // Fewer than 2^24 scores of at most 100: these two sums stay below 2^53. Their products and the weights may not.
    let sum = 0;
    let squares = 0;
    let weights = 0n;
    let weighted = 0n;
    for (let i = 0; i < n; i++) {
      const score = input[offset + i] as number;
      const weight = view.getBigUint64(offset + n + 8 * i);
      if (score > SCORE_MAX) throw badParameters("a score is over 100");
      sum += score;
      squares += score * score;
      weights += weight;
      weighted += BigInt(score) * weight;
    }
    offset += n * ENTRY_BYTES;
    const spread = BigInt(n) * BigInt(squares) - BigInt(sum) * BigInt(sum);
    const reached = n >= Math.max(minValidators, required) && spread < varianceLimit * BigInt(n) * BigInt(n);
    results.push(u32(n), u32(reached ? 1 : 0), u64(sum), u64(squares), u128(weights), u128(weighted));
  }
  if (offset !== input.length) throw badParameters("there are bytes after the packed scores");
  return concatBytes(results);
}

/** Big-endian. Below 2^32 weights below 2^64, each times at most 100, sum to below 2^103. */
function u128(value: bigint): Uint8Array {
  return concatBytes([u64(value >> 64n), u64(BigInt.asUintN(64, value))]);
}
