import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { NetworkError } from "../protocol/errors.js";
import { checkInput } from "./limits.js";
import type { Kernel } from "./types.js";

/** Where scripts/build-addon.mjs leaves the addon; the same from src/kernel and dist/kernel. */
export const ADDON_FOLDER = fileURLToPath(new URL("../../native/addon/", import.meta.url));
export const ADDON_FILE = `tos-ai-kernel.${process.platform}-${process.arch}.node`;

/** What native/addon exports. */
interface NativeAddon {
  version(): string;
  hash(input: Uint8Array, out: Uint8Array): void;
  scan(input: Uint8Array, context: Uint8Array): Uint8Array;
  verify(input: Uint8Array, table: Uint8Array, mask: Uint8Array, context: Uint8Array): Promise<Uint8Array>;
  verifyMessages(items: Uint8Array): Promise<Uint8Array>;
  verifyPlain(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
  sign(privateKey: Uint8Array, message: Uint8Array): Uint8Array;
  publicKey(privateKey: Uint8Array): Uint8Array;
  consensus(input: Uint8Array): Uint8Array;
}

const EXPORTS: readonly (keyof NativeAddon)[] = [
  "version",
  "hash",
  "scan",
  "verify",
  "verifyMessages",
  "verifyPlain",
  "sign",
  "publicKey",
  "consensus",
];

function isAddon(value: unknown): value is NativeAddon {
  if (typeof value !== "object" || value === null) return false;
  const entries = new Map<string, unknown>(Object.entries(value));
  return EXPORTS.every((name) => typeof entries.get(name) === "function");
}

/** Reason codes that the addon writes before ": " in its messages. */
const ADDON_CODES = ["bad_parameters", "bad_scalar", "kernel_failed"] as const;

/** The typed form of whatever the addon threw. */
function typed(error: unknown): NetworkError {
  if (error instanceof NetworkError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const code = ADDON_CODES.find((known) => message.startsWith(`${known}: `));
  if (code !== undefined) return new NetworkError(code, message.slice(code.length + 2));
  return new NetworkError("kernel_failed", `the native kernel failed: ${message}`, { cause: error });
}

/** The kernel in the napi-rs addon; signatures are verified on the libuv pool. */
export class NativeKernel implements Kernel {
  readonly backend = "native";
  readonly version: string;
  readonly #addon: NativeAddon;

  constructor(addon: NativeAddon) {
    this.#addon = addon;
    this.version = addon.version();
  }

  hash(input: Uint8Array, out: Uint8Array): void {
    checkInput(input, out);
    try {
      this.#addon.hash(input, out);
    } catch (error) {
      throw typed(error);
    }
  }

  scan(input: Uint8Array, context: Uint8Array): Uint8Array {
    return this.#call(() => this.#addon.scan(input, context), input, context);
  }

  async verify(input: Uint8Array, table: Uint8Array, mask: Uint8Array, context: Uint8Array): Promise<Uint8Array> {
    checkInput(input, table, mask, context);
    try {
      return await this.#addon.verify(input, table, mask, context);
    } catch (error) {
      throw typed(error);
    }
  }

  async verifyMessages(items: Uint8Array): Promise<Uint8Array> {
    checkInput(items);
    try {
      return await this.#addon.verifyMessages(items);
    } catch (error) {
      throw typed(error);
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

  #call<T>(run: () => T, ...inputs: readonly Uint8Array[]): T {
    checkInput(...inputs);
    try {
      return run();
    } catch (error) {
      throw typed(error);
    }
  }
}

/** Loads the addon at `path`. Throws what the system's loader says, or `kernel_failed` if it is not this addon. */
export function openAddon(path: string): NativeKernel {
  const addon: unknown = createRequire(import.meta.url)(path);
  if (!isAddon(addon)) throw new NetworkError("kernel_failed", "the file is not the addon of this package");
  return new NativeKernel(addon);
}
