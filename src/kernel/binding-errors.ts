import { NetworkError } from "../protocol/errors.js";

/** Reason codes that the bindings over native/kernel write before ": " in their messages. */
const CODES = ["bad_parameters", "bad_scalar", "kernel_failed"] as const;

/** The typed form of an error, or of an error message, of a binding. */
export function typedFailure(error: unknown, backend: string): NetworkError {
  if (error instanceof NetworkError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const code = CODES.find((known) => message.startsWith(`${known}: `));
  if (code !== undefined) return new NetworkError(code, message.slice(code.length + 2));
  return new NetworkError("kernel_failed", `the ${backend} kernel failed: ${message}`, { cause: error });
}
