import { NetworkError } from "../protocol/errors.js";

/** The largest input of any call: the largest honest one is a few MiB. Equal in native/kernel. */
export const MAX_INPUT_BYTES = 16 << 20;

/** Rows of one table (8 MiB): without it 16 MiB of empty bundles would ask for half a GiB. Equal in native/kernel. */
export const MAX_ROWS = 65_536;

/** Hashes in the making at once, of 2 KiB each: the engine has 8, and every call of the API one at most. */
export const MAX_HASHERS = 1024;

/** An argument that breaks the contract of {@link import("./types.js").Kernel}. */
export function badParameters(what: string): NetworkError {
  return new NetworkError("bad_parameters", what);
}

/**
 * Refuses, with `bad_parameters`, what is no Uint8Array, is over {@link MAX_INPUT_BYTES}, has lost its memory, or has
 * memory that another thread may change while it is read.
 */
export function checkInput(...inputs: readonly Uint8Array[]): void {
  for (const input of inputs) {
    if (!(input instanceof Uint8Array)) throw badParameters("an argument is not a Uint8Array");
    if (input.length > MAX_INPUT_BYTES) throw badParameters("the input is over 16 MiB");
    // Once optimized for views of several kinds, V8 takes a transferred view's length for what it was: the buffer knows.
    if ((input.length === 0 || input.buffer.byteLength === 0) && isGone(input)) {
      throw badParameters("a buffer was transferred or has shrunk");
    }
    if (input.buffer instanceof SharedArrayBuffer) throw badParameters("a buffer is shared between threads");
  }
}

/** A view that is empty because its memory went elsewhere; such a one throws where an empty one does not. */
function isGone(view: Uint8Array): boolean {
  try {
    view.at(0);
    return false;
  } catch {
    // Detached or out of bounds: the only ways for this call to fail.
    return true;
  }
}

/** Refuses, with `bad_parameters`, what has not exactly this length. */
export function checkLength(bytes: Uint8Array, length: number, what: string): void {
  checkInput(bytes);
  if (bytes.length !== length) throw badParameters(`${what} is not ${length} bytes`);
}
