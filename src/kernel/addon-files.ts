import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, sep } from "node:path";

const PLATFORM = `${process.platform}-${process.arch}`;

/** Name of the addon's file, in a checkout and in a platform package. */
export const ADDON_FILE = `tos-ai-kernel.${PLATFORM}.node`;

/** A possible path of the addon, and the cure for a build there. */
export interface AddonPlace {
  readonly path: string;
  readonly what: string;
  readonly cure: string;
}

/** The build command: the project's script in a checkout, `npm explore` if this package is a dependency. */
function rebuild(root: string): string {
  const explore = root.split(sep).includes("node_modules") ? "npm explore tos-ai-sync -- " : "";
  return `run \`${explore}npm run build:addon\``;
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
    { path: join(root, "native", "addon", ADDON_FILE), what: "the addon", cure },
    { path: join(root, "target", "release", LIBRARY), what: "cargo's build of the addon", cure },
  ];
  const prebuilt = prebuiltAddon(root);
  if (prebuilt !== undefined) {
    const name = `tos-ai-sync-${PLATFORM}`;
    places.push({
      path: prebuilt,
      what: `the prebuilt ${name}`,
      cure: `install ${name} of this version, or ${cure}`,
    });
  }
  return places.filter(({ path }) => existsSync(path));
}

/** The addon of the package `tos-ai-sync-<platform>-<arch>`, if Node resolves that package from here. */
function prebuiltAddon(root: string): string | undefined {
  try {
    return createRequire(join(root, "package.json")).resolve(`tos-ai-sync-${PLATFORM}/${ADDON_FILE}`);
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
