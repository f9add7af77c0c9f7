import { create, type DescMessage, fromBinary, type MessageShape, toBinary } from "@bufbuild/protobuf";
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { equalBytes } from "./bytes.js";
import { fail, NetworkError, ok, type Result } from "./errors.js";

export { create };

/**
 * Protobuf bytes of a message, with ascending fields and without defaults. Throws a NetworkError `value_out_of_range`
 * for a value that its field can't carry (a number that is no uint32, say).
 */
export function encodeMessage<Desc extends DescMessage>(schema: Desc, message: MessageShape<Desc>): Uint8Array {
  try {
    return toBinary(schema, message, { writeUnknownFields: false });
  } catch (cause) {
    throw new NetworkError("value_out_of_range", `a field of ${schema.name} can't carry the value given`, { cause });
  }
}

/**
 * Most fields of one message, counted at every depth, each element of a repeated field for itself (protocol.md,
 * Payloads). The fullest messages of the protocol have about 1,800. A field can be two bytes and costs some
 * microseconds to decode: without this a body of 1 MiB would hold a node up for seconds.
 */
export const FIELDS_MAX = 2048;

/**
 * Strict: only the one encoding that {@link encodeMessage} gives is accepted. Reading drops unknown fields, so they
 * make the bytes differ, as do doubled fields, other orders, explicit defaults and long varints.
 */
export function decodeMessage<Desc extends DescMessage>(schema: Desc, bytes: Uint8Array): Result<MessageShape<Desc>> {
  if (!fieldsWithin(schema, bytes)) return fail("payload_malformed");
  let message: MessageShape<Desc>;
  try {
    message = fromBinary(schema, bytes, { readUnknownFields: false });
  } catch {
    return fail("payload_malformed");
  }
  return equalBytes(encodeMessage(schema, message), bytes) ? ok(message) : fail("payload_not_canonical");
}

/** Protobuf bytes that a later version may have added fields to: malformed is refused, unknown is ignored. */
export function decodeExtensible<Desc extends DescMessage>(
  schema: Desc,
  bytes: Uint8Array,
): Result<MessageShape<Desc>> {
  if (!fieldsWithin(schema, bytes)) return fail("payload_malformed");
  try {
    return ok(fromBinary(schema, bytes, { readUnknownFields: false }));
  } catch {
    return fail("payload_malformed");
  }
}

/**
 * At most {@link FIELDS_MAX} fields, as far as the bytes can be followed. Groups are no part of this protocol. Varints
 * of more than ten bytes and lengths beyond the message are refused here: protobuf-es skips the first, and cuts lengths
 * down to 32 bits.
 */
function fieldsWithin(schema: DescMessage, bytes: Uint8Array): boolean {
  const reader = new BinaryReader(bytes);
  let count = 0;

  const walk = (message: DescMessage, end: number): boolean => {
    while (reader.pos < end) {
      const [number, type] = reader.tag();
      if (++count > FIELDS_MAX || type === WireType.StartGroup || type === WireType.EndGroup) return false;
      if (type === WireType.Varint) {
        reader.uint32();
      } else if (type === WireType.LengthDelimited) {
        const length = Number(reader.uint64());
        if (length > end - reader.pos) return false;
        const inner = messageIn(message, number);
        if (inner === undefined) reader.pos += length;
        else if (!walk(inner, reader.pos + length)) return false;
      } else {
        reader.skip(type, number);
      }
    }
    return reader.pos === end;
  };

  try {
    return walk(schema, bytes.length);
  } catch {
    return false;
  }
}

/**
 * The message that a field holds, one or several; undefined for any other field. Messages here never hold themselves.
 */
function messageIn(schema: DescMessage, number: number): DescMessage | undefined {
  const field = schema.fields.find((candidate) => candidate.number === number);
  return field?.fieldKind === "message" || field?.fieldKind === "list" ? field.message : undefined;
}

/** Envelopes and payloads have timestamps of 48 bits. */
const TIMESTAMP_END = 2 ** 48;

/** A u64 that must fit a timestamp of 48 bits, as a number. */
export function seconds(value: bigint): number | undefined {
  return value < BigInt(TIMESTAMP_END) ? Number(value) : undefined;
}

/** The same the other way; a number that is no timestamp throws a NetworkError `value_out_of_range`. */
export function wireSeconds(value: number): bigint {
  if (!Number.isInteger(value) || value < 0 || value >= TIMESTAMP_END) {
    throw new NetworkError("value_out_of_range", "a timestamp is a whole number of seconds below 2^48");
  }
  return BigInt(value);
}
