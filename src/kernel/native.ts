import { NetworkError } from "../protocol/errors.js";
import { typedFailure } from "./binding-errors.js";
import { Hashers, type RawHasher } from "./hashers.js";
import { checkInput } from "./limits.js";
import type { Kernel, KernelHasher } from "./types.js";

/** The exports of native/addon, by the types that napi generates. */
type NativeAddon = Omit<typeof import("../../native/addon/index.js"), "ExternalObject">;

const EXPORTS: Readonly<Record<keyof NativeAddon, "function">> = {
  version: "function",
  sourceDigest: "function",
  hash: "function",
  hasher: "function",
  hasherUpdate: "function",
  hasherDigest: "function",
  hasherFree: "function",
  scan: "function",
  verify: "function",
  verifyMessages: "function",
  verifyPlain: "function",
  sign: "function",
  publicKey: "function",
  consensus: "function",
};

function isAddon(value: unknown): value is NativeAddon {
  if (typeof value !== "object" || value === null) return false;
  const entries = new Map<string, unknown>(Object.entries(value));
  return Object.entries(EXPORTS).every(([name, kind]) => typeof entries.get(name) === kind);
}

/** The kernel in the napi-rs addon; signatures are verified on the libuv pool. */
export class NativeKernel implements Kernel {
  readonly backend = "native";
  readonly version: string;
  /** Digest of the sources that the addon was built from. */
  readonly sourceDigest: string;
  readonly #addon: NativeAddon;
  readonly #hashers = new Hashers();

  constructor(addon: NativeAddon) {
    this.#addon = addon;
    this.version = addon.version();
    this.sourceDigest = addon.sourceDigest();
  }

  hash(input: Uint8Array, out: Uint8Array): void {
    checkInput(input, out);
    try {
      this.#addon.hash(input, out);
    } catch (error) {
      throw typedFailure(error, "native");
    }
  }

  hasher(): KernelHasher {
    return this.#hashers.open(() => this.#rawHasher());
  }

  scan(input: Uint8Array, context: Uint8Array): Uint8Array {
    return this.#call(() => this.#addon.scan(input, context), input, context);
  }

  async verify(input: Uint8Array, table: Uint8Array, mask: Uint8Array, context: Uint8Array): Promise<Uint8Array> {
    checkInput(input, table, mask, context);
    try {
      return await this.#addon.verify(input, table, mask, context);
    } catch (error) {
      throw typedFailure(error, "native");
    }
  }

  async verifyMessages(items: Uint8Array): Promise<Uint8Array> {
    checkInput(items);
    try {
      return await this.#addon.verifyMessages(items);
    } catch (error) {
      throw typedFailure(error, "native");
    }
  }

  verifyPlain(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
    const run = () => this.#addon.verifyPlain(publicKey, message, signature);
    return this.#call(run, publicKey, message, signature);
  }

  sign(privateKey: Uint8Array, message: Uint8Array): Uint8Array {
    return this.#call(() => this.#addon.sign(privateKey, message), privateKey, message);
  }

  publicKey(privateKey: Uint8Array): Uint8Array {
    return this.#call(() => this.#addon.publicKey(privateKey), privateKey);
  }

  consensus(input: Uint8Array): Uint8Array {
    return this.#call(() => this.#addon.consensus(input), input);
  }

  async close(): Promise<void> {}

  #rawHasher(): RawHasher {
    const handle = this.#call(() => this.#addon.hasher());
    return {
      update: (part) => this.#call(() => this.#addon.hasherUpdate(handle, part)),
      digest: (out) => this.#call(() => this.#addon.hasherDigest(handle, out)),
      free: () => this.#call(() => this.#addon.hasherFree(handle)),
    };
  }

  #call<T>(run: () => T, ...inputs: readonly Uint8Array[]): T {
    checkInput(...inputs);
    try {
      return run();
    } catch (error) {
      throw typedFailure(error, "native");
    }
  }
}

/** Loaded addons by path: loading a library twice in one thread would initialize it twice. */
const loaded = new Map<string, unknown>();

function loadLibrary(path: string): unknown {
  if (!loaded.has(path)) {
    const module = { exports: {} };
    process.dlopen(module, path);
    loaded.set(path, module.exports);
  }
  return loaded.get(path);
}

/** Loads the addon at `path`. Throws the error of the system's loader, or `kernel_failed` for another library. */
export function openAddon(path: string): NativeKernel {
  const addon = loadLibrary(path);
  if (!isAddon(addon)) throw new NetworkError("kernel_failed", "the file is not the addon of this version");
  return new NativeKernel(addon);
}
