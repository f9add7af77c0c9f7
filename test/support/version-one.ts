import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ClassicLevel } from "classic-level";
import type { MemberEntry, StoreWrite } from "../../src/engine/writes.js";
import { concatBytes, fromHex, u8, u16, u32, u64, writeU48 } from "../../src/protocol/bytes.js";
import { FAMILIES, type Family } from "../../src/storage/families.js";

/** A row as version 1 of the format has it. The layout is written out here, because the program no longer makes it. */
interface Row {
  readonly family: Family;
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

const bytes = (hex: string): Uint8Array => fromHex(hex) ?? new Uint8Array(0);
const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const KINDS = ["vote", "alert", "certificate_pending"];

function fields({ type, author, strand, window, timestampSeconds, number, taskId }: MemberEntry): Uint8Array {
  const time = new Uint8Array(6);
  writeU48(time, 0, timestampSeconds);
  return concatBytes([u8(type), bytes(author), bytes(strand), u32(window), time, u16(number), bytes(taskId)]);
}

function rowsOf(write: StoreWrite): Row[] {
  const row = (family: Family, key: readonly Uint8Array[], value: Uint8Array = new Uint8Array(0)): Row => {
    return { family, key: concatBytes(key), value };
  };
  switch (write.kind) {
    case "put_record": {
      const { id, strand, window, taskId } = write.entry;
      return [
        row("records", [u8(1), bytes(id)], write.envelope),
        row("derived", [u8(1), bytes(strand), u32(window), bytes(id)], fields(write.entry)),
        row("derived", [u8(2), bytes(taskId), bytes(id)], fields(write.entry)),
      ];
    }
    case "put_window": {
      const { strand, window, count, state } = write.window;
      return [row("derived", [u8(3), bytes(strand), u32(window)], concatBytes([u32(count), bytes(state)]))];
    }
    case "put_event": {
      const { sequence, event, body } = write.event;
      return [row("derived", [u8(4), u64(sequence)], text(JSON.stringify({ event, body })))];
    }
    case "put_body":
      return [
        row("bodies", [bytes(write.hash)], write.bytes),
        row("derived", [u8(5), bytes(write.hash), bytes(write.taskId)]),
      ];
    case "put_kept":
      return [row("records", [u8(2), u8(KINDS.indexOf(write.entry.kind)), text(write.entry.key)], write.envelope)];
    case "put_meta":
      return [row("meta", [u8(1), text(write.key)], write.value)];
    default:
      throw new Error(`version 1 is not written with ${write.kind}`);
  }
}

async function writeRocks(directory: string, rows: readonly Row[]): Promise<void> {
  const { RocksLevel } = await import("@nxtedition/rocksdb");
  const level = new RocksLevel(directory, { keyEncoding: "buffer", valueEncoding: "buffer" });
  const family = { compaction: "level", memtableMemoryBudget: 4 * 1024 * 1024, cacheSize: 1024 * 1024 } as const;
  const columns = Object.fromEntries([...FAMILIES, "default"].map((name) => [name, family]));
  await level.open({ createIfMissing: true, parallelism: 1, walCompression: false, columns });
  const batch = level._chainedBatch();
  for (const row of rows) {
    const column = level.columns[row.family];
    if (column !== undefined) batch._put(row.key, row.value, { column });
  }
  batch._writeSync({ sync: true });
  await level.close();
}

async function writeLevel(directory: string, rows: readonly Row[]): Promise<void> {
  const level = new ClassicLevel<Uint8Array, Uint8Array>(directory, { keyEncoding: "view", valueEncoding: "view" });
  await level.open();
  const operations = rows.map(({ family, key, value }) => {
    return { type: "put" as const, key: concatBytes([u8(FAMILIES.indexOf(family) + 1), key]), value };
  });
  await level.batch(operations, { sync: true });
  await level.close();
}

/** Makes a data directory of version 1 at `path` (`{dir}/ai/{network}`). `genesis`: hex. */
export async function writeVersionOne(
  path: string,
  format: { readonly engine: "rocksdb" | "leveldb"; readonly network: string; readonly genesis: string },
  writes: readonly StoreWrite[],
): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  const created = "2026-11-18T00:00:00.000Z";
  await writeFile(join(path, "format.json"), JSON.stringify({ format: "tos-ai-sync", version: 1, ...format, created }));
  const rows = writes.flatMap(rowsOf);
  await (format.engine === "rocksdb" ? writeRocks : writeLevel)(join(path, "db"), rows);
}
