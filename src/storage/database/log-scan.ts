import { open, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { maskedCrc32c } from "./crc32c.js";
import { isSetAside } from "./level-tables.js";

/** Both databases write their logs and their manifest in blocks of this size; no record's fragment crosses the end of one. */
const BLOCK_BYTES = 32 * 1024;
/** Checksum u32, length u16, type u8, all little-endian. */
const HEADER_BYTES = 7;
/** Blocks read at once. */
const BLOCKS_AT_ONCE = 32;

/** Types of fragments that end an entry: a whole one, the last of several. */
const ENDS_ENTRY: readonly (number | undefined)[] = [1, 4];

/** What a block of a log holds. */
type BlockState =
  | { readonly kind: "whole" | "empty" }
  /** Sound fragments up to a place; `some`: there is one. `followed`: the one behind that place is sound again. */
  | { readonly kind: "ends"; readonly at: number; readonly some: boolean; readonly followed: boolean };

function scanBlock(block: Uint8Array): BlockState {
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  const endOf = (at: number): number => at + HEADER_BYTES + view.getUint16(at + 4, true);
  const isSound = (at: number): boolean => {
    if (at + HEADER_BYTES > block.length || block[at + 6] === 0 || endOf(at) > block.length) return false;
    return maskedCrc32c(block.subarray(at + 6, endOf(at))) === view.getUint32(at, true);
  };
  let at = 0;
  while (at + HEADER_BYTES <= block.length) {
    if (!isSound(at)) {
      // Room that was set aside and not written.
      if (at === 0 && block.every((byte) => byte === 0)) return { kind: "empty" };
      return { kind: "ends", at, some: at > 0, followed: isSound(endOf(at)) };
    }
    at = endOf(at);
  }
  return { kind: "whole" };
}

/** Where a log is damaged: a place that can't be read with records behind it. The end of a log may be torn. */
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
 * Looks at the write-ahead logs of a database before it is opened: both databases open with what comes before the damage,
 * or without any log, and say nothing of the rest. One line for each damaged log. Reads each whole: some 30 MB, at most 430.
 */
export async function damagedLogs(database: string): Promise<string[]> {
  const names = await readdir(database).catch((): string[] => []);
  const logs = names.filter((each) => /^\d+\.log$/.test(each)).sort();
  // The opening of either database begins one, and none but a later opening removes the last, or a repair of LevelDB.
  if (logs.length === 0 && names.includes("CURRENT") && !names.some(isSetAside)) {
    return [`the database in ${database} has lost its log: what was written last may be lost`];
  }
  const found: string[] = [];
  for (const name of logs) {
    const at = await damageOf(join(database, name));
    if (at !== undefined)
      found.push(`${join(database, name)} is damaged at byte ${at}: what was written after it is lost`);
  }
  return found;
}

/** Where a manifest's last entry begins, if it is not there to its end. */
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
    // The rest of a block is too short for a header and is filled with zeros.
    if (at === entry && end - start === BLOCK_BYTES) entry = end;
  }
  return entry < manifest.length ? entry : undefined;
}

/**
 * Looks at the manifest of a database before it is opened. Both databases take one that was cut short for one that a crash
 * left so, say nothing, and remove the tables that it does not name any more. At most one line.
 */
export async function tornManifest(database: string): Promise<string[]> {
  const current = await readFile(join(database, "CURRENT"), "utf8").catch(() => "");
  const name = /^(MANIFEST-\d+)\n$/.exec(current)?.[1];
  const manifest = name === undefined ? undefined : await readFile(join(database, name)).catch(() => undefined);
  const at = manifest === undefined ? undefined : tornEntry(manifest);
  if (name === undefined || at === undefined) return [];
  return [`${join(database, name)} is cut short at byte ${at}: values in tables that it named after it may be lost`];
}
