import { execFile } from "node:child_process";
import { chmod, cp, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeEach, describe, expect, it } from "vitest";
import { ADDON_FILE } from "../../src/kernel/addon-files.js";
import { loadKernel } from "../../src/kernel/index.js";
import { scratchDirectory } from "../support/scratch.js";

const SCRIPT = fileURLToPath(new URL("../../scripts/build-addon.mjs", import.meta.url));
const run = promisify(execFile);

let root: string;
let addonFolder: string;

/** Runs the script in a separate tree, with only `root/bin` on PATH. */
async function build(): Promise<string> {
  const { stderr } = await run(process.execPath, [join(root, "scripts", "build-addon.mjs")], {
    env: { PATH: join(root, "bin") },
  });
  return stderr;
}

/** Puts a shell script named cargo on PATH. */
async function fakeCargo(body: string): Promise<void> {
  const path = join(root, "bin", "cargo");
  await writeFile(path, `#!/bin/sh\n${body}\n`);
  await chmod(path, 0o755);
}

beforeEach(async () => {
  root = await scratchDirectory();
  addonFolder = join(root, "native", "addon");
  await mkdir(addonFolder, { recursive: true });
  await mkdir(join(root, "bin"));
  await cp(SCRIPT, join(root, "scripts", "build-addon.mjs"));
});

describe.skipIf(process.platform === "win32")("scripts/build-addon.mjs", () => {
  it("the build without cargo succeeds with one line and records the cause for the loader", async () => {
    const lines = (await build()).trim().split("\n");
    expect(lines).toHaveLength(2);
    expect(lines[1]).toMatch(/^The native kernel was not built: cargo was not found on PATH\. .*install Rust/);
    const { skipped } = await loadKernel({ root });
    expect(skipped[0]?.cause).toBe("cargo was not found on PATH");
  });

  it("the build succeeds if cargo fails, after cargo's output", async () => {
    await fakeCargo("echo 'error: no such crate' >&2; exit 101");
    const output = await build();
    expect(output).toContain("error: no such crate");
    expect(output).toContain("cargo failed");
    expect(JSON.parse(await readFile(join(addonFolder, "build-status.json"), "utf8"))).toHaveProperty("cure");
  });

  it("the build installs cargo's library and removes an earlier failure", async () => {
    await build();
    const library = join(root, "libtos_ai_addon.so");
    await writeFile(library, "library");
    const message = { reason: "compiler-artifact", target: { name: "tos_ai_addon" }, filenames: [library] };
    await fakeCargo(`echo '${JSON.stringify(message)}'`);
    expect(await build()).toContain("The native kernel is ready.");
    expect(await readdir(addonFolder)).toEqual([ADDON_FILE]);
    expect(await readFile(join(addonFolder, ADDON_FILE), "utf8")).toBe("library");
  });
});
