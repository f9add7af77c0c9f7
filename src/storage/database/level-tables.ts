import { readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { maskedCrc32c } from "./crc32c.js";
import { unsnap } from "./snappy.js";

/** Two handles of a block (offset and size as varints), padded, and the magic number. */
const FOOTER_BYTES = 48;
const MAGIC = Uint8Array.of(0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb);
/** After each block: its compression, and a checksum of both. */
const TRAILER_BYTES = 5;
const SNAPPY = 1;
/** Suffix of a damaged table until the database is rebuilt without it. */
const ASIDE = ".damaged";

/** Whether the file is a table that was set aside: a repair runs or was interrupted. */
export function isSetAside(name: string): boolean {
  return name.endsWith(ASIDE);
}

class Broken extends Error {}

/** Reads varints: seven bits a byte, the lowest first. */
class Varints {
  readonly #bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = bytes;
    this.at = at;
  }

  next(): number {
    let value = 0;
    for (let shift = 1; shift < 2 ** 49; shift *= 128) {
      const byte = this.#bytes[this.at++];
      if (byte === undefined) break;
      value += (byte & 0x7f) * shift;
      if (byte < 0x80) return value;
    }
    throw new Broken("a number is cut short");
  }
}

interface Handle {
  readonly offset: number;
  readonly size: number;
}

/** The stored bytes of a block, after a check of their checksum. */
function blockAt(
  table: Uint8Array,
  { offset, size }: Handle,
): { readonly stored: Uint8Array; readonly snappy: boolean } {
  const end = offset + size;
  if (end + TRAILER_BYTES > table.length - FOOTER_BYTES)
    throw new Broken(`the block at byte ${offset} ends behind the table`);
  const trailer = new DataView(table.buffer, table.byteOffset + end, TRAILER_BYTES);
  if (maskedCrc32c(table.subarray(offset, end + 1)) !== trailer.getUint32(1, true)) {
    throw new Broken(`the checksum of the block at byte ${offset} is wrong`);
  }
  return { stored: table.subarray(offset, end), snappy: table[end] === SNAPPY };
}

/** The handles in an index block. */
function* handlesOf(block: Uint8Array): Generator<Handle> {
  if (block.length < 4) throw new Broken("the index is too short");
  const restarts = new DataView(block.buffer, block.byteOffset + block.length - 4, 4).getUint32(0, true);
  const end = block.length - 4 - 4 * restarts;
  const numbers = new Varints(block);
  while (numbers.at < end) {
    numbers.next();
    const keyRest = numbers.next();
    const valueLength = numbers.next();
    const value = new Varints(block, numbers.at + keyRest);
    yield { offset: value.next(), size: value.next() };
    numbers.at += keyRest + valueLength;
  }
}

/** The damage of a LevelDB table; undefined if there is none. */
export function tableDamage(table: Uint8Array): string | undefined {
  try {
    const footer = table.subarray(-FOOTER_BYTES);
    if (table.length < FOOTER_BYTES || MAGIC.some((byte, at) => footer[FOOTER_BYTES - 8 + at] !== byte)) {
      throw new Broken("the end of the table is missing");
    }
    const handles = new Varints(footer);
    const [meta, index] = [
      { offset: handles.next(), size: handles.next() },
      { offset: handles.next(), size: handles.next() },
    ];
    blockAt(table, meta);
    const { stored, snappy } = blockAt(table, index);
    for (const handle of handlesOf(snappy ? unsnap(stored) : stored)) blockAt(table, handle);
    return undefined;
  } catch (error) {
    if (error instanceof Broken || error instanceof RangeError) return error.message;
    throw error;
  }
}

/**
 * Removes damaged tables from a closed LevelDB database and repairs it without them. Returns the losses, for a person.
 * By default LevelDB compares no checksums, and the binding has no option for it. It would return damaged data as
 * valid, or end the process by a failed assertion. Reads every table: about 200 MB a second.
 */
export async function dropDamagedTables(
  database: string,
  repair: (database: string) => Promise<void>,
): Promise<string[]> {
  const names = (await readdir(database).catch(() => [])).sort();
  // Tables that were set aside before a crash: the database still names them.
  const aside = names.filter(isSetAside).map((name) => join(database, name));
  const dropped = aside.map((path) => `${path} is a damaged table and is not used`);
  for (const name of names.filter((each) => /^\d+\.(ldb|sst)$/.test(each))) {
    const path = join(database, name);
    const damage = tableDamage(new Uint8Array(await readFile(path)));
    if (damage === undefined) continue;
    await rename(path, `${path}${ASIDE}`);
    aside.push(`${path}${ASIDE}`);
    dropped.push(`${path} was damaged and is not used: ${damage}`);
  }
  if (dropped.length === 0) return [];
  await repair(database);
  for (const path of aside) await rm(path);
  return dropped;
}
