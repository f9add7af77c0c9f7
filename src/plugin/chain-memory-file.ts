import { open } from "node:fs/promises";
import { type ChainMemory, REGISTRY_MEMORY_MAX_BYTES } from "../chain/index.js";
import { NetworkError } from "../protocol/errors.js";
import { hasCode, replacePrivateFile, storageError } from "../storage/index.js";

/** The saved registry, as one file of the data directory. One writer at a time. */
export class ChainMemoryFile implements ChainMemory {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  async load(): Promise<Uint8Array | undefined> {
    try {
      const handle = await open(this.#path, "r");
      try {
        const { size } = await handle.stat();
        if (size > REGISTRY_MEMORY_MAX_BYTES) throw new NetworkError("storage_corrupt", `${this.#path} is too large`);
        return new Uint8Array(await handle.readFile());
      } finally {
        await handle.close();
      }
    } catch (cause) {
      if (hasCode(cause, "ENOENT")) return undefined;
      throw storageError(`${this.#path} can't be read`, cause);
    }
  }

  async save(bytes: Uint8Array): Promise<void> {
    try {
      await replacePrivateFile(this.#path, bytes);
    } catch (cause) {
      throw storageError(`${this.#path} can't be written`, cause);
    }
  }
}
