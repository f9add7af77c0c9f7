/**
 * The same bytes as a plain Uint8Array: sockets hand out Node's Buffer, whose `slice` shares memory instead of copying.
 */
export function plainBytes(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
