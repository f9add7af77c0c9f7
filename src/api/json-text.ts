import { parse } from "lossless-json";
import { NetworkError } from "../protocol/errors.js";
import { type JsonFinding, scanJson } from "../protocol/json-scan.js";

/** Runs of digits shorter than this are exact in a double, wherever they stand. */
const LONG_NUMBER = /\d{16}/;

/** As many digits as a u64 has: longer integers are refused whatever they are, and reading them exactly takes a second. */
const EXACT_INTEGER = /^-?\d{1,20}$/;

function exactNumber(text: string): number | bigint {
  const value = Number(text);
  return EXACT_INTEGER.test(text) && !Number.isSafeInteger(value) ? BigInt(text) : value;
}

/**
 * JSON with exact integers of up to 20 digits: those beyond 2^53 come as bigint. Of members with one name the last counts. `invalid_json`.
 *
 * The lossless parser is seventy times slower (0.35 s for the largest body), so it reads only texts that may need it.
 */
export function parseJson(text: string): unknown {
  try {
    if (!LONG_NUMBER.test(text)) return JSON.parse(text);
    return parse(text, undefined, { parseNumber: exactNumber, onDuplicateKey: ({ newValue }) => newValue });
  } catch (cause) {
    // Also what too deep a nesting throws.
    throw new NetworkError("invalid_json", "the text is not JSON", { cause });
  }
}

/**
 * The same for what a caller sends and this node may sign: an object with one name twice, or a request id that is no plain
 * integer, is refused as `invalid_json`, which names it.
 */
export function parseRequest(text: string): unknown {
  const value = parseJson(text);
  const finding = scanJson(text);
  if (finding !== undefined) throw new NetworkError("invalid_json", `the text is not exact JSON: ${describe(finding)}`);
  return value;
}

/** Of a caller's text in a message: enough to find it again. */
const SHOWN_CHARS = 40;

function describe(finding: JsonFinding): string {
  switch (finding.kind) {
    case "duplicate_name":
      return `the name ${JSON.stringify(finding.name.slice(0, SHOWN_CHARS))} stands twice in one object`;
    case "inexact_id":
      return `the id ${finding.id.slice(0, SHOWN_CHARS)} is no plain integer: write it without point and exponent`;
  }
}

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The text that the bytes are in UTF-8; undefined where they are none. Nothing is replaced, nothing is skipped. */
export function exactText(bytes: Uint8Array): string | undefined {
  try {
    return UTF8.decode(bytes);
  } catch {
    return undefined;
  }
}

/** JSON with bigints as decimal strings. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) => (typeof member === "bigint" ? member.toString() : member));
}
