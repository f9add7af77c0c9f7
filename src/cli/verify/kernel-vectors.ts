import { z } from "zod";
import { concatBytes, fromHex } from "../../protocol/bytes.js";

/** A file of vectors is read whole; one of a hundred thousand cases is below this. */
export const MAX_VECTOR_FILE_BYTES = 128 << 20;

/** The largest input that a hash is made of; the reference needs ten seconds for it. */
const MAX_HASHED_BYTES = 256 << 20;

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

const count = integer
  .refine((value) => value >= 0n && value <= Number.MAX_SAFE_INTEGER, "no count")
  .transform((value) => Number(value));

/** What is stated nowhere is not held against a backend; a case that states nothing is none. */
const NOTHING = "it states nothing";

const signatureCase = z
  .object({
    public: hex,
    message: hex,
    /** Not carried: then no batch takes it. */
    R: hex.nullish().transform((bytes) => bytes ?? new Uint8Array()),
    signature: hex.optional(),
    s: hex.optional(),
    e: hex.optional(),
    /** The plain signature holds. */
    verdict: z.boolean().optional(),
    /** It also holds with the carried R. */
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

/** Scores and weights are not held to the kernel's ranges: outside of them it is the kernel that must refuse. */
const scoreCase = z
  .object({
    scores: z.array(integer),
    weights: z.array(integer).optional(),
    /** The kernel is to refuse this: true, or what it should say. */
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

/** Bytes that count up from 0 and begin again at some number, or hex. */
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
 * A file of vectors for the kernel, in the shape of test/vectors/kernel.json. A section that is missing is empty; fields
 * that say more are not looked at.
 */
export interface KernelVectors {
  readonly cases: readonly Entry<SignatureVector>[];
  readonly batches: readonly Entry<BatchVector>[];
  readonly consensus: readonly Entry<ScoreVector>[];
  readonly blake3: readonly Entry<HashVector>[];
  /** Lists under names that are no section's: nothing in them is looked at. */
  readonly ignored: readonly string[];
}

/** What is wrong with a file of vectors, for people. */
export class VectorFileError extends Error {
  override readonly name = "VectorFileError";
}

/** Throws {@link VectorFileError} for what is no file of vectors, or one without a single case. */
export function parseKernelVectors(text: string): KernelVectors {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new VectorFileError(`it is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (typeof json !== "object" || json === null || Array.isArray(json)) throw new VectorFileError("it is no object");
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
  if (!Array.isArray(found)) throw new VectorFileError(`${name}: it is no list`);
  return found.map((entry: unknown) => {
    const parsed = shape.safeParse(entry);
    if (parsed.success) return { vector: parsed.data };
    const [issue] = parsed.error.issues;
    const place = (issue?.path ?? []).map(String).join(".");
    return { fault: `can't be read: ${place === "" ? "" : `${place}: `}${issue?.message ?? "no reason"}` };
  });
}
