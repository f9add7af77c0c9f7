import { execFile } from "node:child_process";
import { chmod, cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeEach, describe, expect, it } from "vitest";
import { loadKernel } from "../../src/kernel/index.js";
import { scratchDirectory } from "../support/scratch.js";

const SCRIPTS = fileURLToPath(new URL("../../scripts", import.meta.url));
const run = promisify(execFile);

let root: string;
let addonFolder: string;

/** Runs a script of a separate tree, with only `root/bin` on PATH. Resolves when each process that it started ended. */
async function runScript(name: string): Promise<string> {
  const { stderr } = await run(process.execPath, [join(root, "scripts", name)], { env: { PATH: join(root, "bin") } });
  return stderr;
}

const build = () => runScript("build-addon.mjs");

/** Puts a program named cargo on PATH, and a program instead of @napi-rs/cli into the tree. */
async function fakeTools(napi: string): Promise<void> {
  await writeFile(join(root, "bin/cargo"), "#!/bin/sh\nexit 0\n");
  await chmod(join(root, "bin/cargo"), 0o755);
  await mkdir(join(root, "node_modules/@napi-rs/cli/dist"), { recursive: true });
  await writeFile(join(root, "node_modules/@napi-rs/cli/dist/cli.js"), napi);
}

async function status(): Promise<unknown> {
  return JSON.parse(await readFile(join(addonFolder, "build-status.json"), "utf8"));
}

beforeEach(async () => {
  root = await scratchDirectory();
  addonFolder = join(root, "native", "addon");
  await mkdir(addonFolder, { recursive: true });
  await mkdir(join(root, "bin"));
  for (const name of ["build-addon.mjs", "napi.mjs"]) await cp(join(SCRIPTS, name), join(root, "scripts", name));
});

describe.skipIf(process.platform === "win32")("scripts/build-addon.mjs", () => {
  it("the build without cargo succeeds with one line and records the cause for the loader", async () => {
    const lines = (await build()).trim().split("\n");
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^The native kernel was not built: cargo was not found on PATH\. .*install Rust/);
    const { skipped } = await loadKernel({ root });
    expect(skipped[0]?.cause).toBe("cargo was not found on PATH");
  });

  it("the build without dev dependencies succeeds and records the cause", async () => {
    await fakeTools("");
    await rm(join(root, "node_modules"), { recursive: true });
    expect(await build()).toContain("@napi-rs/cli is not installed");
    expect(await status()).toMatchObject({ cure: "run `npm install`, then run `npm run build:addon`" });
  });

  it("the build succeeds if napi fails, after napi's output", async () => {
    await fakeTools("console.error('error: no such crate'); process.exit(1);");
    expect(await build()).toMatch(/error: no such crate\n.*napi build failed/s);
    expect(await status()).toMatchObject({ cause: "napi build failed; its messages are above" });
  });

  it("the build writes to native/addon with the locked crates and removes an earlier failure", async () => {
    await build();
    await fakeTools('console.log(process.argv.slice(2).join(" "));');
    const output = await build();
    expect(output).toContain(`--package tos-ai-addon --output-dir ${addonFolder} -- --locked`);
    expect(output).toContain("The native kernel is ready.");
    expect(await readdir(addonFolder)).toEqual([]);
  });
});

describe.skipIf(process.platform === "win32")("scripts/napi.mjs", () => {
  it("a command over its time limit ends together with the processes that it started", async () => {
    const child = `["-e", "setInterval(() => {}, 1000)"], { stdio: "inherit" }`;
    await fakeTools(`require("node:child_process").spawn(process.execPath, ${child});`);
    const script = `
      import { runNapi } from "./napi.mjs";
      await runNapi(["build"], { deadlineMs: 1000 }).catch((error) => console.error(error.message));
    `;
    await writeFile(join(root, "scripts/limited.mjs"), script);
    expect(await runScript("limited.mjs")).toBe("napi build took more than 1 s\n");
  });
});
