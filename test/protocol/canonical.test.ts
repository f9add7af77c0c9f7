import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { MessageType } from "../../src/protocol/envelope.js";
import { decodePayload, type Payload } from "../../src/protocol/message.js";
import { encodeRecord } from "../../src/protocol/records.js";
import { encodePeerScoreUpdate, encodeSyncRequest, encodeSyncResponse } from "../../src/protocol/sync-messages.js";
import { encodeAlert, encodeCertificate, encodeVote } from "../../src/protocol/verdict-messages.js";
import { ALL } from "../support/samples.js";

/** The top-level fields of protobuf bytes, each with its tag. Tags here are one byte. */
function fieldsOf(bytes: Uint8Array): Uint8Array[] {
  const fields: Uint8Array[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++] ?? 0;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const start = at;
    const wireType = varint() & 7;
    const length = varint();
    if (wireType === 2) at += length;
    fields.push(bytes.subarray(start, at));
  }
  return fields;
}

function join(fields: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(fields.flatMap((field) => [...field]));
}

function encodeAgain(payload: Payload): Uint8Array {
  switch (payload.kind) {
    case "task":
      return "requestId" in payload ? encodeSyncRequest(payload) : encodeRecord(payload);
    case "cancel":
    case "submission":
    case "validation":
      return encodeRecord(payload);
    case "body":
    case "list":
    case "windows":
    case "bodies":
      return encodeSyncRequest(payload);
    case "response":
      return encodeSyncResponse(payload);
    case "scores":
      return encodePeerScoreUpdate(payload.scores);
    case "vote":
      return encodeVote(payload);
    case "alert":
      return encodeAlert(payload);
    case "certificate":
      return encodeCertificate(payload);
  }
}

const samples = Object.entries(ALL).map(([name, { type, payload }]) => ({ name, type, payload }));

describe.each(samples)("canonical form of $name", ({ type, payload }) => {
  const fields = fieldsOf(payload);
  const [first = new Uint8Array(), ...others] = fields;
  const notCanonical = { ok: false, code: "payload_not_canonical" };

  test("the canonical form decodes and encodes to the same bytes", () => {
    const decoded = decodePayload(type, payload);
    expect(decoded.ok).toBe(true);
    if (decoded.ok) expect(encodeAgain(decoded.value)).toEqual(payload);
  });

  test("an unknown field is refused", () => {
    expect(decodePayload(type, join([...fields, Uint8Array.of(0x78, 1)]))).toEqual(notCanonical);
    expect(decodePayload(type, join([...fields, Uint8Array.of(0xfa, 0x01, 0)]))).toEqual(notCanonical);
  });

  test("fields in another order are refused", () => {
    const last = fields.at(-1) ?? first;
    if (first[0] !== last[0]) expect(decodePayload(type, join([...others, first]))).toEqual(notCanonical);
    else expect(decodePayload(type, join([...others, first])).ok).toBe(false);
  });

  test("a doubled field is refused", () => {
    expect(decodePayload(type, join([first, ...fields])).ok).toBe(false);
  });

  test("a tag or length in more bytes than it needs is refused", () => {
    const [tag = 0, next = 0] = first;
    const longTag = Uint8Array.of(tag | 0x80, 0, ...first.subarray(1));
    const longNext = next < 0x80 ? Uint8Array.of(tag, next | 0x80, 0, ...first.subarray(2)) : longTag;
    expect(decodePayload(type, join([longTag, ...others]))).toEqual(notCanonical);
    expect(decodePayload(type, join([longNext, ...others]))).toEqual(notCanonical);
  });

  test("every cut inside a field is refused", () => {
    const ends = new Set([0]);
    for (const field of fields) ends.add(Math.max(...ends) + field.length);
    for (let length = 0; length < payload.length; length++) {
      if (ends.has(length)) continue;
      expect(decodePayload(type, payload.subarray(0, length)).ok, `cut at ${length}`).toBe(false);
    }
  });

  test("mutated bytes are refused or canonical, and never throw", () => {
    const edit = fc.record({ at: fc.nat(), value: fc.integer({ min: 0, max: 255 }), insert: fc.boolean() });
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
        const bytes = [...payload];
        for (const { at, value, insert } of edits) bytes.splice(at % bytes.length, insert ? 0 : 1, value);
        const mutated = Uint8Array.from(bytes);
        const decoded = decodePayload(type, mutated);
        if (decoded.ok) expect(encodeAgain(decoded.value)).toEqual(mutated);
      }),
    );
  });
});

describe("explicit defaults", () => {
  test.each([
    ["kind 0 of a task", "task", Uint8Array.of(0x08, 0), 0],
    ["task type 0", "task", Uint8Array.of(0x10, 0), 0],
    ["score 0", "sync_response", Uint8Array.of(0x10, 0), 1],
    ["an empty chain id", "task", Uint8Array.of(0x5a, 0), 99],
  ] as const)("%s is refused", (_, name, field, at) => {
    const { type, payload } = ALL[name] as { type: MessageType; payload: Uint8Array };
    const fields = fieldsOf(payload);
    fields.splice(at, 0, field);
    expect(decodePayload(type, join(fields))).toEqual({ ok: false, code: "payload_not_canonical" });
  });
});

describe("hostile protobuf", () => {
  const types = [0, 1, 2, 3, 4, 5, 6, 7, 8] as const;

  test.each(types)("random bytes of type %i never throw", (type) => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => typeof decodePayload(type, bytes).ok === "boolean"),
    );
  });

  test.each(types)("nested groups, endless varints and huge lengths of type %i are refused", (type) => {
    for (const bytes of [
      new Uint8Array(49_152).fill(0x7b),
      new Uint8Array(49_152).fill(0xff),
      Uint8Array.of(0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f),
      Uint8Array.of(0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f),
      Uint8Array.of(0x00, 0x00),
      Uint8Array.of(0x0c),
    ]) {
      expect(decodePayload(type, bytes).ok).toBe(false);
    }
  });
});
