// Makes the packages of a release (docs/releasing.md):
//   npm run build:packages -- --addon [--target TRIPLE]   builds the addon for one platform, in target/artifacts
//   npm run build:packages [-- --target TRIPLE ...]       lays out and packs the packages, in target/packages
//   npm run build:packages -- --local                     the same for this machine, with the addon of the checkout
//   npm run build:packages -- --publish                   publishes what is laid out, without the main package
// @napi-rs/cli does each of them in its convention, for the `napi.targets` of package.json or for the named ones. In a
// checkout package.json names no platform package: what is not published can't be installed.
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { ADDON_BUILD, NapiProblem, runNapi } from "./napi.mjs";
import { layOutRocksdb, ROCKSDB, ROCKSDB_PACKAGE } from "./rocksdb-package.mjs";

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** The addon of one platform, without the paths of this machine. */
async function buildAddon(targets, artifacts) {
  const cargoHome = process.env.CARGO_HOME ?? path.join(homedir(), ".cargo");
  const remaps = [`--remap-path-prefix=${ROOT}=/tos-ai-sync`, `--remap-path-prefix=${cargoHome}=/cargo`];
  const folders = ["--output-dir", artifacts, "--target-dir", path.join(ROOT, "target/platform")];
  const env = { ...process.env, CARGO_ENCODED_RUSTFLAGS: remaps.join("\x1f") };
  for (const options of targets?.map((triple) => ["--target", triple]) ?? [[]]) {
    await runNapi([...ADDON_BUILD, ...folders, ...options, "--", "--locked"], { env });
  }
}

/**
 * The main package in `tree`, with its platform packages in `tree/npm` and that of RocksDB in `tree/rocksdb`. The main
 * one is what npm packs here, without `private`, with the names of the platform packages, and with the package of
 * RocksDB in place of its source.
 */
async function layOut(tree, targets, artifacts) {
  rmSync(tree, { recursive: true, force: true });
  mkdirSync(tree, { recursive: true });
  const packed = pack(ROOT, tree);
  execFileSync("tar", ["-xzf", packed, "-C", tree, "--strip-components=1"]);
  rmSync(packed);
  const file = path.join(tree, "package.json");
  const { private: _unpublished, ...manifest } = JSON.parse(readFileSync(file, "utf8"));
  const napi = { ...manifest.napi, targets: targets ?? manifest.napi.targets };
  const rocksdb = { [ROCKSDB]: `npm:${ROCKSDB_PACKAGE}@${manifest.version}` };
  const optionalDependencies = { ...manifest.optionalDependencies, ...rocksdb };
  writeFileSync(file, `${JSON.stringify({ ...manifest, optionalDependencies, napi }, null, 2)}\n`);
  await layOutRocksdb(path.join(tree, "rocksdb"), manifest.version);

  // napi names each missing addon, but not a missing folder of addons.
  mkdirSync(artifacts, { recursive: true });
  await runNapi(["create-npm-dirs"], { cwd: tree });
  await runNapi(["artifacts", "--output-dir", artifacts], { cwd: tree });
  for (const folder of platformFolders(tree)) {
    copyFileSync(path.join(ROOT, "LICENSE"), path.join(folder, "LICENSE"));
  }
  await runNapi(["pre-publish", "--no-gh-release", "--skip-optional-publish"], { cwd: tree });
}

function platformFolders(tree) {
  return readdirSync(path.join(tree, "npm")).map((name) => path.join(tree, "npm", name));
}

/** The triple of this machine among those of a release. */
function localTarget() {
  const { napi } = JSON.parse(readFileSync(path.join(ROOT, "package.json"), "utf8"));
  const system = { linux: "linux-gnu", darwin: "apple-darwin" }[process.platform] ?? process.platform;
  const cpu = { x64: "x86_64", arm64: "aarch64" }[process.arch] ?? process.arch;
  const own = napi.targets.find((target) => target.startsWith(cpu) && target.endsWith(system));
  if (own === undefined) throw new NapiProblem("this machine is of no platform of a release", "use another machine");
  return own;
}

/** Copies the addon that `npm run build:addon` left. */
function takeLocalAddon(artifacts) {
  mkdirSync(artifacts, { recursive: true });
  const addon = path.join(ROOT, "native/addon");
  for (const name of readdirSync(addon).filter((file) => file.endsWith(".node")))
    copyFileSync(path.join(addon, name), path.join(artifacts, name));
}

/** Path of the tarball. No script runs: what is packed was built before. */
function pack(folder, destination) {
  const parameters = ["pack", "--ignore-scripts", "--json", `--pack-destination=${destination}`];
  const [{ filename }] = JSON.parse(execFileSync("npm", parameters, { cwd: folder, encoding: "utf8" }));
  return path.join(destination, filename);
}

const { values } = parseArgs({
  options: {
    addon: { type: "boolean", default: false },
    publish: { type: "boolean", default: false },
    target: { type: "string", multiple: true },
    local: { type: "boolean", default: false },
    artifacts: { type: "string", default: path.join(ROOT, "target/artifacts") },
    out: { type: "string", default: path.join(ROOT, "target/packages") },
  },
});
const out = path.resolve(values.out);
const artifacts = values.local ? path.join(out, "artifacts") : path.resolve(values.artifacts);
const targets = values.local ? [localTarget()] : values.target;
const tree = path.join(out, "tree");
try {
  if (values.addon) {
    await buildAddon(targets, artifacts);
  } else if (values.publish) {
    execFileSync("npm", ["publish"], { cwd: path.join(tree, "rocksdb"), stdio: "inherit" });
    await runNapi(["pre-publish", "--no-gh-release"], { cwd: tree });
  } else {
    if (values.local) takeLocalAddon(artifacts);
    await layOut(tree, targets, artifacts);
    for (const folder of [...platformFolders(tree), path.join(tree, "rocksdb"), tree]) console.log(pack(folder, out));
  }
} catch (error) {
  if (!(error instanceof NapiProblem)) throw error;
  console.error(`${error.message}. To change that, ${error.cure}.`);
  process.exitCode = 1;
}
