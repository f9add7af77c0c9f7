import { z } from "zod";
import { fromHex } from "../../protocol/bytes.js";
import { NetworkError } from "../../protocol/errors.js";
import { BODY_MAX_BYTES } from "../../protocol/records.js";

/** Schemas of the values in parameters. Each is strict: it refuses unknown members. */

const U64_MAX = 2n ** 64n - 1n;
/** Timestamps are 48 bits wide on the wire. */
const TIME_MAX = 2 ** 48 - 1;
/** Faults that one message names, so that it stays one line of a log. */
const MAX_ISSUES = 3;
/** Longest message about parameters, since it may quote the caller's text. */
const MAX_MESSAGE_CHARS = 300;

/** One entry for each schema of this program that needs it; see {@link showAs}. */
const shownAs = new WeakMap<object, z.ZodType>();

/** Sets the schema that the OpenRPC document shows in place of one that JSON Schema can't express. */
export function showAs<T extends z.ZodType>(schema: T, shown: z.ZodType): T {
  shownAs.set(schema, shown);
  return schema;
}

/** The schema of {@link showAs}; undefined if the document shows the schema itself. */
export function shownSchema(schema: object): z.ZodType | undefined {
  return shownAs.get(schema);
}

const u64Text = z.string().regex(/^\d{1,20}$/);
const u64Input = z.union([z.int().nonnegative(), z.bigint().nonnegative(), u64Text], "expected a u64");
/** A number or a decimal string, exact up to 2^64-1. */
export const u64 = showAs(u64Input, z.union([z.bigint().nonnegative(), u64Text]))
  .transform((value) => BigInt(value))
  .refine((value) => value <= U64_MAX, "expected at most 2^64-1");

export const u32 = z
  .int()
  .min(0)
  .max(2 ** 32 - 1);
export const u8 = z.int().min(0).max(255);
export const score = z.int().min(0).max(100);
export const unixSeconds = z.int().min(0).max(TIME_MAX);

/** 32 bytes of hex in either case; the output is lowercase. */
export const hash = z
  .string()
  .regex(/^[0-9a-fA-F]{64}$/, "expected 64 hex digits")
  .transform((text) => text.toLowerCase());

/** Well-formed Unicode: no lone surrogate. */
export function text(min: number, max: number): z.ZodString {
  return z
    .string()
    .min(min)
    .max(max)
    .refine((value) => !/\p{Surrogate}/u.test(value), "expected well-formed text");
}

/** A short name: a language, a domain, a category. */
export const label = text(1, 64);
/** The name of an author key. */
export const authorName = text(1, 64);
export const idempotencyKey = text(1, 64);

export const utf8 = text(0, BODY_MAX_BYTES).transform((value) => new TextEncoder().encode(value));

/** Canonical base64 with padding. Checked by encoding it again: a regex would overflow the stack on a MiB of text. */
export const base64 = z.string().transform((value, context): Uint8Array => {
  const bytes = Buffer.from(value, "base64");
  if (bytes.toString("base64") === value) return new Uint8Array(bytes);
  context.addIssue({ code: "custom", message: "expected base64" });
  return z.NEVER;
});

export const hashBytes32 = hash.transform((value) => fromHex(value, 32) ?? new Uint8Array(0));

export const published = {
  author: authorName.optional().describe("name of an author key, or the key in hex; left out: the node's first"),
  idempotency_key: idempotencyKey
    .optional()
    .describe("1 to 64 characters that the caller chooses: a repeated call with the same key publishes nothing"),
} as const;

/** Parses parameters, or throws `bad_parameters` that names the fields and the faults in one line. */
export function parseWith<T extends z.ZodType>(schema: T, value: unknown): z.output<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.slice(0, MAX_ISSUES).map((issue) => {
    const path = issue.path.join(".");
    return path === "" ? issue.message : `${path}: ${issue.message}`;
  });
  throw new NetworkError("bad_parameters", `Invalid params: ${lines.join("; ")}`.slice(0, MAX_MESSAGE_CHARS));
}
