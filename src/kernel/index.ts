/**
 * The kernel: hashing, scanning of bundles, batch signature verification and consensus sums, in three backends.
 *
 * In: packed inputs (`scanContext`, `packScores`). Out: tables, verdicts and sums as packed bytes. All backends give
 * equal bytes.
 *
 * `loadKernel` takes the fastest backend that loads, has the right source digest and passes the self-test: the
 * native addon, WebAssembly, then the reference over @noble/curves.
 *
 * Bounds: MAX_INPUT_BYTES of one call, MAX_ROWS of one table, MAX_HASHERS open hashers.
 *
 * Under overload: the native addon queues calls on the libuv pool, and the caller bounds their number
 * (`manager/inbound/scan-queue.ts`). The WebAssembly pool refuses calls beyond MAX_WAITING.
 */
export { packScores, readSums, type ScoreList, type ScoreSums } from "./consensus-layout.js";
export { MAX_INPUT_BYTES, MAX_ROWS } from "./limits.js";
export {
  blake3Of,
  KERNEL_BACKENDS,
  type LoadedKernel,
  type LoadKernelOptions,
  loadKernel,
  type SkippedBackend,
} from "./loader.js";
export { ReferenceKernel } from "./reference.js";
export type { Kernel, KernelBackend, KernelHasher } from "./types.js";
export { verdictsOf } from "./verdicts.js";
export { verifyCertificate } from "./verify-certificate.js";
