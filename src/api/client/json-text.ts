import { parse } from "lossless-json";
import { NetworkError } from "../../protocol/errors.js";
import { describeFinding, scanJson } from "../../protocol/json-scan.js";

/** A shorter run of digits is exact in a double at any place of a number. */
const LONG_NUMBER = /\d{16}/;

/**
 * At most the digits of a u64. Longer integers are refused later anyway, and parsing them exactly may take a second.
 */
const EXACT_INTEGER = /^-?\d{1,20}$/;

function exactNumber(text: string): number | bigint {
  const value = Number(text);
  return EXACT_INTEGER.test(text) && !Number.isSafeInteger(value) ? BigInt(text) : value;
}

/**
 * Parses JSON with exact integers of up to 20 digits: integers beyond 2^53 become bigint. Of members with one name the
 * last counts. Throws `invalid_json`.
 *
 * The lossless parser is seventy times slower (0.35 s for the largest body), so it reads only texts that may need it.
 */
export function parseJson(text: string): unknown {
  try {
    if (!LONG_NUMBER.test(text)) return JSON.parse(text);
    return parse(text, undefined, { parseNumber: exactNumber, onDuplicateKey: ({ newValue }) => newValue });
  } catch (cause) {
    // Too deep a nesting also throws.
    throw new NetworkError("invalid_json", "the text is not JSON", { cause });
  }
}

/**
 * Like {@link parseJson}, for values that this node may sign. `invalid_json`, which names the place, also for an object
 * with one name twice, a number that would be rounded to an integer, a request id that is not a plain integer, and too
 * deep a nesting.
 */
export function parseRequest(text: string): unknown {
  const value = parseJson(text);
  const finding = scanJson(text);
  if (finding !== undefined)
    throw new NetworkError("invalid_json", `the text is not exact JSON: ${describeFinding(finding)}`);
  return value;
}

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Decodes UTF-8; undefined if the bytes are not UTF-8. No byte is replaced or skipped. */
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
