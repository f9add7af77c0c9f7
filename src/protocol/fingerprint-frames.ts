import { ByteReader, ByteWriter } from "./byte-cursor.js";
import { PRINT_BYTES, ROOT_PRINT_BYTES } from "./compare.js";
import { FRAME_HEAD_BYTES, FRAME_MAX_BYTES } from "./frames.js";

const ROOTS = 0;
const DAYS = 1;
const WINDOWS = 2;
/** Count u32 and print. */
const ROOT_BYTES = 4 + ROOT_PRINT_BYTES;
/** Strand u16, number u32, count u32 and print. */
const GROUP_BYTES = 10 + PRINT_BYTES;
/** The count of a strand that the sender does not hold. */
const NOT_HELD = 0xffff_ffff;
/** Kind, and "last". */
const GROUPS_HEAD_BYTES = 2;
/** Most days or windows of one frame. */
export const GROUPS_MAX = Math.floor((FRAME_MAX_BYTES - FRAME_HEAD_BYTES - GROUPS_HEAD_BYTES) / GROUP_BYTES);

/** The state of a strand, in the days of the exchange. */
export interface RootPrint {
  readonly count: number;
  /** Hex. */
  readonly print: string;
}

/** The state of a non-empty day or window. */
export interface GroupPrint extends RootPrint {
  /** The position of the strand in the request. */
  readonly strand: number;
  /** Day or window. */
  readonly number: number;
}

/** The content of a frame of kind 5 (protocol.md, Sync). */
export type Fingerprints =
  /** One for each strand of the request; undefined: not held. `fromDay`: the first day that the sender compares. */
  | { readonly kind: "roots"; readonly fromDay: number; readonly roots: readonly (RootPrint | undefined)[] }
  /** Ascending by strand and number. `last`: no further frame of this kind. */
  | { readonly kind: "days" | "windows"; readonly last: boolean; readonly groups: readonly GroupPrint[] };

export function encodeFingerprints(content: Fingerprints): Uint8Array {
  if (content.kind === "roots") {
    const writer = new ByteWriter(5 + ROOT_BYTES * content.roots.length).u8(ROOTS).u32(content.fromDay);
    for (const root of content.roots) {
      writer.u32(root?.count ?? NOT_HELD).hex(root?.print ?? "00".repeat(ROOT_PRINT_BYTES));
    }
    return writer.bytes;
  }
  const writer = new ByteWriter(GROUPS_HEAD_BYTES + GROUP_BYTES * content.groups.length);
  writer.u8(content.kind === "days" ? DAYS : WINDOWS).u8(content.last ? 1 : 0);
  for (const { strand, number, count, print } of content.groups) {
    writer.u16(strand).u32(number).u32(count).hex(print);
  }
  return writer.bytes;
}

/** Strict decoding; undefined: malformed. `strands`: of the request. */
export function decodeFingerprints(bytes: Uint8Array, strands: number): Fingerprints | undefined {
  const reader = new ByteReader(bytes);
  if (reader.left < GROUPS_HEAD_BYTES) return undefined;
  const kind = reader.u8();
  if (kind === ROOTS) return reader.left === 4 + ROOT_BYTES * strands ? readRoots(reader, strands) : undefined;
  const last = reader.u8();
  if (kind > WINDOWS || last > 1 || reader.left % GROUP_BYTES !== 0) return undefined;
  const groups: GroupPrint[] = [];
  while (reader.left > 0) {
    const [strand, number, count] = [reader.u16(), reader.u32(), reader.u32()];
    const before = groups.at(-1);
    const ascends =
      before === undefined || before.strand < strand || (before.strand === strand && before.number < number);
    if (!ascends || strand >= strands || count === 0) return undefined;
    groups.push({ strand, number, count, print: reader.hex(PRINT_BYTES) });
  }
  return { kind: kind === DAYS ? "days" : "windows", last: last === 1, groups };
}

function readRoots(reader: ByteReader, strands: number): Fingerprints {
  const fromDay = reader.u32();
  const roots = Array.from({ length: strands }, (): RootPrint | undefined => {
    const [count, print] = [reader.u32(), reader.hex(ROOT_PRINT_BYTES)];
    return count === NOT_HELD ? undefined : { count, print };
  });
  return { kind: "roots", fromDay, roots };
}
