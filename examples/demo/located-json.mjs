// JSON that remembers where each value stands, so that a mistake in a file can be told by its line.

/** A mistake at a place in the text. */
export class PlacedError extends Error {
  constructor(message, place) {
    super(message);
    this.place = place;
  }
}

/** A string, a number, a word, or one mark; after it whatever space there is. */
const TOKEN = /("(?:[^"\\\n]|\\.)*"|-?\d[\d.eE+-]*|[a-z]+|[{}[\],:])\s*/y;
/** Deeper than any file that a person writes, and shallow enough for the stack. */
const MAX_DEPTH = 64;

/**
 * The value, and `placeOf(path)`: line and column of the value at a path of keys and indexes, or of the nearest one
 * above it that exists. Throws PlacedError. Stricter than JSON.parse in one thing: a key may stand in an object only
 * once.
 */
export function parseLocated(text) {
  const places = new Map();
  let at = /^\s*/.exec(text)[0].length;
  let start = at;

  const placeAt = (offset) => {
    const before = text.slice(0, offset).split("\n");
    return { line: before.length, column: before.at(-1).length + 1 };
  };
  const fail = (message) => {
    throw new PlacedError(message, placeAt(start));
  };

  const next = (expected) => {
    start = at;
    TOKEN.lastIndex = at;
    const [whole, token] =
      TOKEN.exec(text) ?? fail(at < text.length ? `expected ${expected}` : `${expected} is missing`);
    at += whole.length;
    return token;
  };
  const scalar = (token) => {
    try {
      return JSON.parse(token);
    } catch {
      return fail(`${token.slice(0, 20)} is no value`);
    }
  };
  /** The marks between members, up to the closing one; `member` reads one from its first token. */
  const members = (close, expected, member) => {
    let token = next(`${expected} or ${close}`);
    if (token === close) return;
    for (;;) {
      member(token);
      const mark = next(`, or ${close}`);
      if (mark === close) return;
      if (mark !== ",") fail(`expected , or ${close}`);
      token = next(expected);
    }
  };
  const value = (token, path) => {
    places.set(JSON.stringify(path), start);
    if (path.length > MAX_DEPTH) fail("nested too deeply");
    if (token === "[") {
      const list = [];
      members("]", "a value", (first) => list.push(value(first, [...path, list.length])));
      return list;
    }
    if (token !== "{") return scalar(token);
    const entries = new Map();
    members("}", "a key in quotes", (first) => {
      const key = scalar(first);
      if (typeof key !== "string") fail("expected a key in quotes");
      if (entries.has(key)) fail(`the key ${first} is there twice`);
      if (next(":") !== ":") fail("expected :");
      entries.set(key, value(next("a value"), [...path, key]));
    });
    return Object.fromEntries(entries);
  };

  const root = value(next("a value"), []);
  start = at;
  if (at < text.length) fail("expected the end of the file");
  const placeOf = (path) => {
    for (let length = path.length; length > 0; length--) {
      const found = places.get(JSON.stringify(path.slice(0, length)));
      if (found !== undefined) return placeAt(found);
    }
    return placeAt(places.get("[]"));
  };
  return { value: root, placeOf };
}
