import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { planted, projectRoot, runChecks, runNode, temporaryTree } from "./temporary-tree.js";

test("the tree itself passes every check, and the command says so", () => {
  const { status, output } = runNode([path.join(projectRoot, "scripts/checks/run.mjs")], projectRoot);
  expect(output).not.toContain("FAILED");
  expect(status).toBe(0);
});

test("the command ends with 1 if a check found something, and with 2 if there is no such check", () => {
  const tree = temporaryTree([]);
  tree.plant("src/engine/planted.ts", "const t = Date.now();\n");
  const command = [path.join(projectRoot, "scripts/checks/run.mjs"), "--root", tree.root];
  const found = runNode([...command, "purity"], projectRoot);
  expect(found).toMatchObject({ status: 1, stdout: expect.stringContaining("src/engine/planted.ts:1: Date") });
  expect(runNode([...command, "nothing"], projectRoot)).toMatchObject({ status: 2, stdout: "" });
});

/** Plants several files in an otherwise empty tree, and says what the check made of them. */
function plantedTree(check: string, files: Readonly<Record<string, string>>) {
  const tree = temporaryTree([]);
  for (const [file, content] of Object.entries(files)) tree.plant(file, content);
  return runChecks(tree.root, check);
}

describe("doors", () => {
  const page = "/**\n * A page.\n */\n";
  const inside = { "src/api/index.ts": page, "src/api/http/index.ts": page, "src/api/http/server.ts": "export {};\n" };

  test.each([
    ["src/cli/a.ts", "../api/http/server.js", "import src/api/http/server.ts through src/api/http/index.ts"],
    ["src/cli/a.ts", "../api/control.js", "import src/api/control.ts through src/api/index.ts"],
    ["src/api/a.ts", "./http/server.js", "import src/api/http/server.ts through src/api/http/index.ts"],
  ])("an import from %s of %s is refused: it goes past a door", (file, specifier, problem) => {
    const { status, output } = plantedTree("doors", { ...inside, [file]: `export { x } from "${specifier}";\n` });
    expect(output).toContain(`${file}:1: ${problem}`);
    expect(status).toBe(1);
  });

  test("imports through a door, of the own folder and of a folder above pass", () => {
    const through = {
      "src/cli/a.ts": 'import { x } from "../api/index.js";\n',
      "src/cli/b.ts": 'import { x } from "../api/http/index.js";\n',
    };
    const own = { "src/api/http/a.ts": 'import "../control.js";\nexport { x } from "./server.js";\n' };
    expect(plantedTree("doors", { ...inside, ...through, ...own }).status).toBe(0);
  });

  test("a folder without a door is refused", () => {
    expect(planted("doors", "src/api/http/server.ts", "").output).toContain("src/api/http: there is no index.ts");
  });

  test.each([
    ["that opens with an export", `export {};\n${page}`],
    ["that opens with a line comment", "// A page.\n"],
  ])("a door %s is refused: it has no page", (_what, door) => {
    const { output } = plantedTree("doors", { ...inside, "src/api/http/index.ts": door });
    expect(output).toContain("src/api/http/index.ts:1: it does not open with a page, a /** comment");
  });
});

describe("circles", () => {
  test("files that import each other are refused, also where one import is of a type", () => {
    const { output } = plantedTree("circles", {
      "src/api/a.ts": 'import type { B } from "./b.js";\n',
      "src/api/b.ts": 'export { a } from "./a.js";\n',
    });
    expect(output).toContain("files import each other in a circle: src/api/a.ts, src/api/b.ts");
  });

  test("folders that import each other through different files are refused", () => {
    const { output } = plantedTree("circles", {
      "src/api/http/a.ts": 'import "../facts/a.js";\n',
      "src/api/facts/a.ts": "",
      "src/api/facts/b.ts": 'import "../http/b.js";\n',
      "src/api/http/b.ts": "",
    });
    expect(output).toContain("folders import each other in a circle: src/api/facts, src/api/http");
  });
});

describe("tree", () => {
  test("a picture that lacks an import of the code is refused until it is drawn again", () => {
    const tree = temporaryTree([]);
    const draw = () => runNode([path.join(projectRoot, "scripts/draw-tree.mjs"), "--root", tree.root], tree.root);
    tree.plant("src/api/http/a.ts", "");
    tree.plant("src/api/facts/a.ts", "");
    expect(runChecks(tree.root, "tree").output).toContain("run: npm run draw:tree");
    expect(draw().status).toBe(0);
    expect(runChecks(tree.root, "tree").status).toBe(0);

    tree.plant("src/api/http/a.ts", 'import "../facts/a.js";\n');
    expect(runChecks(tree.root, "tree").status).toBe(1);
    expect(draw().status).toBe(0);
    expect(runChecks(tree.root, "tree").status).toBe(0);
  });
});

describe("documents", () => {
  const files = {
    "src/api/a.ts": "export class Door {\n  open(): void {}\n}\nexport const knock = () => new Door().shut();\n",
  };
  const page = (row: string) => plantedTree("documents", { ...files, "docs/page.md": `# Page\n\n${row}\n` });

  test.each([
    ["a file that is not there", "see `src/api/b.ts`", "docs/page.md:3: there is no src/api/b.ts"],
    [
      "a page that is not there",
      "see [b](b.md#part)",
      "docs/page.md:3: the link leads to docs/b.md, which is not there",
    ],
    ["no method of the class", "| x | `Door.shut` | `src/api/a.ts` |", "src/api/a.ts declares no Door.shut"],
    ["no class of the file", "| x | `Window.open` | `src/api/a.ts` |", "src/api/a.ts declares no Window.open"],
    ["no function of the file", "| x | `ring` | `src/api/a.ts` |", "src/api/a.ts declares no ring"],
  ])("a page that names %s is refused", (_, row, problem) => {
    expect(page(row)).toMatchObject({ status: 1, output: expect.stringContaining(problem) });
  });

  test("a page that names what is there passes", () => {
    const rows =
      "| x | `Door.open` | `src/api/a.ts` |\n| y | `knock` | `src/api/a.ts` |\n[itself](page.md#page) `src/api`";
    expect(page(rows).status).toBe(0);
  });
});

describe("purity", () => {
  const impure: [string, string][] = [
    ["const t = Date.now();", "Date reads a clock"],
    ["const t = new Date();", "Date reads a clock"],
    ["const t = performance.now();", "performance reads a clock"],
    ["const r = Math.random();", "Math.random"],
    ["const r = Math.sqrt(2);", "Math.sqrt"],
    ["const { random } = Math;", "Math"],
    ["crypto.getRandomValues(b);", "crypto is random"],
    ["setTimeout(f, 1);", "setTimeout is a timer"],
    ["setInterval(f, 1);", "setInterval is a timer"],
    ["setImmediate(f);", "setImmediate is a timer"],
    ["queueMicrotask(f);", "queueMicrotask is a timer"],
    ["const e = process.env;", "process reaches outside"],
    ["const p: Promise<void> = q;", "Promise is asynchronous"],
    ["const f = async () => 1;", "async is asynchronous"],
    ["const m = await f;", "await is asynchronous"],
    ["const x = globalThis;", "globalThis reaches outside"],
    ["const x = parseFloat(s);", "parseFloat parses floating point"],
    ["const x = 0.5;", "0.5 is a floating-point number"],
    [`const x = \`\${\`\${Date.now()}\`}\`;`, "Date reads a clock"],
    ["const x = 4 / 2; const t = Date; const y = 1 / x;", "Date reads a clock"],
    ['import fs from "node:fs";', "may not import the package node:fs"],
    ['import { z } from "zod";', "may not import the package zod"],
    ['export * from "../network/types.js";', "may not import ../network/types.js"],
    ['import "../kernel/types.js";', "may not import ../kernel/types.js"],
    ['const m = import("./own.js");', "a dynamic import is asynchronous"],
  ];
  test.each(impure)("%s is refused", (code, message) => {
    const { status, output } = planted("purity", "src/engine/planted.ts", `\n${code}\n`);
    expect(output).toContain(`src/engine/planted.ts:2: `);
    expect(output).toContain(message);
    expect(status).toBe(1);
  });

  test("protocol may not look up to the engine, while the engine may look down", () => {
    const upward = planted("purity", "src/protocol/planted.ts", 'import type { X } from "../engine/x.js";\n');
    expect(upward.status).toBe(1);
    const downward = planted("purity", "src/engine/planted.ts", 'import type { X } from "../protocol/x.js";\n');
    expect(downward.status).toBe(0);
  });

  test("words in comments, strings, templates and patterns are not code", () => {
    const innocent = [
      "// Date.now() and setTimeout() are not called here",
      "/** Math.random, 0.5, a Promise */",
      'const a = "process.env";',
      "const b = 'await \\' Date';",
      `const c = \`Date \${a} Promise \${\`async \${b}\`} 0.5\`;`,
      "const d = /Date\\/[/]Promise/.test(a);",
      "const e = record.process + entry?.Date;",
      "const f = Math.floor(7 / 2) / 1e3;",
    ].join("\n");
    const { status, output } = planted("purity", "src/protocol/innocent.ts", innocent);
    expect(output).toMatch(/^ok/);
    expect(status).toBe(0);
  });
});

describe("rooms", () => {
  const rooms = readdirSync(path.join(projectRoot, "src"), { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  );
  const references = rooms.map(({ name }) => `src/${name}/tsconfig.json`);

  test("an import up the tower of the engine is refused, one down is not", () => {
    const tree = temporaryTree(references);
    tree.plant("src/engine/sync/a.ts", 'import type { X } from "../fold/index.js";\n');
    expect(runChecks(tree.root, "rooms").status).toBe(0);
    tree.plant("src/engine/fold/a.ts", 'import type { X } from "../sync/index.js";\n');
    const { output } = runChecks(tree.root, "rooms");
    expect(output).toContain("src/engine/fold/a.ts:1: src/engine/sync/index.js is further up in the engine");
  });

  test("the kernel alone may import the types of the addon", () => {
    const tree = temporaryTree(references);
    const line = 'type X = typeof import("../../native/addon/index.js");\n';
    tree.plant("src/kernel/planted.ts", line);
    expect(runChecks(tree.root, "rooms").status).toBe(0);
    tree.plant("src/storage/planted.ts", line);
    const { output } = runChecks(tree.root, "rooms");
    expect(output).toContain("src/storage/planted.ts:1: storage may not import native/addon/index.js");
  });

  const upward: [string, string][] = [
    ["protocol", "engine"],
    ["engine", "kernel"],
    ["kernel", "engine"],
    ["network", "storage"],
    ["storage", "manager"],
    ["api", "kernel"],
    ["manager", "plugin"],
    ["plugin", "cli"],
  ];
  test.each(upward)("%s may not import or reference %s", (room, above) => {
    const importing = temporaryTree(references);
    expect(runChecks(importing.root, "rooms").status).toBe(0);
    importing.plant(`src/${room}/planted.ts`, `type X = typeof import("../${above}/x.js");\n`);
    const refused = runChecks(importing.root, "rooms");
    expect(refused.output).toContain(`src/${room}/planted.ts:1: ${room} may not import src/${above}/x.js`);
    expect(refused.status).toBe(1);

    const referencing = temporaryTree(references);
    const file = `src/${room}/tsconfig.json`;
    const config: { references: unknown[] } = JSON.parse(readFileSync(path.join(projectRoot, file), "utf8"));
    config.references.push({ path: `../${above}` });
    referencing.plant(file, JSON.stringify(config));
    expect(runChecks(referencing.root, "rooms").output).toContain(`${file}: ${room} may not reference ${above}`);
  });
});

describe("words", () => {
  const join = (...parts: string[]) => parts.join("");
  const forbidden: [string, string][] = [
    ["src/api/a.ts", join("// TO", "DO: later\n")],
    ["native/a.rs", join("// FIX", "ME\n")],
    ["README.md", join("see XX", "X\n")],
    ["src/api/a.ts", join("// HA", "CK\n")],
    ["src/api/a.ts", "const x: any = 1;\n"],
    ["src/api/a.ts", "const x = f<any[]>();\n"],
    ["src/api/a.ts", "const x = y as unknown as string;\n"],
    ["src/api/a.ts", join("// @ts-", "ignore\nconst x = 1;\n")],
    ["src/api/a.ts", join("// @ts-", "expect-error\nconst x = 1;\n")],
    ["test/a.ts", join("// biome-", "ignore lint: no\n")],
    ["test/a.test.ts", 'test.only("a", () => {});\n'],
    ["test/a.test.ts", 'describe.skip("a", () => {});\n'],
    ["test/a.test.ts", 'it.todo("a");\n'],
    ["docs/a.md", join("cd /ho", "me/alice/node\n")],
    ["src/api/a.ts", join('const x = "/ro', 'ot/key";\n')],
    [".ci/run", join("npm --registry https://registry.np", "mjs.org\n")],
  ];
  test.each(forbidden)("in %s: %j is refused", (file, content) => {
    const { status, output } = planted("words", file, content);
    expect(output).toContain(`${file}:1: `);
    expect(status).toBe(1);
  });

  test("a skip that gives its reason, and words inside words, may stay", () => {
    const skipped = '// Skipped because this platform has no such signal.\ntest.skip("a", () => {});\n';
    expect(planted("words", "test/a.test.ts", skipped).status).toBe(0);
    const innocent = 'const anything = z.any(); // any company\nconst url = "http://127.0.0.1/homework/";\n';
    expect(planted("words", "src/api/a.ts", innocent).status).toBe(0);
  });
});

describe("glossary", () => {
  const head = "| word | specification | field | meaning | replaced |\n|---|---|---|---|---|\n";
  const row = "| equivocated slot | - | - | holds two records | spent |\n| shutdown | - | - | ends | ending (Rust) |\n";
  const used = "/** Shutdown. */\nexport const equivocatedSlots = 1;\n";
  const tree = { "docs/glossary.md": head + row, "src/engine/a.ts": used };

  test("words that the code uses pass, and a replaced word passes in a comment, in a text and in another word", () => {
    const other = '// The slot is spent.\nexport const misspent = "spent";\nexport const ending = 1;\n';
    expect(plantedTree("glossary", { ...tree, "src/engine/b.ts": other })).toEqual({
      status: 0,
      output: expect.stringContaining("ok     glossary"),
    });
  });

  test.each([
    ["src/engine/b.ts", "export const spentPair = 1;\n", ":1: spentPair: equivocated slot is the word for it"],
    ["src/engine/b.ts", "export class A {\n  #isSpent = 1;\n}\n", ":2: #isSpent: equivocated slot"],
    ["src/engine/spent-slots.ts", "export {};\n", ": spent: equivocated slot is the word for it"],
    ["native/host/src/a.rs", "// the ending\npub enum Ending {}\n", ":2: Ending: shutdown is the word for it"],
  ])("a replaced word in a name of %s is refused: %s", (file, source, problem) => {
    const { status, output } = plantedTree("glossary", { ...tree, [file]: source });
    expect(output).toContain(`${file}${problem}`);
    expect(status).toBe(1);
  });

  test("a word that the code does not use and a word with two rows are refused", () => {
    const { output } = plantedTree("glossary", {
      ...tree,
      "docs/glossary.md": `${head}${row}| wave | - | - | x | - |\n${row}`,
    });
    expect(output).toContain("docs/glossary.md: wave: the code does not use it");
    expect(output).toContain("docs/glossary.md: shutdown: it has two rows");
  });
});
