import { describe, expect, test } from "vitest";
import { planted } from "./temporary-tree.js";

describe("layout", () => {
  test("a file of more than 320 lines is refused, a generated one is not", () => {
    const long = "const x = 1;\n".repeat(321);
    expect(planted("layout", "src/api/long.ts", long).output).toContain("src/api/long.ts: 321 lines");
    expect(planted("layout", "native/kernel/src/long.rs", long).status).toBe(1);
    expect(planted("layout", "src/api/short.ts", "const x = 1;\n".repeat(320)).status).toBe(0);
    expect(planted("layout", "src/protocol/generated/long_pb.ts", long).status).toBe(0);
  });

  const words = (columns: number) => "word ".repeat(columns / 5).trimEnd();
  test.each([
    ["src/api/a.ts", `// ${words(120)}\n`, 1],
    ["test/api/a.test.ts", `/**\n * ${words(120)}\n */\n`, 2],
    ["scripts/a.mjs", `const x = 1; // ${words(110)}\n`, 1],
    ["native/host/src/a.rs", `//! ${words(120)}\n`, 1],
  ])("a comment line of more than 120 columns in %s is refused", (file, content, line) => {
    const { status, output } = planted("layout", file, content);
    expect(output).toContain(`${file}:${line}: a comment of`);
    expect(status).toBe(1);
  });

  test.each([
    ["a comment of 120 columns", "src/api/a.ts", `// ${words(120).slice(2)}\n`],
    ["a longer line of generated code", "src/protocol/generated/a_pb.ts", `// ${words(120)}\n`],
    ["a longer string", "src/api/a.ts", `const x = "${words(120)}";\n`],
    ["a row of a table", "src/api/a.ts", `/**\n * | ${words(120)} |\n */\n`],
    ["a long address", "src/api/a.ts", `// https://example.org/${"a".repeat(100)}\n`],
  ])("%s passes", (_what, file, content) => {
    expect(planted("layout", file, content).status).toBe(0);
  });

  test.each(["src/api/utils.ts", "src/helpers/a.ts", "test/misc.ts", "src/api/camelCase.ts"])(
    "%s is refused",
    (file) => {
      expect(planted("layout", file, "export {};\n").status).toBe(1);
    },
  );
});
