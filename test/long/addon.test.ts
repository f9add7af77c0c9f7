import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { addonPlaces } from "../../src/kernel/addon-files.js";
import { loadKernel } from "../../src/kernel/index.js";
import { packItems } from "../../src/protocol/table.js";
import { author } from "../support/envelopes.js";
import { makeDirectory } from "../support/scratch.js";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../", import.meta.url));
const script = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const FIVE_MINUTES = 300_000;

let folder: string;
let items: string;

/** Builds the addon with these features in a directory of its own. The result is the library's path. */
async function build(features: string): Promise<string> {
  const target = join(root, "target", "addon-tests");
  const parameters = ["build", "--release", "--locked", "-p", "tos-ai-addon", "--target-dir", target];
  await run("cargo", [...parameters, "--features", features], { cwd: root });
  const names: { readonly [platform: string]: string } = { darwin: "libtos_ai_addon.dylib", win32: "tos_ai_addon.dll" };
  return join(target, "release", names[process.platform] ?? "libtos_ai_addon.so");
}

beforeAll(async () => {
  const made = await makeDirectory();
  folder = made.path;
  items = join(folder, "items");
  const { kernel } = await loadKernel({ force: "native" });
  const batch = Array.from({ length: 64 }, (_, at) => {
    const { privateKey, publicKey } = author(at + 1);
    const message = Uint8Array.of(at);
    return { publicKey, message, signature: kernel.sign(privateKey, message) };
  });
  await writeFile(items, packItems(batch));
  return made.remove;
});

describe("the addon", () => {
  it("the addon turns panics into errors, and its process continues", { timeout: FIVE_MINUTES }, async () => {
    const { stdout } = await run(process.execPath, [script("panics.mjs"), await build("panics")]);
    const { errors, rejected, after } = JSON.parse(stdout);
    expect(errors).toEqual(["as asked", "kernel_failed: a verification panicked"]);
    expect([rejected, after]).toEqual([32, 0]);
  });

  it.each(["main", "workers only"])(
    "the addon survives 400 workers that end with tasks in flight, loaded in %s",
    { timeout: FIVE_MINUTES },
    async (where) => {
      const addon = addonPlaces(root)[0]?.path ?? "no addon";
      const { stdout } = await run(process.execPath, [script("workers-come-and-go.mjs"), addon, items, where]);
      expect(stdout.trim()).toBe("400 workers");
    },
  );
});
