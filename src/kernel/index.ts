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
export type { Kernel, KernelBackend } from "./types.js";
export { verdictsOf } from "./verdicts.js";
