// Makes the packages of a release as tarballs (docs/releasing.md):
//   npm run build:platform [-- --target TRIPLE]   the addon for one platform, `tos-ai-sync-<platform>-<arch>`
//   npm run build:platform -- --built             the same around the addon that `npm run build:addon` left, unchecked
//   npm run build:platform -- --main              the package itself, with the platform packages as optional dependencies
// In a checkout package.json names no platform package: what is not published yet can't be installed.
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const MANIFEST = JSON.parse(readFileSync(path.join(ROOT, "package.json"), "utf8"));
/** Node's and npm's words for the triples of package.json's `napi.targets`. */
const PLATFORMS = {
  "x86_64-unknown-linux-gnu": { os: "linux", cpu: "x64", libc: "glibc", library: "libtos_ai_addon.so" },
  "aarch64-unknown-linux-gnu": { os: "linux", cpu: "arm64", libc: "glibc", library: "libtos_ai_addon.so" },
  "x86_64-apple-darwin": { os: "darwin", cpu: "x64", library: "libtos_ai_addon.dylib" },
  "aarch64-apple-darwin": { os: "darwin", cpu: "arm64", library: "libtos_ai_addon.dylib" },
};

const packageName = ({ os, cpu }) => `${MANIFEST.name}-${os}-${cpu}`;
const addonName = ({ os, cpu }) => `tos-ai-kernel.${os}-${cpu}.node`;

/** Cargo's library for the triple, with no name of this machine in it. */
function buildLibrary(triple, platform) {
  const target = path.join(ROOT, "target/platform");
  const cargoHome = process.env.CARGO_HOME ?? path.join(homedir(), ".cargo");
  const remaps = [`--remap-path-prefix=${ROOT}=/tos-ai-sync`, `--remap-path-prefix=${cargoHome}=/cargo`];
  execFileSync("cargo", ["build", "--release", "--locked", "-p", "tos-ai-addon", `--target=${triple}`], {
    cwd: ROOT,
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, CARGO_TARGET_DIR: target, CARGO_ENCODED_RUSTFLAGS: remaps.join("\x1f") },
  });
  return path.join(target, triple, "release", platform.library);
}

function stagePlatform(folder, triple, built) {
  const platform = PLATFORMS[triple];
  const file = addonName(platform);
  const library = built ? path.join(ROOT, "native/addon", file) : buildLibrary(triple, platform);
  copyFileSync(library, path.join(folder, file));
  copyFileSync(path.join(ROOT, "LICENSE"), path.join(folder, "LICENSE"));
  const { version, license, author, engines } = MANIFEST;
  const description = `The native kernel of ${MANIFEST.name} for ${platform.os} ${platform.cpu}`;
  const { os, cpu, libc } = platform;
  const fits = { os: [os], cpu: [cpu], ...(libc === undefined ? {} : { libc: [libc] }) };
  writeManifest(folder, {
    name: packageName(platform),
    version,
    description,
    license,
    author,
    main: file,
    files: [file],
    engines,
    ...fits,
  });
}

/** The package as npm packs it here, with the names of its platform packages. */
function stageMain(folder) {
  const packed = pack(ROOT, folder);
  execFileSync("tar", ["-xzf", packed, "-C", folder, "--strip-components=1"]);
  rmSync(packed);
  const { private: _unpublished, ...manifest } = MANIFEST;
  const names = MANIFEST.napi.targets.map((triple) => packageName(PLATFORMS[triple]));
  const own = Object.fromEntries(names.map((name) => [name, MANIFEST.version]));
  writeManifest(folder, { ...manifest, optionalDependencies: { ...manifest.optionalDependencies, ...own } });
}

function writeManifest(folder, manifest) {
  writeFileSync(path.join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}

/** Path of the tarball. No script runs: what is packed was built before. */
function pack(folder, destination) {
  const before = new Set(readdirSync(destination));
  execFileSync("npm", ["pack", "--ignore-scripts", "--silent", `--pack-destination=${destination}`], { cwd: folder });
  const made = readdirSync(destination).find((name) => name.endsWith(".tgz") && !before.has(name));
  if (made === undefined) throw new Error("npm packed nothing new");
  return path.join(destination, made);
}

const { values } = parseArgs({
  options: {
    main: { type: "boolean", default: false },
    built: { type: "boolean", default: false },
    target: { type: "string" },
    out: { type: "string", default: path.join(ROOT, "target/packages") },
  },
});
const own = ({ os, cpu }) => os === process.platform && cpu === process.arch;
const triple = values.target ?? MANIFEST.napi.targets.find((known) => own(PLATFORMS[known]));
if (!values.main && PLATFORMS[triple] === undefined) {
  console.error(`There is no package for this platform; there are: ${MANIFEST.napi.targets.join(", ")}`);
  process.exit(1);
}
mkdirSync(path.join(ROOT, "target"), { recursive: true });
mkdirSync(values.out, { recursive: true });
const work = mkdtempSync(path.join(ROOT, "target/package-"));
try {
  if (values.main) stageMain(work);
  else stagePlatform(work, triple, values.built);
  const tarball = path.join(
    values.out,
    `${values.main ? MANIFEST.name : packageName(PLATFORMS[triple])}-${MANIFEST.version}.tgz`,
  );
  rmSync(tarball, { force: true });
  console.log(pack(work, values.out));
} finally {
  rmSync(work, { recursive: true });
}
