import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));

it("the README's example runs as it stands, in a project that depends on the package", async () => {
  const readme = await readFile(join(root, "README.md"), "utf8");
  const example = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? "";
  expect(
    example
      .trim()
      .split("\n")
      .filter((line) => line.trim() !== "").length,
  ).toBeLessThanOrEqual(14);
  const project = await mkdtemp(join(tmpdir(), "readme-"));
  try {
    await mkdir(join(project, "node_modules"));
    await symlink(root, join(project, "node_modules", "tos-ai-sync"));
    await writeFile(join(project, "example.mjs"), example);
    const { stdout } = await promisify(execFile)(process.execPath, ["example.mjs"], { cwd: project });
    expect(stdout).toMatch(/^task [0-9a-f]{64} is Published\n$/);
  } finally {
    await rm(project, { recursive: true, force: true });
  }
});
