import { badParameters, checkInput, MAX_ROWS } from "../../../src/kernel/limits.js";
import { readContext, type ScanContext } from "../../../src/kernel/reference-scan.js";
import { readU16, readU32, writeU16, writeU32 } from "../../../src/protocol/bytes.js";
import { checkLayout, HEAD_BYTES, headOf, recordId, SIGNATURE_BYTES } from "../../../src/protocol/envelope.js";
import { NO_TYPE, ROW, ROW_BYTES, tableCode } from "../../../src/protocol/table.js";
import { EnvelopeMemo } from "./envelope-memo.js";
import { simHash, simHashOf } from "./sim-hash.js";

const BUNDLE_LAYOUT = tableCode("bundle_layout");
const BUNDLE_TOO_LARGE = tableCode("bundle_too_large");

/** Scans under one context, with what is known of its envelopes. The kernels of a world share it. */
export class MockScanner {
  readonly memo: EnvelopeMemo;
  readonly #context: ScanContext;
  readonly #row = (envelope: Uint8Array): Uint8Array => envelopeRow(envelope, this.#context);

  constructor(packedContext: Uint8Array) {
    this.#context = readContext(packedContext);
    this.memo = new EnvelopeMemo(this.#context.genesis);
  }

  /** The table of the reference scan, except that its hashes are those of the mock. */
  scan(bytes: Uint8Array): Uint8Array {
    checkInput(bytes);
    const input = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    const table = new Uint8Array(this.#countRows(input) * ROW_BYTES);
    let at = 0;
    let bundle = 0;
    for (let from = 0; from < input.length; bundle++) {
      const start = from + 4;
      const end = start + readU32(input, from);
      const count = this.#envelopes(input, start, end);
      if (count < 0) {
        table[at] = -count;
        table[at + ROW.type] = NO_TYPE;
        place(table, at, bundle, start, end - start);
        at += ROW_BYTES;
      } else {
        for (let offset = start; offset < end; ) {
          const length = readU32(input, offset);
          const envelope = offset + 4;
          table.set(this.memo.at(input, envelope, envelope + length, this.#row).row, at);
          place(table, at, bundle, envelope, length);
          if (table[at] === 0) writeU32(table, at + ROW.payloadOffset, envelope + HEAD_BYTES);
          offset = envelope + length;
          at += ROW_BYTES;
        }
      }
      from = end;
    }
    return table;
  }

  /** The verdict byte of the row at `at` of a table of this input. */
  verdict(input: Buffer, table: Uint8Array, at: number): number {
    const code = table[at + ROW.code] as number;
    if (code !== 0) return code;
    const from = readU32(table, at + ROW.envelopeOffset);
    const to = from + readU32(table, at + ROW.envelopeLength);
    if (to - from < HEAD_BYTES + SIGNATURE_BYTES || to > input.length) {
      throw badParameters("the table is not the scan of this input");
    }
    return this.memo.verdict(this.memo.at(input, from, to, this.#row));
  }

  #countRows(input: Buffer): number {
    let rows = 0;
    for (let from = 0; from < input.length; ) {
      if (input.length - from < 4) throw badParameters("the packed input ends within an item");
      const length = readU32(input, from);
      from += 4;
      if (length > input.length - from) throw badParameters("the packed input ends within an item");
      rows += Math.max(1, this.#envelopes(input, from, from + length));
      if (rows > MAX_ROWS) throw badParameters("the input makes over 65,536 rows");
      from += length;
    }
    return rows;
  }

  /** Envelopes of a bundle; below 0: the negated code of a broken one. */
  #envelopes(input: Buffer, start: number, end: number): number {
    const { bundleMaxBytes, bundleMaxCount } = this.#context;
    if (end - start > bundleMaxBytes) return -BUNDLE_TOO_LARGE;
    let count = 0;
    for (let offset = start; offset < end; count++) {
      if (end - offset < 4) return -BUNDLE_LAYOUT;
      const length = readU32(input, offset);
      offset += 4;
      if (length > end - offset || count === bundleMaxCount) return -BUNDLE_LAYOUT;
      offset += length;
    }
    return count === 0 ? -BUNDLE_LAYOUT : count;
  }
}

function place(table: Uint8Array, at: number, bundle: number, offset: number, length: number): void {
  writeU32(table, at + ROW.bundle, bundle);
  writeU32(table, at + ROW.envelopeOffset, offset);
  writeU32(table, at + ROW.envelopeLength, length);
}

/** The fields of a row that do not depend on its place. */
function envelopeRow(envelope: Uint8Array, context: ScanContext): Uint8Array {
  const row = new Uint8Array(ROW_BYTES);
  const code = checkLayout(envelope, context);
  if (code === undefined) {
    row[ROW.type] = envelope[1] as number;
    writeU16(row, ROW.number, readU16(envelope, 10));
    writeU32(row, ROW.payloadLength, envelope.length - HEAD_BYTES - SIGNATURE_BYTES);
    row.set(envelope.subarray(4, 10), ROW.timestamp + 2);
    row.set(envelope.subarray(12, 44), ROW.sender);
    row.set(recordId(simHashOf, context.genesis, headOf(envelope)), ROW.recordId);
  } else {
    row[ROW.code] = tableCode(code);
  }
  simHash(envelope, row.subarray(ROW.envelopeHash));
  return row;
}
