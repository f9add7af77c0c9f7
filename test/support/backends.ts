import { afterAll } from "vitest";
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

const tried = [await load("native"), await load("wasm")];

/** The kernel with which the others are compared. */
export const { kernel: reference } = await loadKernel({ force: "reference" });

/** Backends that could be loaded, without the reference. */
export const others: readonly Kernel[] = tried.flatMap((result) => (result instanceof NetworkError ? [] : [result]));

/** Every backend that could be loaded. */
export const backends: readonly Kernel[] = [...others, reference];

/** The causes of backends missing from {@link backends}; a suite shows them as skipped tests. */
export const missing: readonly string[] = tried.flatMap((result) =>
  result instanceof NetworkError ? [result.message] : [],
);

afterAll(async () => {
  for (const kernel of backends) await kernel.close();
});

export const TOO_LARGE = new Uint8Array(MAX_INPUT_BYTES + 1);
