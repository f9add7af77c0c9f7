export { type AgreementRow, agreementOf } from "./kernel-agreement.js";
export { type KernelVectors, MAX_VECTOR_FILE_BYTES, parseKernelVectors, VectorFileError } from "./kernel-vectors.js";
