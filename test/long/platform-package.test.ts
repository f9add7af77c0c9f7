import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { ADDON_FILE } from "../../src/kernel/addon-files.js";
import { PACKAGE_ROOT } from "../../src/kernel/source-digest.js";
import { makeDirectory } from "../support/scratch.js";

const run = promisify(execFile);
const PLATFORM = `tos-ai-sync-${ADDON_FILE.split(".")[1]}`;
const FIVE_MINUTES = 300_000;
const BUILT = [`native/addon/${ADDON_FILE}`, "dist/kernel/index.js"].every((path) =>
  existsSync(join(PACKAGE_ROOT, path)),
);

let project: string;

async function readManifest<T>(path: string): Promise<T> {
  return JSON.parse(await readFile(path, "utf8"));
}

/** Runs scripts/build-packages.mjs. The result are its lines. */
async function pack(...options: string[]): Promise<string[]> {
  const script = join(PACKAGE_ROOT, "scripts/build-packages.mjs");
  const { stdout } = await run(process.execPath, [script, ...options, "--out", join(project, "packages")]);
  return stdout.trim().split("\n");
}

describe.skipIf(!BUILT || !existsSync(join(PACKAGE_ROOT, "native/addon", ADDON_FILE)))(
  "the packages of a release",
  () => {
    beforeAll(async () => {
      const made = await makeDirectory();
      project = made.path;
      await writeFile(join(project, "package.json"), '{ "private": true, "type": "module" }');
      return made.remove;
    });

    it("the packages give an empty project the native kernel without a build", { timeout: FIVE_MINUTES }, async () => {
      const [platform = "", rocksdb = "", main = "", ...others] = await pack("--local");
      expect(others).toEqual([]);
      // The main package is unpacked without npm, which would download its dependencies.
      const folder = join(project, "node_modules/tos-ai-sync");
      await run(
        "npm",
        [
          "install",
          "--offline",
          "--ignore-scripts",
          "--no-audit",
          "--no-save",
          platform,
          `@nxtedition/rocksdb@file:${rocksdb}`,
        ],
        {
          cwd: project,
        },
      );
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

    it("the package of RocksDB has what a database needs, its licenses, and nothing else", async () => {
      const script = `
      import { RocksLevel } from "@nxtedition/rocksdb";
      const level = new RocksLevel("database", { keyEncoding: "buffer", valueEncoding: "buffer" });
      await level.open({ createIfMissing: true });
      await level.put(Buffer.from("key"), Buffer.from("value"));
      console.log(String(await level.get(Buffer.from("key"))));
      await level.close();
    `;
      await writeFile(join(project, "database.mjs"), script);
      const { stdout } = await run(process.execPath, ["database.mjs"], { cwd: project });
      expect(stdout).toBe("value\n");
      const files = await readdir(join(project, "node_modules/@nxtedition/rocksdb"));
      const licenses = ["LICENSE", "LICENSE.leveldb", "LICENSE.modules", "LICENSE.rocksdb"];
      expect(files.filter((name) => !name.endsWith(".node")).sort()).toEqual([...licenses, "index.js", "package.json"]);
      expect(files).toContain(`${process.platform}-${process.arch}.node`);
    });

    it("the packages name each other at one version", async () => {
      const { version } = await readManifest<{ version: string }>(join(PACKAGE_ROOT, "package.json"));
      const own = await readManifest<object>(join(project, "node_modules", PLATFORM, "package.json"));
      expect(own).toMatchObject({ version, os: [process.platform], cpu: [process.arch], main: ADDON_FILE });
      expect(own).not.toHaveProperty("scripts");
      const manifest = await readManifest<object>(join(project, "node_modules/tos-ai-sync/package.json"));
      expect(manifest).not.toHaveProperty("private");
      const optionalDependencies = {
        [PLATFORM]: version,
        "@nxtedition/rocksdb": `npm:tos-ai-sync-rocksdb@${version}`,
      };
      expect(manifest).toMatchObject({ version, optionalDependencies });
    });

    it("a release without the addon of one of its platforms is refused", { timeout: FIVE_MINUTES }, async () => {
      const refused = await pack("--artifacts", join(project, "none")).catch(
        (error: Error & { stderr?: string }) => error.stderr,
      );
      expect(refused).toContain("Missing artifacts for configured targets");
    });
  },
);
