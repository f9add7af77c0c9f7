import type { KeyWrite } from "./types.js";

/** Written to carry a sync where there is nothing else to write. No key of keys.ts is that short. */
export const SYNC_MARK: KeyWrite = { op: "put", family: "meta", key: Uint8Array.of(0), value: new Uint8Array(0) };

/** The bytes of a Buffer as a plain Uint8Array over the same memory. */
export function plainView(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
