import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { NetworkError } from "../protocol/errors.js";
import type { Blake3 } from "../protocol/hash.js";
import { ADDON_FILE, ADDON_FOLDER, openAddon } from "./native.js";
import { ReferenceKernel } from "./reference.js";
import { selfTest } from "./self-test.js";
import type { Kernel, KernelBackend } from "./types.js";

/** The backends, best first. */
export const KERNEL_BACKENDS: readonly KernelBackend[] = ["native", "wasm", "reference"];

/** A backend that does not run, why, and what would change that; for people. */
export interface SkippedBackend {
  readonly backend: KernelBackend;
  readonly cause: string;
  readonly cure: string;
}

export interface LoadedKernel {
  readonly kernel: Kernel;
  /** The better backends that were tried before, in order. */
  readonly skipped: readonly SkippedBackend[];
}

export interface LoadKernelOptions {
  /** The one backend to take, instead of the environment's TOS_AI_KERNEL. */
  readonly force?: string;
  /** Where the addon lies, if not in the package. */
  readonly addonFolder?: string;
}

/**
 * Loads the best backend there is. `force`, or else TOS_AI_KERNEL (empty counts as unset), names the only one to take:
 * `kernel_failed` if it can't be loaded, `bad_parameters` if it is none of the three.
 */
export async function loadKernel(options: LoadKernelOptions = {}): Promise<LoadedKernel> {
  const forced = forcedBackend(options.force ?? (process.env.TOS_AI_KERNEL || undefined));
  const version = packageVersion();
  const skipped: SkippedBackend[] = [];
  for (const backend of forced === undefined ? KERNEL_BACKENDS : [forced]) {
    const result = await tryBackend(backend, version, options.addonFolder ?? ADDON_FOLDER);
    if (!("cause" in result)) return { kernel: result, skipped };
    skipped.push(result);
  }
  const [first] = skipped;
  throw new NetworkError(
    "kernel_failed",
    `the ${first?.backend} kernel was asked for and can't be loaded: ${first?.cause}. To change that, ${first?.cure}`,
  );
}

/** BLAKE3 of a kernel, in the form that the protocol's functions take. */
export function blake3Of(kernel: Kernel): Blake3 {
  return (input) => {
    const out = new Uint8Array(32);
    kernel.hash(input, out);
    return out;
  };
}

function forcedBackend(name: string | undefined): KernelBackend | undefined {
  if (name === undefined) return undefined;
  const backend = KERNEL_BACKENDS.find((known) => known === name);
  if (backend !== undefined) return backend;
  const given = JSON.stringify(name.slice(0, 40));
  throw new NetworkError("bad_parameters", `TOS_AI_KERNEL is native, wasm or reference, not ${given}`);
}

/** The package's own version, which a loaded addon must share. */
function packageVersion(): string {
  const manifest: unknown = createRequire(import.meta.url)("../../package.json");
  if (typeof manifest === "object" && manifest !== null && "version" in manifest) return String(manifest.version);
  throw new NetworkError("kernel_failed", "package.json names no version");
}

async function tryBackend(
  backend: KernelBackend,
  version: string,
  addonFolder: string,
): Promise<Kernel | SkippedBackend> {
  switch (backend) {
    case "native":
      return tryNative(version, addonFolder);
    case "wasm":
      return {
        backend,
        cause: "this version has no WebAssembly kernel",
        cure: "build the native one (`npm run build:addon`)",
      };
    case "reference":
      return new ReferenceKernel(version);
  }
}

const REBUILD = "run `npm run build:addon`";

async function tryNative(version: string, folder: string): Promise<Kernel | SkippedBackend> {
  const path = join(folder, ADDON_FILE);
  if (!existsSync(path)) return { backend: "native", ...buildStatus(folder) };
  try {
    const kernel = openAddon(path);
    if (kernel.version !== version) {
      const cause = `the addon is of version ${kernel.version}, the package of ${version}`;
      return { backend: "native", cause, cure: REBUILD };
    }
    const failing = await selfTest(kernel);
    if (failing === undefined) return kernel;
    return { backend: "native", cause: `the addon's ${failing} gives a wrong answer`, cure: REBUILD };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { backend: "native", cause: `the addon can't be loaded (${reason})`, cure: REBUILD };
  }
}

/** What the last build left behind about its failure. */
function buildStatus(folder: string): { cause: string; cure: string } {
  const unbuilt = { cause: "the addon was not built (an install without scripts builds none)", cure: REBUILD };
  try {
    const status: unknown = JSON.parse(readFileSync(join(folder, "build-status.json"), "utf8"));
    if (typeof status !== "object" || status === null || !("cause" in status && "cure" in status)) return unbuilt;
    return { cause: String(status.cause), cure: String(status.cure) };
  } catch {
    // No status, or not ours: then nothing more is known.
    return unbuilt;
  }
}
