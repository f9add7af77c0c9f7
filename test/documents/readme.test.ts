import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { codeBlocks, DependentProject, projectRoot } from "../support/project.js";

it("the README's example of at most 14 lines runs in a project that depends on the package", async () => {
  const [example = ""] = codeBlocks(await readFile(join(projectRoot, "README.md"), "utf8"), "ts");
  const lines = example.split("\n").filter((line) => line.trim() !== "");
  expect(lines.length).toBeLessThanOrEqual(14);
  const project = await DependentProject.make();
  await project.write("example.mjs", example);
  expect(await project.node("example.mjs")).toMatch(/^task [0-9a-f]{64} is Published\n$/);
});
