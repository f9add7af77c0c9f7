import { ByteReader, ByteWriter } from "./byte-cursor.js";
import { ROOT_PRINT_BYTES } from "./compare.js";
import { FRAME_HEAD_BYTES, FRAME_MAX_BYTES } from "./frames.js";

/** A short id: SipHash-2-4 of an id under the key of the exchange, as high and low half. */
export interface ShortId {
  readonly high: number;
  readonly low: number;
}

/** A coded cell: the XOR of the short ids in it and of their checks, and their number mod 2^16. */
export interface Cell extends ShortId {
  readonly check: number;
  readonly count: number;
}

/** Consecutive windows of one strand. */
export interface WindowRun {
  /** The position of the strand in the request. */
  readonly strand: number;
  /** The first window. */
  readonly window: number;
  /** Number of windows, at least 1. */
  readonly length: number;
}

/** The content of a frame of kind 6 (protocol.md, Sync). Chunks are numbered from 0. */
export type Difference =
  /** The opener opens a chunk and asks for its first cells; 0 cells: for its short ids. */
  | { readonly kind: "scope"; readonly chunk: number; readonly cells: number; readonly runs: readonly WindowRun[] }
  /** The opener asks for as many further cells; 0: for the short ids. */
  | { readonly kind: "more"; readonly chunk: number; readonly cells: number }
  /** The acceptor's next cells. */
  | { readonly kind: "cells"; readonly chunk: number; readonly cells: readonly Cell[] }
  /** All short ids of the acceptor's chunk. */
  | { readonly kind: "list"; readonly chunk: number; readonly last: boolean; readonly ids: readonly ShortId[] }
  /** What the opener wants, and what it has and the acceptor lacks. `left`: what it lacks and does not want. */
  | {
      readonly kind: "found";
      readonly chunk: number;
      readonly last: boolean;
      readonly left: number;
      readonly wants: readonly ShortId[];
      readonly offers: readonly ShortId[];
    }
  /** What the acceptor wants of the offers, after it has served the wants. */
  | {
      readonly kind: "wanted";
      readonly chunk: number;
      readonly last: boolean;
      readonly left: number;
      readonly wants: readonly ShortId[];
    }
  /** No further chunk. The opener's prints of the roots now, hex; zeros for a strand that it does not hold. */
  | { readonly kind: "end"; readonly prints: readonly string[] };

const KINDS = ["scope", "more", "cells", "list", "found", "wanted", "end"] as const;
const RUN_BYTES = 10;
const CELL_BYTES = 14;
const SHORT_BYTES = 8;
const CONTENT_MAX = FRAME_MAX_BYTES - FRAME_HEAD_BYTES;
/** Most of each in one frame. */
export const RUNS_MAX = Math.floor((CONTENT_MAX - 7) / RUN_BYTES);
export const CELLS_MAX = Math.floor((CONTENT_MAX - 3) / CELL_BYTES);
export const SHORTS_MAX = Math.floor((CONTENT_MAX - 10) / SHORT_BYTES);

export function encodeDifference(content: Difference): Uint8Array {
  const tag = KINDS.indexOf(content.kind);
  if (content.kind === "end") {
    const writer = new ByteWriter(1 + ROOT_PRINT_BYTES * content.prints.length).u8(tag);
    for (const print of content.prints) writer.hex(print);
    return writer.bytes;
  }
  const head = (length: number): ByteWriter => new ByteWriter(3 + length).u8(tag).u16(content.chunk);
  switch (content.kind) {
    case "scope": {
      const writer = head(4 + RUN_BYTES * content.runs.length).u32(content.cells);
      for (const { strand, window, length } of content.runs) writer.u16(strand).u32(window).u32(length);
      return writer.bytes;
    }
    case "more":
      return head(4).u32(content.cells).bytes;
    case "cells": {
      const writer = head(CELL_BYTES * content.cells.length);
      for (const { high, low, check, count } of content.cells) writer.u32(high).u32(low).u32(check).u16(count);
      return writer.bytes;
    }
    case "list":
      return writeShorts(head(1 + SHORT_BYTES * content.ids.length).u8(content.last ? 1 : 0), content.ids);
    case "wanted": {
      const writer = head(5 + SHORT_BYTES * content.wants.length).u8(content.last ? 1 : 0);
      return writeShorts(writer.u32(content.left), content.wants);
    }
    case "found": {
      const { last, left, wants, offers } = content;
      const writer = head(7 + SHORT_BYTES * (wants.length + offers.length)).u8(last ? 1 : 0);
      return writeShorts(writer.u32(left).u16(wants.length), [...wants, ...offers]);
    }
  }
}

function writeShorts(writer: ByteWriter, ids: readonly ShortId[]): Uint8Array {
  for (const { high, low } of ids) writer.u32(high).u32(low);
  return writer.bytes;
}

/** Strict decoding; undefined: malformed. `strands`: of the request. */
export function decodeDifference(bytes: Uint8Array, strands: number): Difference | undefined {
  const reader = new ByteReader(bytes);
  if (reader.left < 3) return undefined;
  const kind = KINDS[reader.u8()];
  if (kind === undefined) return undefined;
  if (kind === "end") {
    if (reader.left !== ROOT_PRINT_BYTES * strands) return undefined;
    return { kind, prints: Array.from({ length: strands }, () => reader.hex(ROOT_PRINT_BYTES)) };
  }
  const chunk = reader.u16();
  switch (kind) {
    case "scope":
      return readScope(reader, chunk, strands);
    case "more":
      return reader.left === 4 ? { kind, chunk, cells: reader.u32() } : undefined;
    case "cells":
      return readCells(reader, chunk);
    case "list":
      return readListed(reader, chunk);
    case "found":
      return readFound(reader, chunk);
    case "wanted":
      return readWanted(reader, chunk);
  }
}

function readScope(reader: ByteReader, chunk: number, strands: number): Difference | undefined {
  if (reader.left < 4 + RUN_BYTES || (reader.left - 4) % RUN_BYTES !== 0) return undefined;
  const cells = reader.u32();
  const runs: WindowRun[] = [];
  while (reader.left > 0) {
    const run = { strand: reader.u16(), window: reader.u32(), length: reader.u32() };
    if (run.strand >= strands || run.length === 0 || run.window + run.length > 2 ** 32) return undefined;
    runs.push(run);
  }
  return { kind: "scope", chunk, cells, runs };
}

function readCells(reader: ByteReader, chunk: number): Difference | undefined {
  if (reader.left === 0 || reader.left % CELL_BYTES !== 0) return undefined;
  const cells: Cell[] = [];
  while (reader.left > 0) {
    cells.push({ high: reader.u32(), low: reader.u32(), check: reader.u32(), count: reader.u16() });
  }
  return { kind: "cells", chunk, cells };
}

function readListed(reader: ByteReader, chunk: number): Difference | undefined {
  if (reader.left % SHORT_BYTES !== 1) return undefined;
  const last = reader.u8();
  if (last > 1) return undefined;
  return { kind: "list", chunk, last: last === 1, ids: readShorts(reader, reader.left / SHORT_BYTES) };
}

function readWanted(reader: ByteReader, chunk: number): Difference | undefined {
  if (reader.left % SHORT_BYTES !== 5) return undefined;
  const [last, left] = [reader.u8(), reader.u32()];
  if (last > 1) return undefined;
  return { kind: "wanted", chunk, last: last === 1, left, wants: readShorts(reader, reader.left / SHORT_BYTES) };
}

function readFound(reader: ByteReader, chunk: number): Difference | undefined {
  if (reader.left % SHORT_BYTES !== 7) return undefined;
  const [last, left, count] = [reader.u8(), reader.u32(), reader.u16()];
  if (last > 1 || count > reader.left / SHORT_BYTES) return undefined;
  const wants = readShorts(reader, count);
  const offers = readShorts(reader, reader.left / SHORT_BYTES);
  return { kind: "found", chunk, last: last === 1, left, wants, offers };
}

function readShorts(reader: ByteReader, count: number): ShortId[] {
  return Array.from({ length: count }, () => ({ high: reader.u32(), low: reader.u32() }));
}
