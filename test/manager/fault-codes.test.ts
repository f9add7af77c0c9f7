import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { FAULT_ROWS } from "../../src/api/facts/fault-codes.js";

const ROOT = "src";
const TABLE = join("api", "fault-codes.ts");

test("Some part reports each fault of the table.", () => {
  const files = readdirSync(ROOT, { recursive: true, encoding: "utf8" });
  const sources = files.filter((name) => name.endsWith(".ts") && name !== TABLE);
  const text = sources.map((name) => readFileSync(join(ROOT, name), "utf8")).join("\n");
  const silent = FAULT_ROWS.filter(([, code]) => !text.includes(`"${code}"`)).map(([component, code]) => [
    component,
    code,
  ]);
  expect(silent).toEqual([]);
});
