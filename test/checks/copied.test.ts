import { appendFileSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { projectRoot, runChecks, runNode, type TemporaryTree, temporaryTree } from "./temporary-tree.js";

describe("manifest", () => {
  const manifests = ["package.json", "package-lock.json", "Cargo.toml", "Cargo.lock"];

  /** Replaces text in one file of the tree; the text must be there. */
  function edit(tree: TemporaryTree, file: string, from: string | RegExp, to: string) {
    const before = readFileSync(path.join(tree.root, file), "utf8");
    const after = before.replace(from, to);
    expect(after).not.toBe(before);
    tree.plant(file, after);
  }

  const spoiled: [string, string | RegExp, string, string][] = [
    ["package.json", '"zod": "', '"zod": "^', "not an exact version"],
    ["package.json", /"version": "[^"]+"/, '"version": "9.9.9"', "of another version"],
    ["package.json", /"zod": "[^"]+"/, '"zod": "1.0.0"', "dependencies differ from package.json"],
    ["package.json", /"@nxtedition\/rocksdb": false,/, "", "does not decide about the install script of @nxted"],
    ["package-lock.json", '"integrity":', '"resolved": "https://host.invalid/a.tgz",\n"integrity":', "names the host"],
    ["package-lock.json", /\n\s*"integrity": "[^"]+",/, "", "has no integrity hash"],
    [
      "package-lock.json",
      /"node_modules\/@biomejs\/cli-win32-x64": \{[^}]+\}[^}]+\},/,
      "",
      "needs @biomejs/cli-win32-x64",
    ],
    ["package-lock.json", '"integrity":', '"libc": ["musl"],\n"integrity":', 'has "libc"'],
    ["Cargo.toml", /^version = "[^"]+"/m, 'version = "9.9.9"', "version 9.9.9 is not package.json's"],
    ["Cargo.lock", /^source = "[^"]+"/m, 'source = "registry+https://host.invalid"', "comes from"],
  ];
  test.each(spoiled)("%s with %s replaced by %s is refused", (file, from, to, message) => {
    const tree = temporaryTree(manifests);
    expect(runChecks(tree.root, "manifest").status).toBe(0);
    edit(tree, file, from, to);
    const { status, output } = runChecks(tree.root, "manifest");
    expect(output).toContain(message);
    expect(status).toBe(1);
  });
});

describe("generated", () => {
  const sources = ["src/protocol/proto", "src/protocol/generated"];

  test("changed .proto files, edited code and missing code are each refused", () => {
    const tree = temporaryTree(sources);
    // One run of the generator for all three; that it refuses nothing else is seen on the tree itself.
    appendFileSync(path.join(tree.root, "src/protocol/proto/hello.proto"), "\nmessage Planted { uint64 x = 1; }\n");
    rmSync(path.join(tree.root, "src/protocol/generated/body_pb.ts"));
    tree.plant("src/protocol/generated/planted_pb.ts", "export {};\n");
    const { status, output } = runChecks(tree.root, "generated");
    expect(output.match(/\S+_pb\.ts: differs/g)).toEqual(
      ["body", "hello", "planted"].map((name) => `src/protocol/generated/${name}_pb.ts: differs`),
    );
    expect(status).toBe(1);
  });
});

describe("project references", () => {
  const compiler = path.join(projectRoot, "node_modules/typescript/bin/tsc");
  const settings = ["src/protocol/tsconfig.json", "src/engine/tsconfig.json", "tsconfig.base.json", "package.json"];

  test("the compiler refuses an upward import, of types too", () => {
    const tree = temporaryTree(settings);
    tree.plant("src/protocol/below.ts", "export interface Below {\n  readonly x: number;\n}\n");
    const down = 'import type { Below } from "../protocol/below.js";\nexport const x = (below: Below) => below.x;\n';
    tree.plant("src/engine/above.ts", down);
    expect(runNode([compiler, "-b", "src/engine"], tree.root)).toMatchObject({ status: 0, output: "" });

    tree.plant("src/protocol/planted.ts", 'export type { x } from "../engine/above.js";\n');
    const { status, output } = runNode([compiler, "-b", "src/protocol"], tree.root);
    expect(output).toMatch(/src\/engine\/above\.ts' is not listed within the file list/);
    expect(status).not.toBe(0);
  });

  test("the compiler knows neither Node nor timers in a pure room", () => {
    const tree = temporaryTree(settings);
    tree.plant("src/protocol/planted.ts", 'import "node:fs";\nexport const x = setTimeout(() => {}, process.pid);\n');
    const { status, output } = runNode([compiler, "-b", "src/protocol"], tree.root);
    expect(output).toMatch(/Cannot find (?:module or type declarations for side-effect import of )?'?node:fs/);
    expect(output).toContain("Cannot find name 'setTimeout'");
    expect(output).toContain("Cannot find name 'process'");
    expect(status).not.toBe(0);
  });
});
