import { parse } from "lossless-json";
import { NetworkError } from "../../protocol/errors.js";
import { describeFinding, scanJson } from "../../protocol/json-scan.js";

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
 * The same for what a caller sends and this node may sign: an object with one name twice, a number that would be rounded to
 * an integer, a request id that is no plain integer and too deep a nesting are refused as `invalid_json`, which names it.
 */
export function parseRequest(text: string): unknown {
  const value = parseJson(text);
  const finding = scanJson(text);
  if (finding !== undefined)
    throw new NetworkError("invalid_json", `the text is not exact JSON: ${describeFinding(finding)}`);
  return value;
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
