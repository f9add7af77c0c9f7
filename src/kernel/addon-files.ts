import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, sep } from "node:path";

/** napi's names of this platform. On Linux the C library decides which of them can be loaded; glibc comes first. */
const PLATFORMS = platformNames();

/** Name of the addon's file, in a checkout and in a platform package. */
export const ADDON_FILE = addonFile(PLATFORMS[0]);

function platformNames(): readonly [string, ...string[]] {
  const name = `${process.platform}-${process.arch}`;
  if (process.platform === "linux") return [`${name}-gnu`, `${name}-musl`];
  return [process.platform === "win32" ? `${name}-msvc` : name];
}

function addonFile(platform: string): string {
  return `tos-ai-kernel.${platform}.node`;
}

/** A possible path of the addon, and the cure for a build there. */
export interface AddonPlace {
  readonly path: string;
  readonly what: string;
  readonly cure: string;
}

/** The build command: the project's script in a checkout, cargo in a dependency, which has no @napi-rs/cli. */
function rebuild(root: string): string {
  const dependency = root.split(sep).includes("node_modules");
  const cargo = "npm explore tos-ai-sync -- cargo build --release --locked --package tos-ai-addon";
  return `run \`${dependency ? cargo : "npm run build:addon"}\``;
}

/** Cargo's name for the library. */
const LIBRARY =
  { win32: "tos_ai_addon.dll", darwin: "libtos_ai_addon.dylib" }[process.platform as string] ?? "libtos_ai_addon.so";

/**
 * The existing addons, best first: built by the script, by `cargo build --release`, or installed as a platform package.
 */
export function addonPlaces(root: string): AddonPlace[] {
  const cure = rebuild(root);
  const places: AddonPlace[] = [
    ...PLATFORMS.map((name) => ({ path: join(root, "native", "addon", addonFile(name)), what: "the addon", cure })),
    { path: join(root, "target", "release", LIBRARY), what: "cargo's build of the addon", cure },
  ];
  for (const platform of PLATFORMS) {
    const name = `tos-ai-sync-${platform}`;
    const path = prebuiltAddon(root, `${name}/${addonFile(platform)}`);
    if (path === undefined) continue;
    places.push({ path, what: `the prebuilt ${name}`, cure: `install ${name} of this version, or ${cure}` });
  }
  return places.filter(({ path }) => existsSync(path));
}

/** The path of a platform package's file, if Node resolves that package from here. */
function prebuiltAddon(root: string, file: string): string | undefined {
  try {
    return createRequire(join(root, "package.json")).resolve(file);
  } catch {
    // Not installed.
    return undefined;
  }
}

/** Why there is no addon: the cause that the last failed build recorded, if any. */
export function missingAddon(root: string): { readonly cause: string; readonly cure: string } {
  const unbuilt = { cause: "the addon was not built (an install without scripts builds none)", cure: rebuild(root) };
  try {
    const status: unknown = JSON.parse(readFileSync(join(root, "native", "addon", "build-status.json"), "utf8"));
    if (typeof status !== "object" || status === null || !("cause" in status && "cure" in status)) return unbuilt;
    return { cause: String(status.cause), cure: String(status.cure) };
  } catch {
    // No status file, or a file of another shape.
    return unbuilt;
  }
}
