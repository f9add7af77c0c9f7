// Lays out the package `tos-ai-sync-rocksdb`: @nxtedition/rocksdb without its C++ sources, its archive and its
// dependencies. The published tos-ai-sync depends on it under the name @nxtedition/rocksdb.
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
export const ROCKSDB = "@nxtedition/rocksdb";
export const ROCKSDB_PACKAGE = "tos-ai-sync-rocksdb";
const SOURCE = path.join(ROOT, "node_modules", ROCKSDB);
/** License files of the source, by their names in the package. */
const LICENSES = {
  LICENSE: "LICENSE",
  "LICENSE.rocksdb": "deps/rocksdb/rocksdb/LICENSE.Apache",
  "LICENSE.leveldb": "deps/rocksdb/rocksdb/LICENSE.leveldb",
};
/** In place of the search of the source, which depends on node-gyp-build. */
const BINDING = `const file = process.platform + "-" + process.arch + ".node";
module.exports = require(require("node:path").join(__dirname, file));
`;

const binding = {
  name: "binding",
  setup({ onLoad }) {
    onLoad({ filter: /rocksdb\/binding\.js$/ }, () => ({ contents: BINDING }));
  },
};

/** The licenses of the packages whose files are in the module, other than that of the source. */
function licensesOf(inputs) {
  const folders = new Set(
    inputs.map((input) => path.resolve(SOURCE, input).match(/^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/)?.[0]),
  );
  folders.delete(SOURCE);
  folders.delete(undefined);
  const texts = [...folders].sort().map((folder) => {
    const file = readdirSync(folder).find((name) => /^licen[cs]e/i.test(name));
    if (file === undefined) throw new Error(`${folder} has no license`);
    return `${path.basename(folder)}\n\n${readFileSync(path.join(folder, file), "utf8").trim()}\n`;
  });
  return texts.join("\n---\n\n");
}

/** Makes the package of `version` in `folder`: one module, and a binary for each platform that the source has. */
export async function layOutRocksdb(folder, version) {
  const source = JSON.parse(readFileSync(path.join(SOURCE, "package.json"), "utf8"));
  mkdirSync(folder, { recursive: true });
  const { metafile } = await build({
    absWorkingDir: SOURCE,
    metafile: true,
    entryPoints: [path.join(SOURCE, source.main)],
    outfile: path.join(folder, "index.js"),
    bundle: true,
    platform: "node",
    format: "cjs",
    legalComments: "inline",
    plugins: [binding],
  });
  const platforms = readdirSync(path.join(SOURCE, "prebuilds"));
  for (const platform of platforms) {
    const [file, ...others] = readdirSync(path.join(SOURCE, "prebuilds", platform));
    if (file === undefined || others.length > 0) throw new Error(`${platform} has not one binary`);
    copyFileSync(path.join(SOURCE, "prebuilds", platform, file), path.join(folder, `${platform}.node`));
  }
  for (const [name, file] of Object.entries(LICENSES)) copyFileSync(path.join(SOURCE, file), path.join(folder, name));
  writeFileSync(path.join(folder, "LICENSE.modules"), licensesOf(Object.keys(metafile.inputs)));
  const manifest = {
    name: ROCKSDB_PACKAGE,
    version,
    description: `${ROCKSDB} ${source.version} for tos-ai-sync: its module and binaries without its sources`,
    license: source.license,
    main: "index.js",
    os: [...new Set(platforms.map((platform) => platform.split("-")[0]))],
    cpu: [...new Set(platforms.map((platform) => platform.split("-")[1]))],
    files: ["index.js", "*.node", "LICENSE*"],
    engines: source.engines,
  };
  writeFileSync(path.join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}
