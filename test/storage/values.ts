import type { MemberEntry } from "../../src/engine/writes.js";
import { fromHex } from "../../src/protocol/bytes.js";
import { encodeHead, HEAD_BYTES, joinEnvelope, type MessageType } from "../../src/protocol/envelope.js";

/** 32 bytes of the same value, in hex. */
export function hash(byte: number): string {
  return byte.toString(16).padStart(2, "0").repeat(32);
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** An envelope of 150 bytes whose head has the fields of an entry; its other bytes are this one. */
export function envelopeOf(entry: MemberEntry, byte: number): Uint8Array {
  const { type, timestampSeconds, number, author } = entry;
  const sender = fromHex(author) ?? new Uint8Array(32);
  const head = encodeHead({
    type: type as MessageType,
    network: 3,
    timestampSeconds,
    number,
    sender,
    payload: new Uint8Array(6),
  });
  const envelope = joinEnvelope(head, new Uint8Array(96));
  return envelope.fill(byte, HEAD_BYTES);
}
