// A sysroot with the standard library for wasm32: the compiler's own where the target is installed, else one of ours
// with the library built from its source. The toolchain itself is never written to.
import { execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";

export const TARGET = "wasm32-unknown-unknown";
/** Names a folder `library` of the standard library's source, of exactly the compiler's version. */
const SOURCE_VARIABLE = "TOS_AI_RUST_LIBRARY";

const CURE =
  `run \`rustup target add ${TARGET}\`; or install the source of the standard library (\`rust-src\`) of exactly this ` +
  `compiler's version, or unpack it and let ${SOURCE_VARIABLE} name its folder \`library\``;

/**
 * Cargo's metadata of a crate that lies outside the workspace is made of its path, and goes into the names and so into
 * the order of functions. One made of the crate's name is the same in every folder.
 */
const STABLE_METADATA = `for argument; do
  shift
  case $argument in metadata=*) argument=metadata=$CARGO_PKG_NAME-$CARGO_PKG_VERSION ;; esac
  set -- "$@" "$argument"
done
`;

/**
 * @param {{ work: string, crates: string[], version: string }} options a folder for what is built; those that cargo
 *   unpacks crates to; `rustc -vV`
 * @returns {{ folder: string, commit: string, origin: string, env: Record<string, string> } | { cause: string, cure:
 * string }}
 */
export function prepareSysroot({ work, crates, version }) {
  const field = (name) => new RegExp(`^${name}: (.+)$`, "m").exec(version)?.[1] ?? "unknown";
  const commit = field("commit-hash");
  const real = execFileSync("rustc", ["--print=sysroot"], { encoding: "utf8" }).trim();
  if (existsSync(path.join(real, "lib/rustlib", TARGET, "lib"))) {
    return { folder: real, commit, origin: "the compiler's", env: {} };
  }
  const folder = path.join(work, `sysroot-${field("release")}-${commit.slice(0, 9)}`);
  if (!existsSync(folder)) {
    const named = process.env[SOURCE_VARIABLE];
    const library = path.resolve(named ?? path.join(real, "lib/rustlib/src/rust/library"));
    if (!existsSync(path.join(library, "std/src/lib.rs"))) {
      const cause =
        named === undefined ? `the compiler has no standard library for ${TARGET}` : `${named} is no library`;
      return { cause, cure: CURE };
    }
    build({ real, library, folder, crates, commit });
  }
  const bin = path.join(folder, "bin");
  const env = { RUSTC: path.join(bin, "rustc"), PATH: `${bin}${path.delimiter}${process.env.PATH}` };
  return { folder, commit, origin: "built from its source", env };
}

/** Lays the sysroot out under a temporary name, builds the library in it, and gives it its name. */
function build({ real, library, folder, crates, commit }) {
  const root = mkdtempSync(`${folder}-`);
  const rustlib = path.join(root, "lib/rustlib");
  mkdirSync(path.join(rustlib, "src/rust"), { recursive: true });
  for (const name of readdirSync(path.join(real, "lib"))) {
    if (name !== "rustlib") symlinkSync(path.join(real, "lib", name), path.join(root, "lib", name));
  }
  for (const name of readdirSync(path.join(real, "lib/rustlib"))) {
    if (name !== "src") symlinkSync(path.join(real, "lib/rustlib", name), path.join(rustlib, name));
  }
  symlinkSync(library, path.join(rustlib, "src/rust/library"));
  // wasm-pack and cargo ask this one for the sysroot.
  mkdirSync(path.join(root, "bin"));
  writeWrapper(path.join(root, "bin/rustc"), path.join(real, "bin/rustc"), folder);
  const own = path.join(root, "build-rustc");
  writeWrapper(own, path.join(real, "bin/rustc"), root, STABLE_METADATA);

  const empty = path.join(root, "empty");
  mkdirSync(path.join(empty, "src"), { recursive: true });
  writeFileSync(path.join(empty, "src/lib.rs"), "");
  writeFileSync(
    path.join(empty, "Cargo.toml"),
    '[workspace]\n[package]\nname = "empty"\nversion = "0.0.0"\nedition = "2024"\n',
  );
  // The names that the project's own builds of the library carry.
  const remaps = [
    ...crates.map((name) => `${name}=/rust/deps`),
    `${library}=/rustc/${commit}/library`,
    `${path.join(rustlib, "src/rust/library")}=/rustc/${commit}/library`,
  ];
  const flags = ["-Cembed-bitcode=yes", "-Cpanic=abort", ...remaps.map((remap) => `--remap-path-prefix=${remap}`)];
  console.error("Building the standard library from its source (about a minute).");
  execFileSync("cargo", ["build", "--release", `--target=${TARGET}`, "-Zbuild-std=std,panic_abort"], {
    cwd: empty,
    stdio: "inherit",
    env: {
      ...process.env,
      RUSTC: own,
      RUSTC_BOOTSTRAP: "1",
      CARGO_TARGET_DIR: path.join(empty, "target"),
      CARGO_ENCODED_RUSTFLAGS: flags.join("\x1f"),
    },
  });
  const built = path.join(empty, "target", TARGET, "release/deps");
  const lib = path.join(rustlib, TARGET, "lib");
  mkdirSync(lib, { recursive: true });
  for (const name of readdirSync(built)) {
    if (name.endsWith(".rlib") && !name.startsWith("libempty-")) cpSync(path.join(built, name), path.join(lib, name));
  }
  rmSync(empty, { recursive: true });
  rmSync(own);
  renameSync(root, folder);
}

function writeWrapper(file, rustc, sysroot, before = "") {
  const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;
  const call = `exec ${quoted(rustc)} --sysroot ${quoted(sysroot)} "$@"`;
  writeFileSync(file, `#!/bin/sh\n${before}${call}\n`, { mode: 0o755 });
}
