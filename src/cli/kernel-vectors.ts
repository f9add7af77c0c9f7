import { z } from "zod";
import { MAX_INPUT_BYTES } from "../kernel/index.js";
import { fromHex } from "../protocol/bytes.js";

/** A file of vectors is read whole; one of a hundred thousand cases is below this. */
export const MAX_VECTOR_FILE_BYTES = 128 << 20;

const U64_MAX = 2n ** 64n - 1n;

const hex = z.string().transform((text, context) => {
  const bytes = fromHex(text.toLowerCase());
  if (bytes !== undefined) return bytes;
  context.addIssue({ code: "custom", message: "not hex" });
  return z.NEVER;
});

/** An integer as a number or, where it may pass 2^53, as decimal digits. */
const integer = z
  .union([
    z.number().refine(Number.isSafeInteger, "not a safe integer"),
    z.string().regex(/^-?[0-9]{1,80}$/, "no integer"),
  ])
  .transform((value) => BigInt(value));

const signatureCase = z.object({
  public: hex,
  message: hex,
  R: hex,
  signature: hex,
  verdict: z.boolean(),
  batch: z.boolean(),
});

const scoreCase = z
  .object({
    scores: z.array(z.int().min(0).max(100)),
    weights: z.array(integer.refine((weight) => weight >= 0n && weight <= U64_MAX, "not a u64")),
    n: integer,
    sum: integer,
    sum_sq: integer,
    lhs: integer.optional(),
    rhs: integer.optional(),
    reached: z.boolean(),
    mean_num: integer,
    mean_den: integer,
    mean_floor: integer.nullable(),
  })
  .refine(({ scores, weights }) => scores.length === weights.length, "there is not one weight per score");

/** Bytes that count up from 0 and begin again at some number, or hex. */
const COUNTED = /^byte i = i mod ([1-9][0-9]{0,2})$/;

const hashCase = z
  .object({ input_len: z.int().min(0).max(MAX_INPUT_BYTES), input: z.string(), hash: hex })
  .transform(({ input_len, input, hash }, context) => {
    const modulus = Number(COUNTED.exec(input)?.[1] ?? 0);
    const bytes =
      modulus > 0 ? Uint8Array.from({ length: input_len }, (_, at) => at % modulus) : fromHex(input.toLowerCase());
    if (bytes?.length === input_len && modulus <= 256) return { input: bytes, hash };
    context.addIssue({ code: "custom", message: "neither a pattern of bytes nor hex of input_len bytes" });
    return z.NEVER;
  });

const vectorFile = z
  .object({
    cases: z.array(signatureCase),
    /** `cases` are indexes into the file's cases. */
    batches: z.array(z.object({ cases: z.array(z.int().min(0)), verdict: z.boolean() })),
    consensus: z.array(scoreCase),
    blake3: z.array(hashCase),
  })
  .superRefine(({ cases, batches }, context) => {
    for (const [index, batch] of batches.entries()) {
      if (batch.cases.every((at) => at < cases.length)) continue;
      context.addIssue({
        code: "custom",
        message: "names a case that is not in the file",
        path: ["batches", index, "cases"],
      });
    }
  });

/** A file of vectors for the kernel, in the shape of test/vectors/kernel.json; what more it says is not looked at. */
export type KernelVectors = z.output<typeof vectorFile>;
export type SignatureVector = KernelVectors["cases"][number];
export type ScoreVector = KernelVectors["consensus"][number];

/** How many faults of a file are told: one mistake in a generator is in every case. */
const TOLD_FAULTS = 5;

/** What is wrong with a file of vectors, for people. */
export class VectorFileError extends Error {
  override readonly name = "VectorFileError";
}

/** Throws {@link VectorFileError} with the places of the first faults. */
export function parseKernelVectors(text: string): KernelVectors {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new VectorFileError(`it is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const parsed = vectorFile.safeParse(json);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(
    ({ path, message }) => `${path.map(String).join(".") || "the file"}: ${message}`,
  );
  const more = faults.length > TOLD_FAULTS ? `; and ${faults.length - TOLD_FAULTS} more` : "";
  throw new VectorFileError(faults.slice(0, TOLD_FAULTS).join("; ") + more);
}
