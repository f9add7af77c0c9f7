// What is installed is what was chosen: exact versions, locks that name no host, install scripts all decided upon, and
// one version number for the package and the addon.
import { existsSync } from "node:fs";
import path from "node:path";
import { read } from "./files.mjs";

export const title = "exact versions and clean locks";

const EXACT = /^\d+\.\d+\.\d+(?:-[\w.]+)?$/;
const SECTIONS = ["dependencies", "devDependencies", "optionalDependencies", "overrides"];
const CRATES_IO = "registry+https://github.com/rust-lang/crates.io-index";

export function check(root) {
  const manifest = JSON.parse(read(root, "package.json"));
  const lock = JSON.parse(read(root, "package-lock.json"));
  return [...versionProblems(manifest), ...lockProblems(manifest, lock), ...cargoProblems(root, manifest)];
}

function* versionProblems(manifest) {
  for (const section of SECTIONS) {
    for (const [name, version] of Object.entries(manifest[section] ?? {})) {
      if (!EXACT.test(version)) yield `package.json: ${section}: ${name} is "${version}", not an exact version`;
    }
  }
}

function* lockProblems(manifest, lock) {
  const top = lock.packages[""];
  if (top.version !== manifest.version) yield "package-lock.json: is of another version than package.json";
  for (const section of SECTIONS.filter((name) => name !== "overrides")) {
    if (JSON.stringify(top[section] ?? {}) !== JSON.stringify(manifest[section] ?? {})) {
      yield `package-lock.json: ${section} differ from package.json; run: npm install`;
    }
  }
  for (const [location, entry] of Object.entries(lock.packages)) {
    if (location === "") continue;
    if (entry.resolved !== undefined) yield `package-lock.json: ${location} names the host it came from`;
    if (entry.integrity === undefined) yield `package-lock.json: ${location} has no integrity hash`;
    const name = location.slice(location.lastIndexOf("node_modules/") + "node_modules/".length);
    if (entry.hasInstallScript && manifest.allowScripts?.[name] === undefined) {
      yield `package.json: allowScripts does not decide about the install script of ${name}`;
    }
    // npm 10 removes this field and npm 11 adds it: each would change the lock that the other has written.
    if (entry.libc !== undefined) yield `package-lock.json: ${location} has "libc"; run: npx npm@10 install`;
    for (const optional of Object.keys(entry.optionalDependencies ?? {})) {
      if (!isLocked(lock, location, optional)) {
        yield `package-lock.json: ${location} needs ${optional} on some platform, and the lock has no entry for it`;
      }
    }
  }
}

/** True if the lock has `name` in the node_modules of the package at `location` or of one above it. */
function isLocked(lock, location, name) {
  const parts = location.split("/node_modules/");
  return (
    parts.some((_, index) => {
      const folder = parts.slice(0, parts.length - index).join("/node_modules/");
      return lock.packages[`${folder}/node_modules/${name}`] !== undefined;
    }) || lock.packages[`node_modules/${name}`] !== undefined
  );
}

function* cargoProblems(root, manifest) {
  if (existsSync(path.join(root, "Cargo.toml"))) {
    const version = /^\[workspace\.package\][^[]*?^version = "([^"]+)"/ms.exec(read(root, "Cargo.toml"))?.[1];
    if (version !== manifest.version) yield `Cargo.toml: version ${version} is not package.json's ${manifest.version}`;
  }
  if (existsSync(path.join(root, "Cargo.lock"))) {
    for (const [, source] of read(root, "Cargo.lock").matchAll(/^source = "([^"]+)"/gm)) {
      if (source !== CRATES_IO) yield `Cargo.lock: a crate comes from ${source}`;
    }
  }
}
