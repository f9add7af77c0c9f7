import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { packagePath } from "../lifecycle/place/index.js";

/** The package's root. */
export const PACKAGE_ROOT = packagePath();

/** A binding over native/kernel: its name in Cargo.lock and its folder under the package's root. */
export interface Binding {
  readonly package: string;
  readonly folder: string;
}

export const ADDON_BINDING: Binding = { package: "tos-ai-addon", folder: "native/addon" };
export const WASM_BINDING: Binding = { package: "tos-ai-wasm", folder: "wasm" };

/**
 * Hex digest of a binding's build input: its sources and the kernel's, its profile, and the entries of Cargo.lock that
 * it reaches. native/source_digest.rs has the same rule; each build embeds its digest. Undefined without the sources.
 * Reads some thirty small files synchronously.
 */
export function sourceDigest(binding: Binding, root: string = PACKAGE_ROOT): string | undefined {
  const folders = [binding.folder, "native/kernel"];
  if (!["Cargo.toml", "Cargo.lock", ...folders].every((name) => existsSync(join(root, name)))) return undefined;
  const paths = ["native/source_digest.rs"];
  for (const folder of folders) {
    paths.push(
      ...["Cargo.toml", "build.rs"].map((name) => `${folder}/${name}`).filter((path) => existsSync(join(root, path))),
    );
    collectSources(root, `${folder}/src`, paths);
  }
  // All names are ASCII, so this is the order of their bytes.
  const lines = paths.sort().map((path) => `${path} ${hexDigest(readFileSync(join(root, path)))}`);
  const packages = reachedPackages(readFileSync(join(root, "Cargo.lock"), "utf8"), binding.package);
  const names = new Set(packages.map((line) => line.split(" ", 1)[0]));
  lines.push(...manifestLines(readFileSync(join(root, "Cargo.toml"), "utf8"), names), ...packages);
  return hexDigest(lines.map((line) => `${line}\n`).join(""));
}

function hexDigest(content: Uint8Array | string): string {
  return createHash("sha3-256").update(content).digest("hex");
}

/** The `.rs` files under `folder`, without `tests.rs` and folders `tests`. */
function collectSources(root: string, folder: string, paths: string[]): void {
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) {
      if (entry.name !== "tests") collectSources(root, path, paths);
    } else if (entry.name.endsWith(".rs") && entry.name !== "tests.rs") {
      paths.push(path);
    }
  }
}

function manifestLines(manifest: string, names: ReadonlySet<string | undefined>): string[] {
  let section = "";
  const kept: string[] = [];
  for (const line of manifest.split("\n").map((text) => text.trim())) {
    if (line === "" || line.startsWith("#")) continue;
    if (line.startsWith("[")) section = line;
    const whole = section === "[workspace.package]" || section.startsWith("[profile.release");
    const name = line.split(/[ =.]/, 1)[0];
    if (whole || (section === "[workspace.dependencies]" && names.has(name))) kept.push(line);
  }
  return kept;
}

/** One package of a lock file. A dependency is `name`, or `name version` if there are several versions. */
interface LockedPackage {
  readonly name: string;
  readonly version: string;
  readonly checksum: string;
  readonly dependencies: readonly string[];
}

function readPackage(block: string): LockedPackage {
  const field = (name: string) => new RegExp(`^${name} = "(.*)"$`, "m").exec(block)?.[1] ?? "";
  return {
    name: field("name"),
    version: field("version"),
    checksum: field("checksum"),
    dependencies: [...block.matchAll(/^ "(.*)",$/gm)].map((match) => match[1] ?? ""),
  };
}

/** `name version checksum` of `start` and of all its dependencies, sorted. */
function reachedPackages(lock: string, start: string): string[] {
  const packages = lock.split("[[package]]\n").slice(1).map(readPackage);
  const reached = new Set<string>();
  const waiting = [start];
  for (let wanted = waiting.pop(); wanted !== undefined; wanted = waiting.pop()) {
    const [name, version] = wanted.split(" ");
    for (const found of packages) {
      if (found.name !== name || (version !== undefined && version !== found.version)) continue;
      const line = `${found.name} ${found.version} ${found.checksum}`;
      if (reached.has(line)) continue;
      reached.add(line);
      waiting.push(...found.dependencies);
    }
  }
  return [...reached].sort();
}
