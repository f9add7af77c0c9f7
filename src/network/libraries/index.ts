/**
 * Fewer writes of the transport libraries, by their private members. No other file uses private members of yamux, noise
 * or tcp.
 *
 * In: the options of yamux, and an encrypter. Out: the same libraries, which send a window update when half of a window
 * is used (`yamuxWithFewUpdates`) and write to a socket once in a turn of the event loop (`corked`). The text of each
 * replaced method is compared with that of the pinned version: with another one nothing is replaced, and the caller
 * hears of it. docs/upstream has the changes as patches for the libraries.
 *
 * Bounds and overload: a window is not larger than before, and the buffer of a socket neither: a full one is written at
 * once.
 */
export { corked, yamuxWithFewUpdates } from "./library-writes.js";
