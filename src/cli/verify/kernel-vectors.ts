import { z } from "zod";
import { concatBytes, fromHex } from "../../protocol/bytes.js";

/** The file is read whole. A file with a hundred thousand cases is smaller than this. */
export const MAX_VECTOR_FILE_BYTES = 128 << 20;

/** The largest input of a hash; the reference needs ten seconds for it. */
const MAX_HASHED_BYTES = 256 << 20;

const hex = z.string().transform((text, context) => {
  const bytes = fromHex(text.toLowerCase());
  if (bytes !== undefined) return bytes;
  context.addIssue({ code: "custom", message: "not hex" });
  return z.NEVER;
});

/** An integer as a number or, beyond 2^53, as decimal digits. */
const integer = z
  .union([
    z.number().refine(Number.isSafeInteger, "not a safe integer"),
    z.string().regex(/^-?[0-9]{1,80}$/, "not an integer"),
  ])
  .transform((value) => BigInt(value));

const count = integer
  .refine((value) => value >= 0n && value <= Number.MAX_SAFE_INTEGER, "not a count")
  .transform((value) => Number(value));

/** Only stated results are compared. A case that states no result is an error. */
const NOTHING = "it states nothing";

const signatureCase = z
  .object({
    public: hex,
    message: hex,
    /** Absent: no batch accepts the signature. */
    R: hex.nullish().transform((bytes) => bytes ?? new Uint8Array()),
    signature: hex.optional(),
    s: hex.optional(),
    e: hex.optional(),
    /** The plain signature is valid. */
    verdict: z.boolean().optional(),
    /** The signature is also valid with the carried R. */
    batch: z.boolean().optional(),
    why: z.string().optional(),
  })
  .refine(({ verdict, batch }) => verdict !== undefined || batch !== undefined, NOTHING)
  .transform(({ signature, s, e, ...rest }, context) => {
    const joined = signature ?? (s !== undefined && e !== undefined ? concatBytes([s, e]) : undefined);
    if (joined !== undefined) return { ...rest, signature: joined };
    context.addIssue({ code: "custom", message: "it has no signature" });
    return z.NEVER;
  });

const batchCase = z.object({
  /** Indexes into the file's cases. */
  cases: z.array(count),
  verdict: z.boolean(),
  why: z.string().optional(),
});

/** Scores and weights are not limited to the kernel's ranges: the kernel itself must refuse values outside of them. */
const scoreCase = z
  .object({
    scores: z.array(integer),
    weights: z.array(integer).optional(),
    /** The kernel must refuse this: true, or the expected message. */
    error: z.union([z.boolean(), z.string()]).nullish(),
    n: integer.optional(),
    sum: integer.optional(),
    sum_sq: integer.optional(),
    lhs: integer.optional(),
    rhs: integer.optional(),
    reached: z.boolean().optional(),
    mean_num: integer.optional(),
    mean_den: integer.optional(),
    mean_floor: integer.nullish(),
    why: z.string().optional(),
  })
  .refine(
    ({ error, n, sum, sum_sq, reached, mean_num }) =>
      refuses(error) || [n, sum, sum_sq, reached, mean_num].some((stated) => stated !== undefined),
    NOTHING,
  )
  .transform(({ error, ...rest }) => ({ ...rest, refused: refuses(error) }));

function refuses(error: boolean | string | null | undefined): boolean {
  return typeof error === "string" ? error !== "" : error === true;
}

/** Input of a hash case: bytes that count up from 0 modulo a number. Other inputs are hex. */
const COUNTED = /^byte i = i mod ([1-9][0-9]{0,2})$/;

const hashCase = z
  .object({ input_len: count.optional(), input: z.string(), hash: hex, why: z.string().optional() })
  .transform(({ input_len, input, ...rest }, context) => {
    const modulus = Number(COUNTED.exec(input)?.[1] ?? 0);
    if (modulus > 0 && modulus <= 256 && input_len !== undefined && input_len <= MAX_HASHED_BYTES) {
      return { ...rest, length: input_len, bytes: () => counted(input_len, modulus) };
    }
    const bytes = fromHex(input.toLowerCase());
    if (bytes !== undefined && bytes.length === (input_len ?? bytes.length)) {
      return { ...rest, length: bytes.length, bytes: () => bytes };
    }
    context.addIssue({ code: "custom", message: "neither a pattern of bytes nor hex of input_len bytes" });
    return z.NEVER;
  });

function counted(length: number, modulus: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at++) bytes[at] = at % modulus;
  return bytes;
}

/** A case, or why it can't be read. */
export type Entry<T> = { readonly vector: T } | { readonly fault: string };

export type SignatureVector = z.output<typeof signatureCase>;
export type BatchVector = z.output<typeof batchCase>;
export type ScoreVector = z.output<typeof scoreCase>;
export type HashVector = z.output<typeof hashCase>;

/**
 * A file of vectors for the kernel, in the shape of test/vectors/kernel.json. A missing section is empty; additional
 * fields are ignored.
 */
export interface KernelVectors {
  readonly cases: readonly Entry<SignatureVector>[];
  readonly batches: readonly Entry<BatchVector>[];
  readonly consensus: readonly Entry<ScoreVector>[];
  readonly blake3: readonly Entry<HashVector>[];
  /** Names of lists that are not sections; they are ignored. */
  readonly ignored: readonly string[];
}

/** The fault of a file of vectors, for people. */
export class VectorFileError extends Error {
  override readonly name = "VectorFileError";
}

/** Throws {@link VectorFileError} if the text is not a file of vectors, or has no case. */
export function parseKernelVectors(text: string): KernelVectors {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new VectorFileError(`it is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (typeof json !== "object" || json === null || Array.isArray(json))
    throw new VectorFileError("it is not an object");
  const sections = new Map<string, unknown>(Object.entries(json));
  const vectors = {
    cases: readSection(sections, "cases", signatureCase),
    batches: readSection(sections, "batches", batchCase),
    consensus: readSection(sections, "consensus", scoreCase),
    blake3: readSection(sections, "blake3", hashCase),
  };
  if (Object.values(vectors).every(({ length }) => length === 0)) throw new VectorFileError("it has no case");
  const ignored = [...sections].filter(([name, value]) => Array.isArray(value) && !Object.hasOwn(vectors, name));
  return { ...vectors, ignored: ignored.map(([name]) => name) };
}

function readSection<T>(sections: ReadonlyMap<string, unknown>, name: string, shape: z.ZodType<T>): Entry<T>[] {
  const found = sections.get(name) ?? [];
  if (!Array.isArray(found)) throw new VectorFileError(`${name}: it is not a list`);
  return found.map((entry: unknown) => {
    const parsed = shape.safeParse(entry);
    if (parsed.success) return { vector: parsed.data };
    const [issue] = parsed.error.issues;
    const place = (issue?.path ?? []).map(String).join(".");
    return { fault: `can't be read: ${place === "" ? "" : `${place}: `}${issue?.message ?? "no reason"}` };
  });
}
