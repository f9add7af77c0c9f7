import { open, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { maskedCrc32c } from "./crc32c.js";
import { isSetAside } from "./level-tables.js";

/** Block size of the logs and the manifest of both databases. No fragment of a record crosses the end of a block. */
const BLOCK_BYTES = 32 * 1024;
/** Checksum u32, length u16, type u8, all little-endian. */
const HEADER_BYTES = 7;
/** Blocks read at once: 1 MiB. */
const BLOCKS_AT_ONCE = 32;

/** Types of fragments that end an entry: a full one, and the last of several. */
const ENDS_ENTRY: readonly (number | undefined)[] = [1, 4];

/** The state of a block of a log. */
type BlockState =
  | { readonly kind: "whole" | "empty" }
  /** Valid fragments end at `at`. `some`: at least one exists. `followed`: a valid fragment comes after that place. */
  | { readonly kind: "ends"; readonly at: number; readonly some: boolean; readonly followed: boolean };

function scanBlock(block: Uint8Array): BlockState {
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  const endOf = (at: number): number => at + HEADER_BYTES + view.getUint16(at + 4, true);
  const isIntact = (at: number): boolean => {
    if (at + HEADER_BYTES > block.length || block[at + 6] === 0 || endOf(at) > block.length) return false;
    return maskedCrc32c(block.subarray(at + 6, endOf(at))) === view.getUint32(at, true);
  };
  let at = 0;
  while (at + HEADER_BYTES <= block.length) {
    if (!isIntact(at)) {
      // Preallocated and not written.
      if (at === 0 && block.every((byte) => byte === 0)) return { kind: "empty" };
      return { kind: "ends", at, some: at > 0, followed: isIntact(endOf(at)) };
    }
    at = endOf(at);
  }
  return { kind: "whole" };
}

/** The offset of damage in a log: an unreadable place with records after it. A torn end is not damage. */
async function damageOf(path: string): Promise<number | undefined> {
  const handle = await open(path, "r");
  try {
    const chunk = new Uint8Array(BLOCK_BYTES * BLOCKS_AT_ONCE);
    let bad: number | undefined;
    for (let offset = 0; ; offset += chunk.length) {
      const { bytesRead } = await handle.read(chunk, 0, chunk.length, offset);
      for (let at = 0; at < bytesRead; at += BLOCK_BYTES) {
        const state = scanBlock(chunk.subarray(at, Math.min(at + BLOCK_BYTES, bytesRead)));
        const holds = state.kind === "whole" || (state.kind === "ends" && state.some);
        if (bad !== undefined && holds) return bad;
        if (state.kind === "ends" && state.followed) return offset + at + state.at;
        if (state.kind === "ends") bad ??= offset + at + state.at;
        else if (state.kind === "empty") bad ??= offset + at;
      }
      if (bytesRead < chunk.length) return undefined;
    }
  } finally {
    await handle.close();
  }
}

/**
 * Checks the write-ahead logs of a database before it is opened: both databases silently drop the records after the
 * damage, or open without any log. One line for each damaged log. Reads each log whole: some 20 MB, at most 48.
 */
export async function damagedLogs(database: string): Promise<string[]> {
  const names = await readdir(database).catch((): string[] => []);
  const logs = names.filter((each) => /^\d+\.log$/.test(each)).sort();
  // Each opening begins a new log. The last log is removed only by a later opening or by a repair of LevelDB.
  if (logs.length === 0 && names.includes("CURRENT") && !names.some(isSetAside)) {
    return [`the database in ${database} has no log: the last writes may be lost`];
  }
  const found: string[] = [];
  for (const name of logs) {
    const at = await damageOf(join(database, name));
    if (at !== undefined) found.push(`${join(database, name)} is damaged at byte ${at}: the writes after it are lost`);
  }
  return found;
}

/** The offset of a manifest's last entry, if that entry is truncated. */
function tornEntry(manifest: Uint8Array): number | undefined {
  const view = new DataView(manifest.buffer, manifest.byteOffset, manifest.byteLength);
  let entry = 0;
  for (let start = 0; start < manifest.length; start += BLOCK_BYTES) {
    const end = Math.min(start + BLOCK_BYTES, manifest.length);
    let at = start;
    while (at + HEADER_BYTES <= end) {
      const type = manifest[at + 6];
      at += HEADER_BYTES + view.getUint16(at + 4, true);
      if (at > end) return entry;
      if (ENDS_ENTRY.includes(type)) entry = at;
    }
    // The rest of a block, too short for a header, is filled with zeros.
    if (at === entry && end - start === BLOCK_BYTES) entry = end;
  }
  return entry < manifest.length ? entry : undefined;
}

/**
 * Checks the manifest of a database before it is opened. Both databases accept a truncated manifest silently, as after
 * a crash, and remove the tables that it no longer names. At most one line.
 */
export async function tornManifest(database: string): Promise<string[]> {
  const current = await readFile(join(database, "CURRENT"), "utf8").catch(() => "");
  const name = /^(MANIFEST-\d+)\n$/.exec(current)?.[1];
  const manifest = name === undefined ? undefined : await readFile(join(database, name)).catch(() => undefined);
  const at = manifest === undefined ? undefined : tornEntry(manifest);
  if (name === undefined || at === undefined) return [];
  return [`${join(database, name)} is truncated at byte ${at}: values in tables that it named after that may be lost`];
}
