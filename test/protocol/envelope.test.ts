import { blake3 as hash } from "@noble/hashes/blake3.js";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromHex, toHex } from "../../src/protocol/bytes.js";
import {
  checkLayout,
  decodeEnvelope,
  encodeHead,
  joinEnvelope,
  MessageType,
  signedMessage,
} from "../../src/protocol/envelope.js";
import { ALL, DEVNET, filled, LIMITS, NODE, NOON, PUBLISHER, SYNC_REQUEST, TASK } from "../support/samples.js";
import { signatureHolds } from "../support/tos-signer.js";

function changed(bytes: Uint8Array, changes: { readonly [offset: number]: number }): Uint8Array {
  const copy = bytes.slice();
  for (const [offset, value] of Object.entries(changes)) copy[Number(offset)] = value;
  return copy;
}

describe("layout of an envelope", () => {
  test("every sample is valid and its signature is a TOS signature", () => {
    for (const [name, { envelope, author, head }] of Object.entries(ALL)) {
      expect(checkLayout(envelope, LIMITS), name).toBeUndefined();
      const message = signedMessage(DEVNET.genesis, head);
      expect(signatureHolds(author.publicKey, message, envelope.slice(-96)), name).toBe(true);
    }
  });

  test("the bytes are at the offsets of the table of the protocol", () => {
    const payload = filled(0xee, 5);
    const head = encodeHead({
      type: MessageType.ValidationAnnouncement,
      network: 3,
      timestampSeconds: 0x010203040506,
      number: 0x0708,
      sender: filled(0xaa),
      payload,
    });
    const expected = `0102030001020304050607 08${"aa".repeat(32)}00000005${"ee".repeat(5)}`.replace(" ", "");
    expect(toHex(head)).toBe(expected);
    expect(decodeEnvelope(joinEnvelope(head, filled(0x99, 96)), LIMITS)).toEqual({
      ok: true,
      value: {
        type: 2,
        network: 3,
        timestampSeconds: 0x010203040506,
        number: 0x0708,
        sender: filled(0xaa),
        payload,
        signature: filled(0x99, 96),
      },
    });
  });

  const { envelope } = TASK;
  test.each([
    ["nothing", new Uint8Array(0), "envelope_truncated"],
    ["143 bytes", envelope.subarray(0, 143), "envelope_truncated"],
    ["one byte less", envelope.subarray(0, -1), "envelope_truncated"],
    ["one byte more", Uint8Array.of(...envelope, 0), "envelope_too_long"],
    ["version 0", changed(envelope, { 0: 0 }), "bad_version"],
    ["version 2", changed(envelope, { 0: 2 }), "bad_version"],
    ["type 9", changed(envelope, { 1: 9 }), "unknown_type"],
    ["another network", changed(envelope, { 2: 0 }), "wrong_network"],
    ["a flag", changed(envelope, { 3: 1 }), "bad_flags"],
    ["a number on a sync request", changed(SYNC_REQUEST.envelope, { 11: 1 }), "bad_number"],
    ["a payload over its type's limit", changed(envelope, { 46: 0x10, 47: 1 }), "payload_over_limit"],
    ["the greatest length", changed(envelope, { 44: 255, 45: 255, 46: 255, 47: 255 }), "payload_over_limit"],
  ] as const)("%s is refused", (_, bytes, code) => {
    expect(decodeEnvelope(bytes, LIMITS)).toEqual({ ok: false, code });
  });

  test("a payload at the limit of its type is accepted and one byte more is refused", () => {
    LIMITS.payloadLimits.forEach((limit, type) => {
      const of = (length: number) =>
        joinEnvelope(
          encodeHead({
            type: type as MessageType,
            network: 3,
            timestampSeconds: NOON,
            number: 0,
            sender: NODE.publicKey,
            payload: new Uint8Array(length),
          }),
          new Uint8Array(96),
        );
      expect(checkLayout(of(limit), LIMITS)).toBeUndefined();
      expect(checkLayout(of(limit + 1), LIMITS)).toBe("payload_over_limit");
    });
  });

  test("random bytes never throw", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        expect(typeof decodeEnvelope(bytes, LIMITS).ok).toBe("boolean");
      }),
    );
  });

  test("every envelope that decodes encodes to the same bytes", () => {
    const samples = Object.values(ALL).map((sample) => sample.envelope);
    fc.assert(
      fc.property(fc.constantFrom(...samples), fc.nat(), fc.integer({ min: 0, max: 255 }), (bytes, at, value) => {
        const mutated = changed(bytes, { [at % bytes.length]: value });
        const decoded = decodeEnvelope(mutated, LIMITS);
        if (decoded.ok) expect(joinEnvelope(encodeHead(decoded.value), decoded.value.signature)).toEqual(mutated);
      }),
    );
  });
});

describe("record id", () => {
  test("a record id is BLAKE3 over the written-out bytes", () => {
    const text = new TextEncoder();
    const prefix = text.encode("tos-ai-sync/record/v1\0tos-ai-sync/envelope/v1\0");
    const head = TASK.envelope.subarray(0, TASK.envelope.length - 96);
    const id = hash(Uint8Array.of(...prefix, ...DEVNET.genesis, ...head));
    expect(TASK.id).toBe(toHex(id));
  });

  test("a record id changes with the genesis, the sender and each part of the head", () => {
    const ids = new Set(Object.values(ALL).map((sample) => sample.id));
    expect(ids.size).toBe(Object.keys(ALL).length);
    expect(fromHex(TASK.id, 32)).toHaveLength(32);
    const elsewhere = signedMessage(filled(1), TASK.head);
    expect(signatureHolds(PUBLISHER.publicKey, elsewhere, TASK.envelope.slice(-96))).toBe(false);
  });
});
