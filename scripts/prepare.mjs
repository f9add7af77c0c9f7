// Runs after `npm install` in a checkout: compiles TypeScript into dist/, then the native addon. A node also runs
// without the addon, on a slower kernel: the addon's script prints why it failed, and the install continues.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const compiler = path.join(root, "node_modules/typescript/bin/tsc");

/** Runs one program of Node in the foreground; true when it succeeded. */
function run(...args) {
  return spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" }).status === 0;
}

if (!existsSync(compiler)) {
  console.log("prepare: the TypeScript compiler is not installed (no dev dependencies), so nothing is built");
} else {
  console.log("prepare: compiling TypeScript");
  if (!run(compiler, "-b")) process.exit(1);
  if (!run(path.join(root, "scripts/build-page.mjs"))) process.exit(1);
  console.log("prepare: building the native kernel");
  run(path.join(root, "scripts/build-addon.mjs"));
}
