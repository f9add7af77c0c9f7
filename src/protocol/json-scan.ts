/** Something that a JSON reader would pass over: `member` is the name, `id` the digits as they came. */
export type JsonFinding =
  | { readonly kind: "duplicate_name"; readonly name: string }
  | { readonly kind: "inexact_id"; readonly id: string };

/** A JSON text is nested at most so deep; V8's own parser ends near 5,000 levels. */
const MAX_DEPTH = 4096;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** `id` stands in the outermost object, or in an object of the outermost array (a batch). */
const ID_DEPTH_MAX = 2;

interface Level {
  readonly isObject: boolean;
  /** Names of this object so far; undefined in an array. */
  readonly names: Set<string> | undefined;
  /** The name whose value comes next. */
  name: string;
  /** The next string of this object is a name. */
  expectsName: boolean;
}

/**
 * Looks for what `JSON.parse` accepts without a word and a signer must not: an object with one name twice (of which only the
 * last value would be signed), and a request id that is no plain integer (`1e3` would be answered as `1000`). The text is
 * JSON already. Linear in its length.
 */
export function scanJson(text: string): JsonFinding | undefined {
  const levels: Level[] = [];
  for (let at = 0; at < text.length; at++) {
    const level = levels.at(-1);
    switch (text[at]) {
      case "{":
      case "[": {
        const isObject = text[at] === "{";
        if (levels.length >= MAX_DEPTH) return undefined;
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
          const name: string = JSON.parse(text.slice(at, end));
          if (level.names.has(name)) return { kind: "duplicate_name", name };
          level.names.add(name);
          level.name = name;
          level.expectsName = false;
        }
        at = end - 1;
        break;
      }
      default:
        if (level?.name === "id" && !level.expectsName && isIdLevel(levels)) {
          const [id = ""] = /^[-+.\deE]*/.exec(text.slice(at, at + 64)) ?? [];
          if (/[.eE]/.test(id) || id === "-0") return { kind: "inexact_id", id };
          at += Math.max(0, id.length - 1);
        }
    }
  }
  return undefined;
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
