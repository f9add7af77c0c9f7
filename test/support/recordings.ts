import { readFileSync } from "node:fs";
import { isList, isObject, type Json, JsonFloat } from "../../src/testing/daemon-json.js";

const FOLDER = new URL("../vectors/daemon/", import.meta.url);

export function recording(name: string): string {
  return readFileSync(new URL(name, FOLDER), "utf8");
}

export interface RecordedCall {
  readonly name: string;
  readonly request: string;
  readonly status: number;
  readonly content_type: string;
  readonly response: string;
}

export function recordedCalls(file: string): readonly RecordedCall[] {
  return recording(file)
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as RecordedCall);
}

/** Members and JSON types without values; the first item of a list represents all. */
export function shapeOf(value: Json | undefined): unknown {
  if (value === null || value === undefined) return "null";
  if (isList(value)) return value.length === 0 ? ["anything"] : [shapeOf(value[0])];
  if (isObject(value)) return Object.fromEntries(Object.keys(value).map((name) => [name, shapeOf(value[name])]));
  if (value instanceof JsonFloat || typeof value === "bigint") return "number";
  return typeof value;
}

/** Whether two shapes are equal; an empty list equals any list. */
export function sameShape(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) {
    return a[0] === "anything" || b[0] === "anything" || sameShape(a[0], b[0]);
  }
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return a === b;
  const names = Object.keys(a).sort();
  if (names.join() !== Object.keys(b).sort().join()) return false;
  return names.every((name) => sameShape(Reflect.get(a, name), Reflect.get(b, name)));
}
