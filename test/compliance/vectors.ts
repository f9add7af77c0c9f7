import { readFileSync } from "node:fs";
import { fromHex } from "../../src/protocol/bytes.js";
import type { SignedItem } from "../../src/protocol/table.js";

/** test/vectors/kernel.json, made by an independent program. Byte strings are hex. */
interface Vectors {
  readonly cases: readonly SignatureCase[];
  readonly batches: readonly { readonly cases: readonly number[]; readonly verdict: boolean; readonly why: string }[];
  readonly consensus: readonly ScoreCase[];
  readonly blake3: readonly { readonly input_len: number; readonly input: string; readonly hash: string }[];
}

export interface SignatureCase {
  readonly id: number;
  readonly private: string | null;
  readonly public: string;
  readonly message: string;
  readonly R: string;
  readonly signature: string;
  /** The plain signature holds. */
  readonly verdict: boolean;
  /** It also holds with the carried R. */
  readonly batch: boolean;
  readonly why: string;
}

export interface ScoreCase {
  readonly scores: readonly number[];
  readonly n: number;
  readonly sum: number;
  readonly sum_sq: number;
  readonly reached: boolean;
  readonly weights: readonly string[];
  readonly mean_num: string;
  readonly mean_den: string;
  /** Null where mean_den is 0. */
  readonly mean_floor: number | null;
  readonly why: string;
}

export const vectors: Vectors = JSON.parse(readFileSync(new URL("../vectors/kernel.json", import.meta.url), "utf8"));

export function bytesOf(hex: string): Uint8Array {
  const bytes = fromHex(hex);
  if (bytes === undefined) throw new Error("a vector is not hex");
  return bytes;
}

/** The input bytes of a BLAKE3 vector. */
export function hashedBy({ input, input_len }: Vectors["blake3"][number]): Uint8Array {
  const bytes = input.startsWith("byte i") ? Uint8Array.from({ length: input_len }, (_, i) => i % 251) : bytesOf(input);
  if (bytes.length !== input_len) throw new Error("a vector has not the length that it says");
  return bytes;
}

export function itemOf(vector: SignatureCase): SignedItem {
  return {
    publicKey: bytesOf(vector.public),
    signature: bytesOf(vector.signature + vector.R),
    message: bytesOf(vector.message),
  };
}
