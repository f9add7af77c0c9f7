import { toHex, u8, u32 } from "./bytes.js";
import { type Blake3, taggedHash } from "./hash.js";
import { hashBytes } from "./records.js";

/** Levels of a print: what its state is of. */
export const LEVEL_ROOT = 0;
export const LEVEL_DAY = 1;
export const LEVEL_WINDOW = 2;
export type PrintLevel = typeof LEVEL_ROOT | typeof LEVEL_DAY | typeof LEVEL_WINDOW;

/** Bytes of a print of a root. Equality is concluded from it, so it is long. */
export const ROOT_PRINT_BYTES = 16;
/** Bytes of a print of a day or a window. */
export const PRINT_BYTES = 8;
/** Bytes of the key of short ids. */
const SHORT_KEY_BYTES = 16;

/** What the prints of one side of an exchange have in common. */
export interface PrintSender {
  /** Of the connection, 32 bytes. */
  readonly salt: Uint8Array;
  /** 16 bytes. */
  readonly requestId: Uint8Array;
  /** The node key of the side that sends the print, 32 bytes. */
  readonly key: Uint8Array;
  /** 0 for the opener of the exchange, 1 for the acceptor: two nodes with one key have different prints. */
  readonly role: 0 | 1;
}

/**
 * H(compare; salt, request id, sender's node key, role u8, strand, level u8, number u32, state), shortened, as hex. A
 * print shows that its sender has the state, and nobody else can send it. `number`: the day or window; 0 for a root.
 */
export function printOf(
  blake3: Blake3,
  { salt, requestId, key, role }: PrintSender,
  strand: Uint8Array,
  level: PrintLevel,
  number: number,
  state: Uint8Array,
): string {
  const hash = taggedHash(blake3, "compare", [salt, requestId, key, u8(role), strand, u8(level), u32(number), state]);
  return toHex(hash.subarray(0, level === LEVEL_ROOT ? ROOT_PRINT_BYTES : PRINT_BYTES));
}

/** The first 16 bytes of H(item; salt, request id): the SipHash key of the short ids of an exchange, k0 then k1. */
export function shortIdKey(blake3: Blake3, salt: string, requestId: Uint8Array): Uint8Array {
  return taggedHash(blake3, "item", [hashBytes(salt), requestId]).subarray(0, SHORT_KEY_BYTES);
}
