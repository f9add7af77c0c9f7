import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { ADDON_FILE } from "../../src/kernel/addon-files.js";
import { PACKAGE_ROOT } from "../../src/kernel/source-digest.js";
import { makeDirectory } from "../support/scratch.js";

const run = promisify(execFile);
const PLATFORM = `tos-ai-sync-${process.platform}-${process.arch}`;
const BUILT = [`native/addon/${ADDON_FILE}`, "dist/kernel/index.js"].every((path) =>
  existsSync(join(PACKAGE_ROOT, path)),
);

let project: string;

/** Runs scripts/build-platform.mjs. The result is the path of the tarball in its output. */
async function pack(...options: string[]): Promise<string> {
  const script = join(PACKAGE_ROOT, "scripts/build-platform.mjs");
  const { stdout } = await run(process.execPath, [script, ...options, "--out", join(project, "packages")]);
  return stdout.trim();
}

describe.skipIf(!BUILT || !existsSync(join(PACKAGE_ROOT, "native/addon", ADDON_FILE)))(
  "the packages of a release",
  () => {
    beforeAll(async () => {
      const made = await makeDirectory();
      project = made.path;
      await mkdir(join(project, "node_modules/tos-ai-sync"), { recursive: true });
      await writeFile(join(project, "package.json"), '{ "private": true, "type": "module" }');
      return made.remove;
    });

    it("the packages give an empty project the native kernel without a build", { timeout: 120_000 }, async () => {
      const main = await pack("--main");
      const platform = await pack("--built");
      // The main package is unpacked without npm, which would download its dependencies.
      const folder = join(project, "node_modules/tos-ai-sync");
      await run("npm", ["install", "--offline", "--ignore-scripts", "--no-audit", "--no-save", platform], {
        cwd: project,
      });
      await mkdir(folder, { recursive: true });
      await run("tar", ["-xzf", main, "-C", folder, "--strip-components=1"]);
      await symlink(join(PACKAGE_ROOT, "node_modules/@noble"), join(project, "node_modules/@noble"));
      expect(existsSync(join(folder, "native/addon", ADDON_FILE))).toBe(false);

      const script = `
      import { loadKernel } from "./node_modules/tos-ai-sync/dist/kernel/index.js";
      const rows = [];
      for (const force of [undefined, "wasm"]) {
        const { kernel, skipped } = await loadKernel({ force });
        rows.push([kernel.backend, skipped.length, (await kernel.verifyMessages(new Uint8Array(132)))[0] > 0]);
        await kernel.close();
      }
      console.log(JSON.stringify(rows));
    `;
      await writeFile(join(project, "load.mjs"), script);
      const { stdout } = await run(process.execPath, ["load.mjs"], { cwd: project, env: { PATH: process.env.PATH } });
      expect(JSON.parse(stdout)).toEqual([
        ["native", 0, true],
        ["wasm", 0, true],
      ]);
    });

    it("the packages name each other at one version", async () => {
      const { version }: { version: string } = JSON.parse(await readFile(join(PACKAGE_ROOT, "package.json"), "utf8"));
      const { stdout } = await run("tar", [
        "-xzOf",
        join(project, "packages", `tos-ai-sync-${version}.tgz`),
        "package/package.json",
      ]);
      const manifest: unknown = JSON.parse(stdout);
      const own: unknown = JSON.parse(await readFile(join(project, "node_modules", PLATFORM, "package.json"), "utf8"));
      expect(own).toMatchObject({ os: [process.platform], cpu: [process.arch], main: ADDON_FILE });
      expect(own).not.toHaveProperty("scripts");
      expect(manifest).not.toHaveProperty("private");
      const platforms = ["linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64"];
      const names = Object.fromEntries(platforms.map((name) => [`tos-ai-sync-${name}`, version]));
      expect(manifest).toMatchObject({ version, optionalDependencies: names });
    });
  },
);
