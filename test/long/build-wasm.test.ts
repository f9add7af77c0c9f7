import { execFile, spawnSync } from "node:child_process";
import { cp, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeEach, describe, expect, it } from "vitest";
import { PACKAGE_ROOT } from "../../src/kernel/source-digest.js";
import { scratchDirectory } from "../support/scratch.js";

const missing = ["cargo", "wasm-pack", "wasm-bindgen"].filter((name) => spawnSync(name, ["--version"]).status !== 0);

/** The standard library for wasm32 may be missing too; only the script detects that. */
const NO_LIBRARY = /no standard library for wasm32/;

let root: string;

beforeEach(async () => {
  root = await scratchDirectory();
});

describe.skipIf(missing.length > 0)("npm run build:wasm", () => {
  it("npm run build:wasm makes the committed bytes in another folder", { timeout: 600_000 }, async (context) => {
    for (const name of ["package.json", "Cargo.toml", "Cargo.lock", "native", "wasm", "scripts"]) {
      const filter = (path: string) => !path.endsWith(".node");
      await cp(join(PACKAGE_ROOT, name), join(root, name), { recursive: true, filter });
    }
    try {
      await promisify(execFile)(process.execPath, [
        join(root, "scripts/build-wasm.mjs"),
        "--out",
        join(root, "rebuilt"),
      ]);
    } catch (error) {
      context.skip(error instanceof Error && NO_LIBRARY.test(error.message));
      throw error;
    }
    const committed = join(PACKAGE_ROOT, "wasm/pkg");
    const names = await readdir(committed);
    expect((await readdir(join(root, "rebuilt"))).sort()).toEqual(names.sort());
    for (const name of names) {
      const [one, other] = await Promise.all([readFile(join(committed, name)), readFile(join(root, "rebuilt", name))]);
      expect(one.equals(other), name).toBe(true);
    }
  });
});
