// The size of the package, of an installation without development tools, and the time of an installation whose
// packages npm has in its cache.
import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { atMost, figure, median } from "./rows.mjs";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const RUNS = 3;
const MB = 1_000_000;
const TARBALL_BAR_MB = 1;
const INSTALLED_BAR_MB = 90;
const INSTALL_BAR_SECONDS = 10;

const run = promisify(execFile);

/** Bytes of the files below a folder. */
async function bytesBelow(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(files.map(async (file) => (await stat(join(file.parentPath, file.name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Seconds that npm needs in an empty project, and the bytes that it installs. `packages`: what to install. */
async function install(packages, parameters) {
  const project = await mkdtemp(join(tmpdir(), "bench-api-project-"));
  try {
    await writeFile(join(project, "package.json"), '{ "private": true, "type": "module" }');
    const began = performance.now();
    await run("npm", ["install", "--no-audit", "--no-fund", ...parameters, ...packages], { cwd: project });
    const seconds = (performance.now() - began) / 1000;
    return { seconds, bytes: await bytesBelow(join(project, "node_modules")) };
  } finally {
    await rm(project, { recursive: true });
  }
}

/** What npm takes of a release on this machine: the main package, that of its platform, and that of RocksDB. */
async function releasedPackages(folder) {
  const out = join(folder, "release");
  const script = join(ROOT, "scripts/build-packages.mjs");
  const { stdout } = await run(process.execPath, [script, "--local", "--out", out]);
  const [platform, rocksdb, main] = stdout.trim().split("\n");
  return [main, platform, `@nxtedition/rocksdb@file:${rocksdb}`];
}

export async function packageRows({ quick }) {
  const folder = await mkdtemp(join(tmpdir(), "bench-api-package-"));
  try {
    const pack = ["pack", "--ignore-scripts", "--json", `--pack-destination=${folder}`];
    const [{ filename, size }] = JSON.parse((await run("npm", pack, { cwd: ROOT })).stdout);
    const tarball = join(folder, filename);
    // The first installation fills the cache of npm.
    const { bytes } = await install([tarball], []);
    const times = [];
    for (let i = 0; i < (quick ? 1 : RUNS); i++) times.push((await install([tarball], [])).seconds);
    const slim = await install([tarball], ["--omit=optional"]);
    const released = await install(await releasedPackages(folder), []);
    return [
      atMost("tarball", size / MB, "MB", TARBALL_BAR_MB),
      atMost("installed as released, without development tools", released.bytes / MB, "MB", INSTALLED_BAR_MB),
      figure("installed from the tarball of a checkout", bytes / MB, "MB"),
      figure("installed without RocksDB", slim.bytes / MB, "MB"),
      atMost("npm install of the tarball, warm", median(times), "s", INSTALL_BAR_SECONDS, { values: times }),
    ];
  } finally {
    await rm(folder, { recursive: true });
  }
}
