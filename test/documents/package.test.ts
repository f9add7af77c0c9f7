import { execFile } from "node:child_process";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, expect, it } from "vitest";
import { packInto } from "../support/packed.js";
import { projectRoot } from "../support/project.js";
import { makeDirectory } from "../support/scratch.js";

const run = promisify(execFile);
const PUBLINT = join(projectRoot, "node_modules/publint/src/cli.js");
const ATTW = join(projectRoot, "node_modules/@arethetypeswrong/cli/dist/index.js");
const TARBALL_MAX_BYTES = 1_000_000;

let tarball: string;

beforeAll(async () => {
  const { path, remove } = await makeDirectory();
  tarball = await packInto(path);
  return remove;
});

it("publint finds nothing in the packed package", async () => {
  const { stdout } = await run(process.execPath, [PUBLINT, tarball, "--strict"]);
  expect(stdout).toContain("All good!");
});

it("every entry of the packed package resolves with its types for ES modules and for bundlers", async () => {
  const parameters = [ATTW, tarball, "--profile", "esm-only", "--format", "json"];
  const { stdout } = await run(process.execPath, parameters, { maxBuffer: 16 * 1024 * 1024 });
  const { analysis } = JSON.parse(stdout);
  expect(Object.keys(analysis.entrypoints)).toEqual([".", "./client", "./testing", "./package.json"]);
});

it("the packed package has at most 1 MB, and no source map", async () => {
  expect((await stat(tarball)).size).toBeLessThanOrEqual(TARBALL_MAX_BYTES);
  const { stdout } = await run("tar", ["-tzf", tarball]);
  const files = stdout.trim().split("\n");
  expect(files).toContain("package/types/index.d.ts");
  expect(files).toContain("package/dist/page/page.js");
  expect(files.filter((name) => /\.map$|\.tsbuildinfo|\.node$/.test(name))).toEqual([]);
});
