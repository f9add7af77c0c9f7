import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { copyFile, writeFile } from "node:fs/promises";
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
const script = fileURLToPath(new URL("every-export.mjs", import.meta.url));
const FIVE_MINUTES = 300_000;
const TARGET = "x86_64-unknown-linux-gnu";

async function succeeds(command: string, ...parameters: string[]): Promise<boolean> {
  return run(command, parameters).then(
    () => true,
    () => false,
  );
}

/** The AddressSanitizer runtime of gcc: the runtime of Rust is for executables only. */
async function sanitizerRuntime(): Promise<string | undefined> {
  if (process.platform !== "linux" || process.arch !== "x64") return undefined;
  if (!(await succeeds("cargo", "+nightly", "--version"))) return undefined;
  const found = await run("gcc", ["-print-file-name=libasan.so"]).catch(() => undefined);
  const path = found?.stdout.trim() ?? "";
  return existsSync(path) ? path : undefined;
}

const runtime = await sanitizerRuntime();
const valgrind = await succeeds("valgrind", "--version");

let folder: string;
let items: string;

beforeAll(async () => {
  const made = await makeDirectory();
  folder = made.path;
  items = join(folder, "items");
  const { kernel } = await loadKernel({ force: "native" });
  const { privateKey, publicKey } = author(1);
  const message = Uint8Array.of(1);
  await writeFile(items, packItems([{ publicKey, message, signature: kernel.sign(privateKey, message) }]));
  return made.remove;
});

describe("the unsafe code of the addon and the tasks around it", () => {
  it.runIf(valgrind)(
    "valgrind finds no access of the addon outside its memory",
    { timeout: FIVE_MINUTES },
    async () => {
      const addon = addonPlaces(root)[0]?.path ?? "no addon";
      const parameters = ["--quiet", "--error-exitcode=9", process.execPath, script, addon, items, "50"];
      expect((await run("valgrind", parameters)).stdout.trim()).toBe("every export");
    },
  );

  it.runIf(runtime)(
    "AddressSanitizer finds no access of the addon outside its memory",
    { timeout: FIVE_MINUTES },
    async () => {
      const target = join(root, "target", "address-sanitizer");
      const parameters = [
        "+nightly",
        "build",
        "--locked",
        "-p",
        "tos-ai-addon",
        "--target",
        TARGET,
        "--target-dir",
        target,
      ];
      await run("cargo", parameters, { cwd: root, env: { ...process.env, RUSTFLAGS: "-Zsanitizer=address" } });
      const addon = join(target, TARGET, "debug", "libtos_ai_addon.so");
      const env = { ...process.env, LD_PRELOAD: runtime, ASAN_OPTIONS: "detect_leaks=0" };
      // Node loads a library as an addon only under the name *.node.
      const named = join(folder, "addon.node");
      await copyFile(addon, named);
      const { stdout } = await run(process.execPath, [script, named, items, "2000"], { env });
      expect(stdout.trim()).toBe("every export");
    },
  );
});
