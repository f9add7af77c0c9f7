import { createRequire } from "node:module";
import { dirname } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/**
 * The folder of this package, as a URL that ends with a slash: it has the built thread, the kernels and the page. The
 * code of a program that a bundler put into one file finds the installed package; other code finds its own.
 */
export function packageRoot(): URL {
  try {
    const manifest = createRequire(import.meta.url).resolve("tos-ai-sync/package.json");
    return pathToFileURL(`${dirname(manifest)}/`);
  } catch {
    // A copy of the built code without its manifest.
    return new URL("../../../", import.meta.url);
  }
}

/** {@link packageRoot} as a path. */
export function packagePath(): string {
  return fileURLToPath(packageRoot());
}
