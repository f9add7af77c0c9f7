import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { withFlags } from "../../src/cli/output/index.js";
import { projectRoot } from "../support/project.js";

test("the command line names its flags for the options of the library", () => {
  expect(withFlags("check the option listen, its option bootstrap and the option dirPath")).toBe(
    "check --p2p-listen, its --bootstrap and --dir-path",
  );
  expect(withFlags("the option of a reader, the option constructor")).toBe(
    "the option of a reader, the option constructor",
  );
});

test("no text of the library names a flag of the command line", () => {
  const flags = /["`][^"`\n]*--(announce|bootstrap|daemon|dir-path|network|p2p-listen|registry|rules-file)/;
  const files = readdirSync(join(projectRoot, "src"), { recursive: true, encoding: "utf8" });
  const library = files.filter((file) => file.endsWith(".ts") && !file.startsWith("cli/"));
  expect(library.length).toBeGreaterThan(300);
  expect(library.filter((file) => flags.test(readFileSync(join(projectRoot, "src", file), "utf8")))).toEqual([]);
});
