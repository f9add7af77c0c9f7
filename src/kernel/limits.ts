import { NetworkError } from "../protocol/errors.js";

/** The largest input of a call. The largest honest input has a few MiB. Equal in native/kernel. */
export const MAX_INPUT_BYTES = 16 << 20;

/**
 * Rows of one table (8 MiB): without this cap 16 MiB of empty bundles would need half a GiB. Equal in native/kernel.
 */
export const MAX_ROWS = 65_536;

/** Cap of the open hashers, 2 KiB each: the engine has 8, and each call of the API at most one. */
export const MAX_HASHERS = 1024;

/** An argument that breaks the contract of {@link import("./types.js").Kernel}. */
export function badParameters(what: string): NetworkError {
  return new NetworkError("bad_parameters", what);
}

/**
 * Throws `bad_parameters` for an input that is not a Uint8Array, is larger than {@link MAX_INPUT_BYTES}, is detached,
 * or has memory that another thread may change.
 */
export function checkInput(...inputs: readonly Uint8Array[]): void {
  for (const input of inputs) {
    if (!(input instanceof Uint8Array)) throw badParameters("an argument is not a Uint8Array");
    if (input.length > MAX_INPUT_BYTES) throw badParameters("the input is over 16 MiB");
    // Optimized code of V8 may still see the old length of a transferred view. The length of the buffer is correct.
    if ((input.length === 0 || input.buffer.byteLength === 0) && isGone(input)) {
      throw badParameters("a buffer was transferred or has shrunk");
    }
    if (input.buffer instanceof SharedArrayBuffer) throw badParameters("a buffer is shared between threads");
  }
}

/** Whether a view is empty because its memory was transferred: the call throws for such a view only. */
function isGone(view: Uint8Array): boolean {
  try {
    view.at(0);
    return false;
  } catch {
    // The call fails only for a detached or out-of-bounds view.
    return true;
  }
}

/** Throws `bad_parameters` unless the bytes have exactly this length. */
export function checkLength(bytes: Uint8Array, length: number, what: string): void {
  checkInput(bytes);
  if (bytes.length !== length) throw badParameters(`${what} is not ${length} bytes`);
}
