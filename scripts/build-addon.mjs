// Builds the native kernel with @napi-rs/cli and writes it and its types to native/addon. Runs at install (`prepare`)
// and by hand: `npm run build:addon`. Without it the program works on a slower kernel. So a failure is one line on
// stderr and the file build-status.json for the loader, and the exit code is 0.
import { spawnSync } from "node:child_process";
import { rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { ADDON_BUILD, NapiProblem, runNapi } from "./napi.mjs";

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const FOLDER = path.join(ROOT, "native/addon");
const STATUS = path.join(FOLDER, "build-status.json");
const BY_HAND = "run `npm run build:addon`";

/** napi reports a missing cargo by the stack trace of its own code. */
function requireCargo() {
  const { error } = spawnSync("cargo", ["--version"], { stdio: "ignore" });
  if (error === undefined) return;
  const cause = error.code === "ENOENT" ? "cargo was not found on PATH" : `cargo could not be started (${error.code})`;
  throw new NapiProblem(cause, "install Rust 1.88 or later");
}

try {
  requireCargo();
  console.error("Building the native kernel with cargo (about a minute the first time).");
  await runNapi([...ADDON_BUILD, "--output-dir", FOLDER, "--", "--locked"]);
  await rm(STATUS, { force: true });
  console.error("The native kernel is ready.");
} catch (error) {
  const cause = error instanceof NapiProblem ? error.message : String(error);
  const cure = error instanceof NapiProblem ? `${error.cure}, then ${BY_HAND}` : BY_HAND;
  console.error(
    `The native kernel was not built: ${cause}. A slower kernel will run instead; to change that, ${cure}.`,
  );
  await writeFile(STATUS, `${JSON.stringify({ cause, cure })}\n`).catch(() => undefined);
}
