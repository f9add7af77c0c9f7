/**
 * `kernel:verify`: reads a file of vectors and compares the results of every backend.
 *
 * Bounds: MAX_VECTOR_FILE_BYTES of one file. A backend that does not load is named as missing.
 */
export { type AgreementRow, agreementOf } from "./kernel-agreement.js";
export { type KernelVectors, MAX_VECTOR_FILE_BYTES, parseKernelVectors, VectorFileError } from "./kernel-vectors.js";
