import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { codeBlocks, DependentProject, projectRoot } from "../support/project.js";

const COMPILER = join(projectRoot, "node_modules/typescript/bin/tsc");
/** What a strict project of a program that embeds a node sets; Node's types are this project's. */
const PROJECT = {
  compilerOptions: {
    strict: true,
    target: "es2023",
    module: "nodenext",
    noUncheckedIndexedAccess: true,
    noPropertyAccessFromIndexSignature: true,
    types: ["node"],
    typeRoots: [join(projectRoot, "node_modules/@types")],
  },
  files: ["program.mts"],
};

it("the program of docs/embedding-typescript.md compiles under strict and runs to its end", async () => {
  const page = await readFile(join(projectRoot, "docs/embedding-typescript.md"), "utf8");
  const project = await DependentProject.make();
  await project.write("program.mts", codeBlocks(page, "ts").join("\n"));
  await project.write("tsconfig.json", JSON.stringify(PROJECT));
  await project.node(COMPILER, "--project", ".");
  expect((await project.node("program.mjs")).split("\n")).toEqual([
    expect.stringMatching(/^peer \w+ listens on 1 address$/),
    "false true true",
    expect.stringMatching(/^task is Published, final: false, the set is (?:whole|catching_up|unknown)$/),
    "1 open task",
    "storage not_found",
    "true",
    "Published",
    "",
  ]);
});
