// Makes the packages of a release (docs/releasing.md):
//   npm run build:packages -- --addon [--target TRIPLE]   builds the addon for one platform, in target/artifacts
//   npm run build:packages [-- --target TRIPLE ...]       lays out and packs the packages, in target/packages
//   npm run build:packages -- --publish                   publishes the platform packages that are laid out
// @napi-rs/cli does each of them in its convention, for the `napi.targets` of package.json or for the named ones. In a
// checkout package.json names no platform package: what is not published can't be installed.
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { ADDON_BUILD, NapiProblem, runNapi } from "./napi.mjs";

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
 * The main package in `tree`, with its platform packages in `tree/npm`. The main one is what npm packs here, without
 * `private` and with the names of the platform packages.
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
  writeFileSync(file, `${JSON.stringify({ ...manifest, napi }, null, 2)}\n`);

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
    artifacts: { type: "string", default: path.join(ROOT, "target/artifacts") },
    out: { type: "string", default: path.join(ROOT, "target/packages") },
  },
});
const out = path.resolve(values.out);
const artifacts = path.resolve(values.artifacts);
const tree = path.join(out, "tree");
try {
  if (values.addon) {
    await buildAddon(values.target, artifacts);
  } else if (values.publish) {
    await runNapi(["pre-publish", "--no-gh-release"], { cwd: tree });
  } else {
    await layOut(tree, values.target, artifacts);
    for (const folder of [...platformFolders(tree), tree]) console.log(pack(folder, out));
  }
} catch (error) {
  if (!(error instanceof NapiProblem)) throw error;
  console.error(`${error.message}. To change that, ${error.cure}.`);
  process.exitCode = 1;
}
