import { type Kernel, loadKernel, MAX_INPUT_BYTES } from "../../src/kernel/index.js";
import { NetworkError } from "../../src/protocol/errors.js";

async function load(backend: string): Promise<Kernel | NetworkError> {
  try {
    return (await loadKernel({ force: backend })).kernel;
  } catch (error) {
    if (error instanceof NetworkError) return error;
    throw error;
  }
}

const native = await load("native");

/** The kernel that the others are compared with. */
export const { kernel: reference } = await loadKernel({ force: "reference" });

/** Backends that could be loaded here, beside the reference. */
export const others: readonly Kernel[] = native instanceof NetworkError ? [] : [native];

/** Every backend that could be loaded here. */
export const backends: readonly Kernel[] = [...others, reference];

/** Why a backend is missing from {@link backends}; a suite shows these as skipped tests. */
export const missing: readonly string[] = native instanceof NetworkError ? [native.message] : [];

export const TOO_LARGE = new Uint8Array(MAX_INPUT_BYTES + 1);
