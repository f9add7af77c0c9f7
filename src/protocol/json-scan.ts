/** A fault that a JSON reader would ignore: `name` of a member; `id` and `number` as written in the text. */
export type JsonFinding =
  | { readonly kind: "duplicate_name"; readonly name: string }
  | { readonly kind: "inexact_id"; readonly id: string }
  /** A number with a fraction that a double rounds to an integer. */
  | { readonly kind: "rounded_number"; readonly number: string }
  /** Deeper than {@link MAX_DEPTH}: the scan stopped there. */
  | { readonly kind: "too_deep" };

/** Signed data has a few levels only; the rest is room for ignored members. */
export const MAX_DEPTH = 256;
/** Characters of a name, id or number that a message quotes, so that the message stays one line. */
const SHOWN_CHARS = 40;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** A request id is a member of the outermost object, or of an object in the outermost array (a batch). */
const ID_DEPTH_MAX = 2;

interface Level {
  readonly isObject: boolean;
  /** Names of this object so far; undefined in an array. */
  readonly names: Set<string> | undefined;
  /** The name whose value comes next. */
  name: string;
  /** The next string in this object is a name. */
  expectsName: boolean;
}

/**
 * Finds faults that `JSON.parse` accepts silently and a signer must not accept: an object with one name twice (of which
 * only the last value would be signed), a number that is read as another integer than it says (`4.99999999999999999999`
 * as 5), and a request id that is no plain integer (`1e3` would be answered as `1000`). The text is JSON already.
 * Linear in its length.
 */
export function scanJson(text: string): JsonFinding | undefined {
  const levels: Level[] = [];
  for (let at = 0; at < text.length; at++) {
    const level = levels.at(-1);
    switch (text[at]) {
      case "{":
      case "[": {
        const isObject = text[at] === "{";
        if (levels.length >= MAX_DEPTH) return { kind: "too_deep" };
        levels.push({ isObject, names: isObject ? new Set() : undefined, name: "", expectsName: isObject });
        break;
      }
      case "}":
      case "]":
        levels.pop();
        break;
      case ",":
        if (level !== undefined) level.expectsName = level.isObject;
        break;
      case '"': {
        const end = endOfString(text, at);
        if (level?.names !== undefined && level.expectsName) {
          const name = nameOf(text.slice(at, end));
          if (level.names.has(name)) return { kind: "duplicate_name", name };
          level.names.add(name);
          level.name = name;
          level.expectsName = false;
        }
        at = end - 1;
        break;
      }
      case "-":
      case "0":
      case "1":
      case "2":
      case "3":
      case "4":
      case "5":
      case "6":
      case "7":
      case "8":
      case "9": {
        const number = numberAt(text, at);
        if (level?.name === "id" && !level.expectsName && isIdLevel(levels)) {
          if (/[.eE]/.test(number) || number === "-0") return { kind: "inexact_id", id: number };
        }
        if (isRounded(number)) return { kind: "rounded_number", number };
        at += number.length - 1;
        break;
      }
    }
  }
  return undefined;
}

const NUMBER = /-?[\d.eE+-]*/y;

function numberAt(text: string, at: number): string {
  NUMBER.lastIndex = at;
  return NUMBER.exec(text)?.[0] ?? "";
}

/** Is the number read as an integer though it is none? Integers without point and exponent are read exactly. */
function isRounded(number: string): boolean {
  if (!/[.eE]/.test(number) || !Number.isInteger(Number(number))) return false;
  const [, whole = "", fraction = "", exponent = "0"] = /^-?(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(number) ?? [];
  const digits = whole + fraction;
  let end = digits.length;
  while (end > 0 && digits[end - 1] === "0") end--;
  // It is whole where the last digit that is not 0 stands before the point.
  return end > 0 && end > whole.length + Number(exponent);
}

/** Text about a finding, with enough of the caller's text to find the place. */
export function describeFinding(finding: JsonFinding): string {
  switch (finding.kind) {
    case "duplicate_name":
      return `the name ${JSON.stringify(finding.name.slice(0, SHOWN_CHARS))} stands twice in one object`;
    case "inexact_id":
      return `the id ${finding.id.slice(0, SHOWN_CHARS)} is no plain integer: write it without point and exponent`;
    case "rounded_number":
      return `the number ${finding.number.slice(0, SHOWN_CHARS)} is no integer and would be rounded to one`;
    case "too_deep":
      return `it is nested deeper than ${MAX_DEPTH} levels`;
  }
}

/** The text of a name; one without escapes is what stands between its quotes. */
function nameOf(quoted: string): string {
  return quoted.includes("\\") ? JSON.parse(quoted) : quoted.slice(1, -1);
}

function isIdLevel(levels: readonly Level[]): boolean {
  return levels.length === 1 || (levels.length === ID_DEPTH_MAX && levels[0]?.isObject === false);
}

/** The place behind the closing quote of the string that begins at `start`. */
function endOfString(text: string, start: number): number {
  let at = start;
  for (;;) {
    at = text.indexOf('"', at + 1);
    if (at < 0) return text.length;
    let slashes = 0;
    while (text.charCodeAt(at - 1 - slashes) === BACKSLASH) slashes++;
    if (slashes % 2 === 0 && text.charCodeAt(at) === QUOTE) return at + 1;
  }
}
