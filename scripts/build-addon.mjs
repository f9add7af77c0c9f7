// Builds the native kernel and puts it where src/kernel/native.ts looks for it. Runs at install (`prepare`) and by
// hand: `npm run build:addon`. Without it the plugin still works, on a slower kernel; so a failure is told in one line
// and written to build-status.json for the loader, and the exit code stays 0.
import { spawn } from "node:child_process";
import { copyFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const FOLDER = join(ROOT, "native", "addon");
const ADDON = join(FOLDER, `tos-ai-kernel.${process.platform}-${process.arch}.node`);
const STATUS = join(FOLDER, "build-status.json");
const CRATE = "tos-ai-addon";
const BY_HAND = "run `npm run build:addon`";

/**
 * A clean build takes half a minute of one core; a build that takes this long hangs (a registry that never answers).
 */
const DEADLINE_MS = 15 * 60_000;
/** Cargo names each built crate in one short line; what is longer is not kept. */
const OUTPUT_LIMIT = 4 * 1024 * 1024;

class BuildProblem extends Error {
  constructor(cause, cure) {
    super(cause);
    this.cure = cure;
  }
}

/** Runs cargo with its progress on our stderr; resolves to its messages, one JSON object per line. */
function runCargo() {
  const parameters = ["build", "--release", "--locked", "-p", CRATE, "--message-format=json-render-diagnostics"];
  // A group of its own, so that the deadline also ends the compilers that cargo started.
  const grouped = process.platform !== "win32";
  const cargo = spawn("cargo", parameters, { cwd: ROOT, stdio: ["ignore", "pipe", "inherit"], detached: grouped });
  const kill = () => {
    try {
      if (grouped && cargo.pid !== undefined) process.kill(-cargo.pid, "SIGKILL");
      else cargo.kill("SIGKILL");
    } catch {
      // It has ended already.
    }
  };
  const interrupted = (signal) => {
    kill();
    process.exit(signal === "SIGINT" ? 130 : 143);
  };
  process.once("SIGINT", interrupted);
  process.once("SIGTERM", interrupted);

  return new Promise((resolve, reject) => {
    let output = "";
    const deadline = setTimeout(() => {
      kill();
      reject(
        new BuildProblem("cargo took more than 15 minutes", `check the connection to the registry, then ${BY_HAND}`),
      );
    }, DEADLINE_MS);
    cargo.stdout.setEncoding("utf8");
    cargo.stdout.on("data", (text) => {
      if (output.length < OUTPUT_LIMIT) output += text;
    });
    cargo.once("error", (error) => {
      clearTimeout(deadline);
      const missing = error.code === "ENOENT";
      const cause = missing ? "cargo was not found on PATH" : `cargo could not be started (${error.code})`;
      reject(new BuildProblem(cause, `install Rust 1.88 or later, then ${BY_HAND}`));
    });
    cargo.once("close", (code) => {
      clearTimeout(deadline);
      process.off("SIGINT", interrupted);
      process.off("SIGTERM", interrupted);
      if (code === 0) resolve(output);
      else reject(new BuildProblem("cargo failed; its messages are above", `amend what they say, then ${BY_HAND}`));
    });
  });
}

/** The library that cargo says it built, wherever its target folder is. */
function findLibrary(messages) {
  const library = /\.(so|dylib|dll)$/;
  let found;
  for (const line of messages.split("\n")) {
    if (!line.startsWith('{"reason":"compiler-artifact"')) continue;
    const message = JSON.parse(line);
    if (message.target.name !== CRATE.replaceAll("-", "_")) continue;
    found = message.filenames.find((name) => library.test(name)) ?? found;
  }
  if (found === undefined) throw new BuildProblem("cargo built no library", `check Cargo.toml, then ${BY_HAND}`);
  return found;
}

/** By a temporary name and a rename: a process that has the old file loaded keeps it, and no half file is ever seen. */
async function install(library) {
  const temporary = `${ADDON}.${process.pid}.tmp`;
  try {
    await copyFile(library, temporary);
    await rename(temporary, ADDON);
  } catch (error) {
    await rm(temporary, { force: true });
    throw new BuildProblem(`the addon could not be written (${error.code})`, `close what uses it, then ${BY_HAND}`);
  }
}

try {
  console.error("Building the native kernel with cargo (about a minute the first time).");
  await install(findLibrary(await runCargo()));
  await rm(STATUS, { force: true });
  console.error("The native kernel is ready.");
} catch (error) {
  const cause = error instanceof BuildProblem ? error.message : String(error);
  const cure = error instanceof BuildProblem ? error.cure : BY_HAND;
  console.error(
    `The native kernel was not built: ${cause}. A slower kernel will run instead; to change that, ${cure}.`,
  );
  await writeFile(STATUS, `${JSON.stringify({ cause, cure })}\n`).catch(() => undefined);
}
