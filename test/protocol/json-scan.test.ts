import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MAX_DEPTH, scanJson } from "../../src/protocol/json-scan.js";

/** The scan refuses most numbers as a request id, so no member has that name. */
const jsonValue = fc.jsonValue().filter((value) => !JSON.stringify(value).includes('"id"'));

describe("a scan of JSON", () => {
  test.each([
    ['{"a":1,"a":2}', "a"],
    ['{"a":1,"\\u0061":2}', "a"],
    ['{"x":{"b":[{"c":1,"c":1}]}}', "c"],
    ['[{"a":1},{"a":1,"b":{"a":1},"a":1}]', "a"],
    ['{"a\\"":1,"b":"a\\"","a\\"":2}', 'a"'],
    ['{"a\\\\":1,"a\\\\":2}', "a\\"],
    ['{"":1,"":2}', ""],
    ['{ "a" : "}" , "a" : "{" }', "a"],
    ['{"__proto__":1,"__proto__":2}', "__proto__"],
  ])("the scan finds the duplicate name in %s", (text, name) => {
    JSON.parse(text);
    expect(scanJson(text)).toEqual({ kind: "duplicate_name", name });
  });

  test.each(["1e3", "1.0", "1E0", "-0", "10e-1"])(
    "the scan finds the request id %s, which is no plain integer",
    (id) => {
      for (const text of [`{"id":${id}}`, `{"a":{"id":1e3},"id": ${id} ,"b":1}`, `[{"b":1},{"id":\n${id}}]`]) {
        JSON.parse(text);
        expect(scanJson(text)).toEqual({ kind: "inexact_id", id });
      }
    },
  );

  test.each(['{"id":"1e3"}', '{"params":{"id":1e3},"id":7}', '[[{"id":1e3}]]', "1e3", '{"idle":1.5}', '{"id":null}'])(
    "the scan accepts %s",
    (text) => expect(scanJson(text)).toBeUndefined(),
  );

  test.each([
    "4.99999999999999999999",
    "9007199254740990.6",
    "1e-400",
    "-0.0000000000000000000000000000000000001e-300",
    `1.${"0".repeat(100_000)}1`,
  ])("the scan finds the number %.40s, which a double rounds to an integer", (number) => {
    for (const text of [`{"a":${number}}`, `[1, ${number} ]`, number]) {
      expect(Number.isInteger(JSON.parse(number))).toBe(true);
      expect(scanJson(text)).toEqual({ kind: "rounded_number", number });
    }
  });

  test.each(["1.0", "1e3", "150e-1", "0.0", "0e-9", "1.50e1", "1e400", "0.5", "1e-3", "18446744073709551615", "1e21"])(
    "the scan accepts the number %s, whose double keeps its value",
    (number) => expect(scanJson(`{"a":[${number}]}`)).toBeUndefined(),
  );

  test("the scan stops at its depth cap and reports it", () => {
    const nested = (depth: number): string => `{"a":${"[".repeat(depth)}${"]".repeat(depth)},"b":1,"b":2}`;
    expect(scanJson(nested(MAX_DEPTH - 1))).toEqual({ kind: "duplicate_name", name: "b" });
    expect(scanJson(nested(MAX_DEPTH))).toEqual({ kind: "too_deep" });
  });

  test("the scan accepts all output of JSON.stringify, indented or not", () => {
    fc.assert(
      fc.property(jsonValue, fc.constantFrom(0, 2), (value, indent) => {
        const text = JSON.stringify({ params: value }, undefined, indent);
        expect(scanJson(text)).toBeUndefined();
      }),
    );
  });

  test("the scan finds a duplicate name in any object", () => {
    const nested = fc.tuple(jsonValue, fc.dictionary(fc.string(), jsonValue, { minKeys: 1, maxKeys: 4 }));
    fc.assert(
      fc.property(nested, ([value, members]) => {
        const [name = ""] = Object.keys(members);
        const inner = JSON.stringify(members);
        const doubled = `${inner.slice(0, -1)},${JSON.stringify(name)}:0}`;
        expect(scanJson(`[${JSON.stringify(value)},${doubled}]`)).toEqual({ kind: "duplicate_name", name });
      }),
    );
  });
});
