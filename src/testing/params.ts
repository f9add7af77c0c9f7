import { isList, isObject, type Json, JsonFloat } from "./daemon-json.js";
import { FAULT_CODES, invalidParams, RpcFault } from "./rpc-fault.js";

/** Reads one parameter; error messages are the daemon's. */
export interface Reader<T> {
  read(value: Json): T;
  /** The default of a parameter; absent for a required one. */
  readonly missing?: { readonly value: T };
}

export type Readers<T> = { readonly [K in keyof T]: Reader<T[K]> };

/** The daemon's name for a value of the wrong type. */
function described(value: Json): string {
  if (value === null) return "null";
  if (value instanceof JsonFloat) return `floating point \`${value}\``;
  if (isList(value)) return "sequence";
  if (isObject(value)) return "map";
  if (typeof value === "string") return `string ${JSON.stringify(value)}`;
  return `${typeof value === "boolean" ? "boolean" : "integer"} \`${value}\``;
}

function wrongType(value: Json, expected: string): RpcFault {
  return invalidParams(`invalid type: ${described(value)}, expected ${expected}`);
}

export const u64: Reader<number | bigint> = {
  read(value) {
    if (typeof value !== "number" && typeof value !== "bigint") throw wrongType(value, "u64");
    if (value < 0) throw invalidParams(`invalid value: integer \`${value}\`, expected u64`);
    return value;
  },
};

export const bool: Reader<boolean> = {
  read(value) {
    if (typeof value !== "boolean") throw wrongType(value, "a boolean");
    return value;
  },
};

export const text: Reader<string> = {
  read(value) {
    if (typeof value !== "string") throw wrongType(value, "a string");
    return value;
  },
};

/** 64 hex digits of either case; lowercase when read. */
export const hash: Reader<string> = {
  read(value) {
    const hex = text.read(value).toLowerCase();
    if (hex.length !== 64) throw invalidParams("Invalid hex length");
    if (!/^[0-9a-f]*$/.test(hex)) throw invalidParams("Invalid hex");
    return hex;
  },
};

export const hashes = (atMost: number): Reader<readonly string[]> => ({
  read(value) {
    if (!isList(value)) throw wrongType(value, "a sequence");
    if (value.length > atMost) throw invalidParams(`Too many requested hashes: ${value.length}, maximum is ${atMost}`);
    return value.map((item) => hash.read(item));
  },
});

/** A key in the form of the AI mining methods: an array of 32 numbers. */
export const key: Reader<string> = {
  read(value) {
    if (!isList(value)) throw wrongType(value, "32 bytes of data");
    const bytes = value.filter((byte): byte is number => typeof byte === "number" && byte >= 0 && byte <= 255);
    if (bytes.length !== 32 || value.length !== 32) {
      throw invalidParams(`invalid length ${value.length}, expected 32 bytes of data`);
    }
    return Buffer.from(bytes).toString("hex");
  },
};

export function optional<T, D>(reader: Reader<T>, otherwise: D): Reader<T | D> {
  return {
    read: (value) => (value === null ? otherwise : reader.read(value)),
    missing: { value: otherwise },
  };
}

/** Parameters by name, or in the order of the readers. Unknown members are ignored. */
export function readParams<T>(params: Json | undefined, readers: Readers<T>): T {
  const given = params ?? {};
  if (!isList(given) && !isObject(given)) throw wrongType(given, "a map");
  const names = Object.keys(readers) as (keyof T & string)[];
  const read: Partial<T> = {};
  for (const [i, name] of names.entries()) {
    const value = isList(given) ? given[i] : given[name];
    const { missing } = readers[name];
    if (value !== undefined) read[name] = readers[name].read(value);
    else if (missing !== undefined) read[name] = missing.value;
    else throw invalidParams(isList(given) ? `invalid length ${i}` : `missing field \`${name}\``);
  }
  return read as T;
}

/** Methods without parameters accept nothing, null or an empty array; an empty object is refused. */
export function noParams(params: Json | undefined): void {
  if (params === undefined || params === null || (isList(params) && params.length === 0)) return;
  throw new RpcFault(FAULT_CODES.params, "Unexpected parameters for this method");
}
