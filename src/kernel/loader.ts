import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { NetworkError } from "../protocol/errors.js";
import type { StreamingBlake3 } from "../protocol/hash.js";
import { addonPlaces, missingAddon } from "./addon-files.js";
import { type NativeKernel, openAddon } from "./native.js";
import { ReferenceKernel } from "./reference.js";
import { selfTest } from "./self-test.js";
import { ADDON_BINDING, type Binding, PACKAGE_ROOT, sourceDigest, WASM_BINDING } from "./source-digest.js";
import type { Kernel, KernelBackend } from "./types.js";
import { WasmKernel } from "./wasm.js";

/** The backends, best first. */
export const KERNEL_BACKENDS: readonly KernelBackend[] = ["native", "wasm", "reference"];

/** A build that does not load, with cause and cure for people. */
export interface SkippedBackend {
  readonly backend: KernelBackend;
  readonly cause: string;
  readonly cure: string;
}

export interface LoadedKernel {
  readonly kernel: Kernel;
  /** The better builds that failed before, in order; also builds of the same backend. */
  readonly skipped: readonly SkippedBackend[];
}

export interface LoadKernelOptions {
  /** The only backend to use, instead of TOS_AI_KERNEL of the environment. */
  readonly force?: string;
  /** The folder of the package whose builds are used; default: this package. */
  readonly root?: string;
}

/**
 * Loads the best backend that works. `force`, or else TOS_AI_KERNEL (empty counts as unset), names the only backend to
 * use: `kernel_failed` if it can't be loaded, `bad_parameters` if there is no such backend.
 */
export async function loadKernel(options: LoadKernelOptions = {}): Promise<LoadedKernel> {
  const forced = forcedBackend(options.force ?? (process.env.TOS_AI_KERNEL || undefined));
  const version = packageVersion();
  const skipped: SkippedBackend[] = [];
  for (const backend of forced === undefined ? KERNEL_BACKENDS : [forced]) {
    const attempt = await tryBackend(backend, version, options.root ?? PACKAGE_ROOT);
    skipped.push(...attempt.skipped);
    if (attempt.kernel !== undefined) return { kernel: attempt.kernel, skipped };
  }
  const causes = skipped.map(({ cause }) => cause).join("; ");
  const cure = skipped[0]?.cure;
  throw new NetworkError(
    "kernel_failed",
    `the ${forced} kernel was requested but can't be loaded: ${causes}. To change that, ${cure}`,
  );
}

/** BLAKE3 of a kernel, in the form that functions of the protocol take. */
export function blake3Of(kernel: Kernel): StreamingBlake3 {
  const whole = (input: Uint8Array) => digestInto((out) => kernel.hash(input, out));
  const create = () => {
    const hasher = kernel.hasher();
    return {
      update: (part: Uint8Array) => hasher.update(part),
      digest: () => digestInto((out) => hasher.digest(out)),
      destroy: () => hasher.free(),
    };
  };
  return Object.assign(whole, { create });
}

function digestInto(write: (out: Uint8Array) => void): Uint8Array {
  const out = new Uint8Array(32);
  write(out);
  return out;
}

function forcedBackend(name: string | undefined): KernelBackend | undefined {
  if (name === undefined) return undefined;
  const backend = KERNEL_BACKENDS.find((known) => known === name);
  if (backend !== undefined) return backend;
  const given = JSON.stringify(name.slice(0, 40));
  throw new NetworkError("bad_parameters", `TOS_AI_KERNEL is native, wasm or reference, not ${given}`);
}

/** The package's version; a loaded build must have the same. */
function packageVersion(): string {
  const manifest: unknown = createRequire(import.meta.url)(join(PACKAGE_ROOT, "package.json"));
  if (typeof manifest === "object" && manifest !== null && "version" in manifest) return String(manifest.version);
  throw new NetworkError("kernel_failed", "package.json names no version");
}

/** The facts that a build states about itself. */
interface Build {
  readonly version: string;
  readonly sourceDigest: string;
}

/** Why a build does not belong to this package; undefined if it does. */
function foreignBuild(build: Build, binding: Binding, version: string, root: string): string | undefined {
  if (build.version !== version) return `is of version ${build.version}, the package of ${version}`;
  const expected = sourceDigest(binding, root);
  if (expected === undefined) return "can't be checked: the package's Rust sources are missing";
  return build.sourceDigest === expected ? undefined : "was built from other sources than the package's";
}

/** The result of an attempt: the kernel, and each refused build. */
interface Attempt {
  readonly kernel: Kernel | undefined;
  readonly skipped: readonly SkippedBackend[];
}

async function tryBackend(backend: KernelBackend, version: string, root: string): Promise<Attempt> {
  switch (backend) {
    case "native":
      return tryNative(version, root);
    case "wasm":
      return tryWasm(version, root);
    case "reference":
      return { kernel: new ReferenceKernel(version), skipped: [] };
  }
}

async function tryNative(version: string, root: string): Promise<Attempt> {
  const skipped: SkippedBackend[] = [];
  for (const { path, what, cure } of addonPlaces(root)) {
    const open = async (): Promise<NativeKernel | string> => {
      const kernel = openAddon(path);
      const foreign = foreignBuild(kernel, ADDON_BINDING, version, root);
      return foreign ?? wrongAnswer(await selfTest(kernel, (items) => kernel.verifyMessages(items))) ?? kernel;
    };
    const result = await open().catch(cantBeLoaded);
    if (typeof result !== "string") return { kernel: result, skipped };
    skipped.push({ backend: "native", cause: `${what} ${result}`, cure });
  }
  return { kernel: undefined, skipped: skipped.length > 0 ? skipped : [{ backend: "native", ...missingAddon(root) }] };
}

async function tryWasm(version: string, root: string): Promise<Attempt> {
  const folder = join(root, "wasm");
  const cure = "run `npm run build:wasm`, or install the package again";
  const skip = (cause: string): Attempt => ({ kernel: undefined, skipped: [{ backend: "wasm", cause, cure }] });
  if (!existsSync(join(folder, "pkg"))) return skip("the WebAssembly module is not in the package");
  const open = async (): Promise<WasmKernel | string> => {
    const kernel = new WasmKernel(folder);
    const foreign = foreignBuild(kernel, WASM_BINDING, version, root);
    return foreign ?? wrongAnswer(await selfTest(kernel, (items) => kernel.verifyHere(items))) ?? kernel;
  };
  const result = await open().catch(cantBeLoaded);
  return typeof result === "string" ? skip(`the WebAssembly module ${result}`) : { kernel: result, skipped: [] };
}

function wrongAnswer(failing: string | undefined): string | undefined {
  return failing === undefined ? undefined : `gives a wrong answer (${failing})`;
}

function cantBeLoaded(error: unknown): string {
  return `can't be loaded (${error instanceof Error ? error.message : String(error)})`;
}
