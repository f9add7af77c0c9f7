import { blake3 } from "@noble/hashes/blake3.js";
import { decodeBundle } from "../protocol/bundle.js";
import { readU16, readU32, writeU16, writeU32 } from "../protocol/bytes.js";
import {
  checkLayout,
  type EnvelopeLimits,
  HEAD_BYTES,
  headOf,
  recordId,
  SIGNATURE_BYTES,
} from "../protocol/envelope.js";
import { CONTEXT_BYTES, NO_TYPE, ROW, ROW_BYTES, tableCode } from "../protocol/table.js";
import { badParameters, checkInput, checkLength, MAX_ROWS } from "./limits.js";

/** An unpacked `scanContext`. */
export interface ScanContext extends EnvelopeLimits {
  readonly genesis: Uint8Array;
  readonly bundleMaxCount: number;
  readonly bundleMaxBytes: number;
}

export function readContext(packed: Uint8Array): ScanContext {
  checkLength(packed, CONTEXT_BYTES, "the context");
  const limit = (type: number) => readU32(packed, 33 + 4 * type);
  return {
    network: packed[0] as number,
    genesis: packed.slice(1, 33),
    payloadLimits: [limit(0), limit(1), limit(2), limit(3), limit(4), limit(5), limit(6), limit(7), limit(8)],
    bundleMaxCount: readU32(packed, 69),
    bundleMaxBytes: readU32(packed, 73),
  };
}

/**
 * `Kernel.scan` in JavaScript. Offsets in rows count from the start of the input. A row with a code has only the code,
 * `bundle`, the offset and length of the bad part and, for an envelope, the envelope's hash.
 */
export function scan(input: Uint8Array, packedContext: Uint8Array): Uint8Array {
  checkInput(input);
  const context = readContext(packedContext);
  const rows: Uint8Array[] = [];
  const push = (row: Uint8Array) => {
    if (rows.length === MAX_ROWS) throw badParameters("the input makes over 65,536 rows");
    rows.push(row);
  };
  let offset = 0;
  for (let index = 0; offset < input.length; index++) {
    if (input.length - offset < 4) throw badParameters("the packed input ends within an item");
    const length = readU32(input, offset);
    offset += 4;
    if (length > input.length - offset) throw badParameters("the packed input ends within an item");
    const bundle = input.subarray(offset, offset + length);
    const envelopes = decodeBundle(bundle, context);
    if (envelopes.ok) {
      for (const envelope of envelopes.value) {
        push(envelopeRow(envelope, envelope.byteOffset - input.byteOffset, index, context));
      }
    } else {
      push(placedRow(tableCode(envelopes.code), NO_TYPE, index, offset, length));
    }
    offset += length;
  }
  const table = new Uint8Array(rows.length * ROW_BYTES);
  for (const [index, row] of rows.entries()) table.set(row, index * ROW_BYTES);
  return table;
}

/** The fields of every row. */
function placedRow(code: number, type: number, bundle: number, offset: number, length: number): Uint8Array {
  const row = new Uint8Array(ROW_BYTES);
  row[ROW.code] = code;
  row[ROW.type] = type;
  writeU32(row, ROW.bundle, bundle);
  writeU32(row, ROW.envelopeOffset, offset);
  writeU32(row, ROW.envelopeLength, length);
  return row;
}

function envelopeRow(envelope: Uint8Array, offset: number, bundle: number, context: ScanContext): Uint8Array {
  const code = checkLayout(envelope, context);
  const type = code === undefined ? (envelope[1] as number) : 0;
  const row = placedRow(code === undefined ? 0 : tableCode(code), type, bundle, offset, envelope.length);
  if (code === undefined) {
    writeU16(row, ROW.number, readU16(envelope, 10));
    writeU32(row, ROW.payloadOffset, offset + HEAD_BYTES);
    writeU32(row, ROW.payloadLength, envelope.length - HEAD_BYTES - SIGNATURE_BYTES);
    row.set(envelope.subarray(4, 10), ROW.timestamp + 2);
    row.set(envelope.subarray(12, 44), ROW.sender);
    row.set(recordId(blake3, context.genesis, headOf(envelope)), ROW.recordId);
  }
  row.set(blake3(envelope), ROW.envelopeHash);
  return row;
}
