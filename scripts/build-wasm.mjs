// Builds wasm/pkg, the kernel in WebAssembly, which is committed: `npm run build:wasm`, or with `-- --out FOLDER`
// elsewhere. The same sources and the same compiler give the same bytes in any folder (docs/releasing.md).
import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { cp, mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { prepareSysroot, TARGET } from "./wasm-sysroot.mjs";

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const CRATE = path.join(ROOT, "wasm");
/** What of wasm-pack's output is kept. */
const FILES = ["kernel.js", "kernel_bg.wasm"];
/** As in wasm/Cargo.toml: the tool and the crate speak a format of their own to each other. */
const WASM_BINDGEN = "0.2.130";

function fail(cause, cure) {
  console.error(`The WebAssembly kernel was not built: ${cause}. To change that, ${cure}.`);
  process.exit(1);
}

function output(program, args, cure) {
  try {
    return execFileSync(program, args, { cwd: ROOT, encoding: "utf8" }).trim();
  } catch (error) {
    return fail(error.code === "ENOENT" ? `${program} was not found on PATH` : `${program} does not run`, cure);
  }
}

const { values } = parseArgs({ options: { out: { type: "string", default: path.join(CRATE, "pkg") } } });
const out = path.resolve(values.out);

const rustc = output("rustc", ["-vV"], "install Rust 1.88 or later");
const bindgen = output("wasm-bindgen", ["--version"], `run cargo install wasm-bindgen-cli --version ${WASM_BINDGEN}`);
if (!bindgen.endsWith(` ${WASM_BINDGEN}`)) {
  fail(`this is ${bindgen}`, `run cargo install wasm-bindgen-cli --version ${WASM_BINDGEN}`);
}
output("wasm-pack", ["--version"], "run cargo install wasm-pack --locked");

const cargoHome = process.env.CARGO_HOME ?? path.join(homedir(), ".cargo");
const work = path.join(ROOT, "target", "wasm");
await mkdir(work, { recursive: true });
// First, so that the folders that crates are unpacked to are there to be named.
output("cargo", ["fetch", "--locked", "--quiet"], "check the connection to the registry");
const registries = path.join(cargoHome, "registry/src");
const crates = readdirSync(registries).map((name) => path.join(registries, name));
const sysroot = prepareSysroot({ work, crates, version: rustc });
if ("cause" in sysroot) fail(sysroot.cause, sysroot.cure);
console.error(`Standard library for ${TARGET}: ${sysroot.origin}.`);

// No name of this machine gets into the module; where two remaps fit, the later wins.
const remaps = [
  `${ROOT}=/tos-ai-sync`,
  ...crates.map((folder) => `${folder}=/crates`),
  `${sysroot.folder}/lib/rustlib/src/rust=/rustc/${sysroot.commit}`,
];
const flags = remaps.map((remap) => `--remap-path-prefix=${remap}`);
const temporary = await mkdtemp(path.join(work, "pkg-"));
try {
  const pack = spawnSync(
    "wasm-pack",
    [
      "build",
      CRATE,
      "--release",
      "--target=nodejs",
      "--mode=no-install",
      "--no-pack",
      "--no-opt",
      "--no-typescript",
    ].concat([`--out-dir=${temporary}`, "--out-name=kernel", "--", "--locked"]),
    {
      cwd: ROOT,
      stdio: "inherit",
      env: {
        ...process.env,
        ...sysroot.env,
        CARGO_TARGET_DIR: path.join(work, "build"),
        CARGO_ENCODED_RUSTFLAGS: flags.join("\x1f"),
      },
    },
  );
  if (pack.status !== 0) fail("wasm-pack failed; its messages are above", "amend what they say");
  await install(temporary);
} finally {
  await rm(temporary, { recursive: true, force: true });
}

/** By a rename, so that no half package is ever seen. */
async function install(from) {
  const staged = `${out}.new`;
  await rm(staged, { recursive: true, force: true });
  await mkdir(staged, { recursive: true });
  for (const file of FILES) await cp(path.join(from, file), path.join(staged, file));
  // The glue is CommonJS, whatever the package around it is.
  await writeFile(path.join(staged, "package.json"), '{ "type": "commonjs" }\n');
  await rm(out, { recursive: true, force: true });
  await rename(staged, out);
  const bytes = readFileSync(path.join(out, "kernel_bg.wasm")).length;
  console.error(`${path.relative(ROOT, out)}: ${bytes} bytes of WebAssembly.`);
}
