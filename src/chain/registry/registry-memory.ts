import { ascii, concatBytes, equalBytes, readU32, readU48, toHex, u32, writeU48 } from "../../protocol/bytes.js";
import { fail, ok, type Result } from "../../protocol/errors.js";
import type { Blake3 } from "../../protocol/hash.js";
import {
  AUTHORS_MAX,
  type LedgerAuthor,
  type LedgerGap,
  type LedgerPlace,
  type LedgerStart,
  PLACES_KEPT_MAX,
} from "./author-ledger.js";

/**
 * The file of a chain registry, integers big-endian: magic 8, genesis 32, gap 1 (0 none, 1 one), its first and last
 * topoheight u48 each, count of places u32, count of authors u32; per place: topoheight u48, height u48 plus 1 (0: none
 * was processed), time u48, hash 1 (0 unknown, 1 known), hash 32; per author: key 32, topoheight u48, height u48, time
 * u48; last BLAKE3 of all before it. Places and authors are one file, so that neither is ever newer than the other.
 */
const MAGIC = ascii("tosaicr2");
/**
 * The magic of releases that counted the daemon's execution field, which is not a function of the chain; such a file is
 * not used.
 */
const OLD_MAGIC = ascii("tosaicr1");
const HEAD_BYTES = 8 + 32 + 1 + 6 + 6 + 4 + 4;
const PLACE_BYTES = 6 + 6 + 6 + 1 + 32;
const AUTHOR_BYTES = 32 + 6 + 6 + 6;
const CHECK_BYTES = 32;
/** The size of a file with {@link AUTHORS_MAX} authors: 5 MB. */
export const REGISTRY_MEMORY_MAX_BYTES =
  HEAD_BYTES + PLACES_KEPT_MAX * PLACE_BYTES + AUTHORS_MAX * AUTHOR_BYTES + CHECK_BYTES;

/** Omits authors of blocks past the last place: those blocks are read again. */
export function encodeRegistryMemory(blake3: Blake3, genesis: Uint8Array, start: LedgerStart): Uint8Array {
  const places = start.places.slice(-PLACES_KEPT_MAX);
  const top = places.at(-1)?.topoheight ?? -1;
  const authors = [...start.authors].filter(([, { topoheight }]) => topoheight <= top);
  const bytes = Buffer.alloc(HEAD_BYTES + places.length * PLACE_BYTES + authors.length * AUTHOR_BYTES);
  bytes.set(MAGIC);
  bytes.set(genesis, 8);
  if (start.gap !== undefined) {
    bytes[40] = 1;
    writeU48(bytes, 41, start.gap.fromTopoheight);
    writeU48(bytes, 47, start.gap.toTopoheight);
  }
  bytes.set(u32(places.length), 53);
  bytes.set(u32(authors.length), 57);
  let offset = HEAD_BYTES;
  for (const { topoheight, height, timeSeconds, hash } of places) {
    writeU48(bytes, offset, topoheight);
    writeU48(bytes, offset + 6, height + 1);
    writeU48(bytes, offset + 12, timeSeconds);
    if (hash !== undefined) {
      bytes[offset + 18] = 1;
      bytes.write(hash, offset + 19, "hex");
    }
    offset += PLACE_BYTES;
  }
  for (const [key, { topoheight, height, fromSeconds }] of authors) {
    bytes.write(key, offset, "hex");
    writeU48(bytes, offset + 32, topoheight);
    writeU48(bytes, offset + 38, height);
    writeU48(bytes, offset + 44, fromSeconds);
    offset += AUTHOR_BYTES;
  }
  return concatBytes([bytes, blake3(bytes)]);
}

/** A file of an older release: not used, but not damaged. */
export function isOldRegistryMemory(file: Uint8Array): boolean {
  return equalBytes(file.subarray(0, OLD_MAGIC.length), OLD_MAGIC);
}

/** Fails with `storage_foreign` for another chain's file, and with `storage_corrupt` for a damaged one. */
export function decodeRegistryMemory(blake3: Blake3, genesis: Uint8Array, file: Uint8Array): Result<LedgerStart> {
  if (file.length < HEAD_BYTES + CHECK_BYTES || file.length > REGISTRY_MEMORY_MAX_BYTES) return fail("storage_corrupt");
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.length - CHECK_BYTES);
  if (!equalBytes(bytes.subarray(0, 8), MAGIC)) return fail("storage_corrupt");
  if (!equalBytes(blake3(bytes), file.subarray(-CHECK_BYTES))) return fail("storage_corrupt");
  if (!equalBytes(bytes.subarray(8, 40), genesis)) return fail("storage_foreign");
  const [placeCount, authorCount] = [readU32(bytes, 53), readU32(bytes, 57)];
  if (bytes.length !== HEAD_BYTES + placeCount * PLACE_BYTES + authorCount * AUTHOR_BYTES)
    return fail("storage_corrupt");
  const places = readPlaces(bytes, placeCount);
  const top = places?.at(-1)?.topoheight ?? -1;
  const gap = readGap(bytes, top);
  const authors = readAuthors(bytes.subarray(HEAD_BYTES + placeCount * PLACE_BYTES), top);
  if (places === undefined || authors === undefined || gap === "bad") return fail("storage_corrupt");
  return ok({ places, authors, gap });
}

function readGap(bytes: Buffer, top: number): LedgerGap | undefined | "bad" {
  const [fromTopoheight, toTopoheight] = [readU48(bytes, 41), readU48(bytes, 47)];
  if (bytes[40] === 0) return fromTopoheight === 0 && toTopoheight === 0 ? undefined : "bad";
  const fits = bytes[40] === 1 && fromTopoheight <= toTopoheight && toTopoheight <= top;
  return fits ? { fromTopoheight, toTopoheight } : "bad";
}

/** Undefined: the places are not ascending, or one is damaged. */
function readPlaces(bytes: Buffer, count: number): LedgerPlace[] | undefined {
  const places: LedgerPlace[] = [];
  for (let i = 0, offset = HEAD_BYTES; i < count; i++, offset += PLACE_BYTES) {
    const known = bytes[offset + 18];
    const topoheight = readU48(bytes, offset);
    if ((known !== 0 && known !== 1) || topoheight <= (places.at(-1)?.topoheight ?? -1)) return undefined;
    places.push({
      topoheight,
      height: readU48(bytes, offset + 6) - 1,
      hash: known === 1 ? toHex(bytes.subarray(offset + 19, offset + PLACE_BYTES)) : undefined,
      timeSeconds: readU48(bytes, offset + 12),
    });
  }
  return places;
}

/** Undefined: an author is listed twice, or its block is past the last place. */
function readAuthors(bytes: Buffer, top: number): Map<string, LedgerAuthor> | undefined {
  const authors = new Map<string, LedgerAuthor>();
  for (let offset = 0; offset < bytes.length; offset += AUTHOR_BYTES) {
    const key = bytes.toString("hex", offset, offset + 32);
    const [topoheight, height] = [readU48(bytes, offset + 32), readU48(bytes, offset + 38)];
    if (authors.has(key) || topoheight > top) return undefined;
    authors.set(key, { topoheight, height, fromSeconds: readU48(bytes, offset + 44) });
  }
  return authors;
}
