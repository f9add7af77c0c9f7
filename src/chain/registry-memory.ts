import { ascii, concatBytes, equalBytes, readU32, readU48, toHex, u32, writeU48 } from "../protocol/bytes.js";
import { fail, ok, type Result } from "../protocol/errors.js";
import type { Blake3 } from "../protocol/hash.js";
import { AUTHORS_MAX, type LedgerAuthor, type LedgerStart } from "./author-ledger.js";

/**
 * The file of a chain registry, integers big-endian: magic 8, genesis 32, place 1 (0 none, 1 without a hash, 2 with one),
 * topoheight u48, hash 32, time u48, count u32, then per author: key 32, topoheight u48, time u48; last BLAKE3 of all
 * before it. Place and authors are one file, so that neither is ever newer than the other.
 */
const MAGIC = ascii("tosaicr1");
const HEAD_BYTES = 8 + 32 + 1 + 6 + 32 + 6 + 4;
const AUTHOR_BYTES = 32 + 6 + 6;
const CHECK_BYTES = 32;
/** What a file of {@link AUTHORS_MAX} authors takes: 4.4 MB. */
export const REGISTRY_MEMORY_MAX_BYTES = HEAD_BYTES + AUTHORS_MAX * AUTHOR_BYTES + CHECK_BYTES;

/** Authors of blocks past the place are left out: they are walked again. */
export function encodeRegistryMemory(blake3: Blake3, genesis: Uint8Array, start: LedgerStart): Uint8Array {
  const { stable } = start;
  const top = stable?.topoheight ?? -1;
  const authors = [...start.authors].filter(([, { topoheight }]) => topoheight <= top);
  const bytes = Buffer.alloc(HEAD_BYTES + authors.length * AUTHOR_BYTES);
  const hash = stable?.hash;
  bytes.set(MAGIC);
  bytes.set(genesis, 8);
  bytes[40] = stable === undefined ? 0 : hash === undefined ? 1 : 2;
  writeU48(bytes, 41, stable?.topoheight ?? 0);
  if (hash !== undefined) bytes.write(hash, 47, "hex");
  writeU48(bytes, 79, stable?.timeSeconds ?? 0);
  bytes.set(u32(authors.length), 85);
  for (const [i, [key, { topoheight, fromSeconds }]] of authors.entries()) {
    const offset = HEAD_BYTES + i * AUTHOR_BYTES;
    bytes.write(key, offset, "hex");
    writeU48(bytes, offset + 32, topoheight);
    writeU48(bytes, offset + 38, fromSeconds);
  }
  return concatBytes([bytes, blake3(bytes)]);
}

/** `storage_foreign` for another chain's file, `storage_corrupt` for what is not one of these, whole. */
export function decodeRegistryMemory(blake3: Blake3, genesis: Uint8Array, file: Uint8Array): Result<LedgerStart> {
  if (file.length < HEAD_BYTES + CHECK_BYTES || file.length > REGISTRY_MEMORY_MAX_BYTES) return fail("storage_corrupt");
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.length - CHECK_BYTES);
  if (!equalBytes(bytes.subarray(0, 8), MAGIC)) return fail("storage_corrupt");
  if (!equalBytes(blake3(bytes), file.subarray(-CHECK_BYTES))) return fail("storage_corrupt");
  if (!equalBytes(bytes.subarray(8, 40), genesis)) return fail("storage_foreign");
  const place = bytes[40] ?? 0;
  const topoheight = readU48(bytes, 41);
  const count = readU32(bytes, 85);
  if (place > 2 || bytes.length !== HEAD_BYTES + count * AUTHOR_BYTES || (place === 0 && count > 0)) {
    return fail("storage_corrupt");
  }
  const authors = new Map<string, LedgerAuthor>();
  for (let offset = HEAD_BYTES; offset < bytes.length; offset += AUTHOR_BYTES) {
    const key = bytes.toString("hex", offset, offset + 32);
    const author = { topoheight: readU48(bytes, offset + 32), fromSeconds: readU48(bytes, offset + 38) };
    if (authors.has(key) || author.topoheight > topoheight) return fail("storage_corrupt");
    authors.set(key, author);
  }
  if (place === 0) return ok({ stable: undefined, authors });
  const hash = place === 2 ? toHex(bytes.subarray(47, 79)) : undefined;
  return ok({ stable: { topoheight, hash, timeSeconds: readU48(bytes, 79) }, authors });
}
