import { parse } from "lossless-json";

/** A float of the daemon's parser: `1.0`, `1e3`, and integers outside of u64 and i64. */
export class JsonFloat {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }

  /** The form of the daemon's error messages: `1.0`, `1.8446744073709552e19`. */
  toString(): string {
    const { value } = this;
    if (Math.abs(value) >= 1e16) return value.toExponential().replace("e+", "e");
    return Number.isInteger(value) ? `${value}.0` : String(value);
  }
}

/** JSON in the daemon's view: integers up to 2^64 - 1 are exact, floats are a separate type. */
export type Json = null | boolean | number | bigint | string | JsonFloat | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [member: string]: Json;
}

const U64_MAX = 2n ** 64n - 1n;
const I64_MIN = -(2n ** 63n);
/** Text without a match gives the same result with `JSON.parse`, which is much faster. */
const NEEDS_CARE = /\d[.eE]|\d{16}/;

function exact(text: string): number | bigint | JsonFloat {
  const value = Number(text);
  if (!/^-?\d+$/.test(text)) return new JsonFloat(value);
  if (Number.isSafeInteger(value)) return value;
  const integer = BigInt(text);
  return integer <= U64_MAX && integer >= I64_MIN ? integer : new JsonFloat(value);
}

/** Throws a SyntaxError for other text than JSON. Of members with one name the last counts. */
export function readJson(text: string): Json {
  if (!NEEDS_CARE.test(text)) return JSON.parse(text) as Json;
  return parse(text, undefined, { parseNumber: exact, onDuplicateKey: ({ newValue }) => newValue }) as Json;
}

/** Writes JSON as the daemon does: members in alphabetical order, integers of any size as plain digits. */
export function writeJson(value: Json): string {
  if (value === null || typeof value === "string") return JSON.stringify(value);
  if (value instanceof JsonFloat || typeof value !== "object") return String(value);
  if (isList(value)) return `[${value.map(writeJson).join(",")}]`;
  const members = Object.keys(value)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${writeJson(value[name] ?? null)}`);
  return `{${members.join(",")}}`;
}

export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof JsonFloat);
}
