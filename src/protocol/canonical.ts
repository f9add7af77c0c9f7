import { type DescMessage, type MessageShape, create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { equalBytes } from "./bytes.js";
import { type Result, fail, ok } from "./errors.js";

export { create };

/** Protobuf bytes of a message, fields ascending, defaults left out. */
export function encodeMessage<Desc extends DescMessage>(schema: Desc, message: MessageShape<Desc>): Uint8Array {
  return toBinary(schema, message, { writeUnknownFields: false });
}

/**
 * Strict: only the one encoding that {@link encodeMessage} would give is accepted. Unknown fields are dropped on reading,
 * so whatever they, doubled fields, other orders, explicit defaults or long varints add makes the bytes differ.
 */
export function decodeMessage<Desc extends DescMessage>(schema: Desc, bytes: Uint8Array): Result<MessageShape<Desc>> {
  let message: MessageShape<Desc>;
  try {
    message = fromBinary(schema, bytes, { readUnknownFields: false });
  } catch {
    return fail("payload_malformed");
  }
  return equalBytes(encodeMessage(schema, message), bytes) ? ok(message) : fail("payload_not_canonical");
}

/** Protobuf bytes that a later version may have added fields to: malformed is refused, unknown is ignored. */
export function decodeExtensible<Desc extends DescMessage>(schema: Desc, bytes: Uint8Array): Result<MessageShape<Desc>> {
  try {
    return ok(fromBinary(schema, bytes, { readUnknownFields: false }));
  } catch {
    return fail("payload_malformed");
  }
}

/** A u64 that must fit a timestamp of 48 bits, as a number. */
export function seconds(value: bigint): number | undefined {
  return value < 2n ** 48n ? Number(value) : undefined;
}
