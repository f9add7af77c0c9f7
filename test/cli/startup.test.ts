import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { scratchDirectory } from "../support/scratch.js";

const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const LISTER = new URL("../support/list-modules.mjs", import.meta.url).href;

/** The packages that a command line loads. */
async function packagesOf(argv: readonly string[]): Promise<string[]> {
  const { stderr } = await promisify(execFile)(process.execPath, ["--import", LISTER, MAIN, ...argv]).catch(
    (error: { readonly stderr: string }) => error,
  );
  const names = [...stderr.matchAll(/\/node_modules\/((?:@[^/]+\/)?[^/]+)\//g)].map(([, name]) => name ?? "");
  return [...new Set(names)].sort();
}

test("help and version load no package but the one that parses the command line", async () => {
  expect(await packagesOf(["--help"])).toEqual(["commander"]);
  expect(await packagesOf(["--version"])).toEqual(["commander"]);
  expect(await packagesOf(["publish", "--help"])).toEqual(["commander"]);
});

test("a command that calls a node loads neither the network nor the database", async () => {
  const packages = await packagesOf(["status", "--dir-path", await scratchDirectory()]);
  expect(packages).toEqual(["commander", "lossless-json", "zod"]);
});
