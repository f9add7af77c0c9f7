import { randomBytes } from "node:crypto";
import { createRequire } from "node:module";
import { join } from "node:path";
import { NetworkError } from "../protocol/errors.js";
import { typedFailure } from "./binding-errors.js";
import { Hashers, type RawHasher } from "./hashers.js";
import { checkInput, checkLength } from "./limits.js";
import type { Kernel, KernelHasher } from "./types.js";
import { WasmPool } from "./wasm-pool.js";

/** The exports of wasm/src/lib.rs, through wasm-bindgen's code. */
interface WasmModule {
  version(): string;
  sourceDigest(): string;
  hash(input: Uint8Array, out: Uint8Array): void;
  scan(input: Uint8Array, context: Uint8Array): Uint8Array;
  verifyPlain(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
  sign(privateKey: Uint8Array, message: Uint8Array): Uint8Array;
  publicKey(privateKey: Uint8Array): Uint8Array;
  consensus(input: Uint8Array): Uint8Array;
  readonly Hasher: new () => { update(part: Uint8Array): void; digest(): Uint8Array; free(): void };
  readonly Verifier: new (secret: Uint8Array) => { verifyMessages(items: Uint8Array): Uint8Array; free(): void };
}

const EXPORTS: readonly (keyof WasmModule)[] = [
  "version",
  "sourceDigest",
  "hash",
  "scan",
  "verifyPlain",
  "sign",
  "publicKey",
  "consensus",
  "Hasher",
  "Verifier",
];

function isWasmModule(value: unknown): value is WasmModule {
  if (typeof value !== "object" || value === null) return false;
  const entries = new Map<string, unknown>(Object.entries(value));
  return EXPORTS.every((name) => typeof entries.get(name) === "function");
}

/** Whether the error is WebAssembly's; TypeScript has no type for its class. */
function isTrap(error: unknown): boolean {
  return error instanceof Error && error.name === "RuntimeError";
}

const require = createRequire(import.meta.url);

/** An instance of the module: the existing one, or a new one. */
function openModule(path: string, fresh: boolean): WasmModule {
  if (fresh) delete require.cache[require.resolve(path)];
  const found: unknown = require(path);
  if (!isWasmModule(found)) throw new NetworkError("kernel_failed", "the file is not the module of this package");
  return found;
}

/**
 * The kernel in WebAssembly. Small calls run on this thread, signature checks in worker threads ({@link WasmPool}),
 * which start with the first check.
 */
export class WasmKernel implements Kernel {
  readonly backend = "wasm";
  readonly version: string;
  /** Digest of the sources that the module was built from. */
  readonly sourceDigest: string;
  readonly #path: string;
  readonly #pool: WasmPool;
  readonly #hashers = new Hashers();
  #module: WasmModule;

  /** `folder` is the package's `wasm`. Throws the loader's error, or `kernel_failed` for another module. */
  constructor(folder: string) {
    this.#path = join(folder, "pkg", "kernel.js");
    this.#module = openModule(this.#path, false);
    this.#pool = new WasmPool(join(folder, "worker.mjs"));
    this.version = this.#module.version();
    this.sourceDigest = this.#module.sourceDigest();
  }

  hash(input: Uint8Array, out: Uint8Array): void {
    checkLength(out, 32, "the output");
    this.#call((module) => module.hash(input, out), input);
  }

  hasher(): KernelHasher {
    return this.#hashers.open(() => this.#rawHasher());
  }

  scan(input: Uint8Array, context: Uint8Array): Uint8Array {
    return this.#call((module) => module.scan(input, context), input, context);
  }

  async verify(input: Uint8Array, table: Uint8Array, mask: Uint8Array, context: Uint8Array): Promise<Uint8Array> {
    checkInput(input, table, mask, context);
    return this.#pool.run([input, table, mask, context]);
  }

  async verifyMessages(items: Uint8Array): Promise<Uint8Array> {
    checkInput(items);
    return this.#pool.run([items]);
  }

  /** `verifyMessages` on this thread, which it blocks: for the self-test, so that no worker is needed. */
  verifyHere(items: Uint8Array): Uint8Array {
    return this.#call((module) => {
      const verifier = new module.Verifier(randomBytes(32));
      const verdicts = verifier.verifyMessages(items);
      verifier.free();
      return verdicts;
    }, items);
  }

  verifyPlain(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
    return this.#call((module) => module.verifyPlain(publicKey, message, signature), publicKey, message, signature);
  }

  sign(privateKey: Uint8Array, message: Uint8Array): Uint8Array {
    return this.#call((module) => module.sign(privateKey, message), privateKey, message);
  }

  publicKey(privateKey: Uint8Array): Uint8Array {
    return this.#call((module) => module.publicKey(privateKey), privateKey);
  }

  consensus(input: Uint8Array): Uint8Array {
    return this.#call((module) => module.consensus(input), input);
  }

  close(): Promise<void> {
    return this.#pool.close();
  }

  #rawHasher(): RawHasher {
    const own = this.#module;
    const hasher = this.#call((module) => new module.Hasher());
    const within = <T>(run: () => T): T =>
      this.#call((module) => {
        if (module !== own) throw new NetworkError("kernel_failed", "the instance that had this hash has ended");
        return run();
      });
    return {
      update: (part) => within(() => hasher.update(part)),
      digest: (out) => within(() => out.set(hasher.digest())),
      // If the instance has ended, its memory is already freed.
      free: () => {
        if (this.#module === own) hasher.free();
      },
    };
  }

  #call<T>(run: (module: WasmModule) => T, ...inputs: readonly Uint8Array[]): T {
    checkInput(...inputs);
    try {
      return run(this.#module);
    } catch (error) {
      if (isTrap(error)) this.#renew();
      throw typedFailure(error, "wasm");
    }
  }

  /** Replaces the instance after a trap: its memory is in an undefined state. */
  #renew(): void {
    try {
      this.#module = openModule(this.#path, true);
    } catch (error) {
      throw typedFailure(error, "wasm");
    }
  }
}
