import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BodyPartPacker } from "../../src/protocol/body-parts.js";
import { packBundles } from "../../src/protocol/bundle.js";
import { fromHex, toHex } from "../../src/protocol/bytes.js";
import {
  decodeFrame,
  encodeFrame,
  FRAME_CHUNK_BYTES,
  FRAME_HEAD_BYTES,
  FRAME_IDS_MAX,
  FRAME_MAX_BYTES,
  type Frame,
} from "../../src/protocol/frames.js";
import { DEFAULT_RULES } from "../../src/protocol/rules.js";
import { filled, filledHex, REQUEST_ID } from "../support/samples.js";

const requestId = REQUEST_ID;
const ids = [filledHex(1), filledHex(2), filledHex(0xff)];
const FRAMES: readonly Frame[] = [
  { kind: "envelope", requestId, envelope: filled(9, 200) },
  { kind: "records", requestId, bundle: filled(9, 300) },
  { kind: "body", requestId, offset: 60_000, bytes: filled(9, 7) },
  { kind: "ids", requestId, strand: "050100", window: 2 ** 32 - 1, last: true, ids: [] },
  { kind: "ids", requestId, strand: "000000", window: 7, last: false, ids },
  { kind: "want", requestId, ids },
  { kind: "fingerprints", requestId, bytes: filled(1, 3) },
  { kind: "difference", requestId, bytes: new Uint8Array() },
  { kind: "list", requestId, bytes: filled(2, 194) },
  { kind: "scores", requestId, envelope: filled(9, 200) },
  { kind: "registry", requestId, timeSeconds: 2n ** 64n - 2n, digest: filledHex(7) },
  { kind: "bodies", requestId, parts: [{ status: "unknown" }, { status: "not_yet" }, { status: "awaited" }] },
  {
    kind: "bodies",
    requestId,
    parts: [
      { status: "ok", left: 3, bytes: filled(1, 3) },
      { status: "unknown" },
      { status: "ok", left: 60_001, bytes: filled(2, 60_000) },
    ],
  },
  { kind: "body_news", requestId, ids },
];
const NUMBERS = {
  envelope: 0,
  records: 1,
  body: 2,
  ids: 3,
  want: 4,
  fingerprints: 5,
  difference: 6,
  list: 7,
  scores: 8,
  registry: 9,
  bodies: 10,
  body_news: 11,
};

describe("sync frames", () => {
  test.each(FRAMES)("$kind decodes to what was encoded, after its number and request id", (frame) => {
    const bytes = encodeFrame(frame);
    expect(bytes[0]).toBe(NUMBERS[frame.kind]);
    expect(toHex(bytes.subarray(1, 17))).toBe(requestId);
    expect(decodeFrame(bytes)).toEqual({ ok: true, value: frame });
  });

  test("the rest of an ids frame has the written-out bytes", () => {
    const bytes = encodeFrame({
      kind: "ids",
      requestId,
      strand: "030201",
      window: 0x01020304,
      last: true,
      ids: [ids[1] ?? ""],
    });
    expect(toHex(bytes)).toBe(`03${requestId}0302010102030401${"02".repeat(32)}`);
  });

  const raw = (text: string) => fromHex(text.replaceAll(" ", "")) ?? new Uint8Array();
  test.each([
    ["nothing", ""],
    ["a cut request id", `00 ${filledHex(1, 15)}`],
    ["kind 12", `0c ${requestId}`],
    ["a bodies frame without parts", `0a ${requestId}`],
    ["a body of status 2", `0a ${requestId} 02`],
    ["a body part without its head", `0a ${requestId} 00 00000001 00`],
    ["a body part without bytes", `0a ${requestId} 00 00000001 0000`],
    ["a cut body part", `0a ${requestId} 00 00000002 0002 07`],
    ["a body part longer than its body", `0a ${requestId} 00 00000001 0002 0707`],
    ["a body longer than 1 MiB", `0a ${requestId} 00 00100001 ea60 ${filledHex(7, 60_000)}`],
    ["a body that continues after a short part", `0a ${requestId} 00 00000002 0001 07`],
    ["a body that continues beside another part", `0a ${requestId} 00 0000ea61 ea60 ${filledHex(7, 60_000)} 01`],
    ["news of no body", `0b ${requestId}`],
    ["news of a body twice", `0b ${requestId} ${filledHex(1)} ${filledHex(1)}`],
    ["a registry without its time", `09 ${requestId} ${filledHex(1)}`],
    ["a registry and a byte", `09 ${requestId} 0000000000000000 ${filledHex(1)} 00`],
    ["a chunk without a byte", `02 ${requestId} 00000000`],
    ["a chunk that ends past 1 MiB", `02 ${requestId} 00100000 00`],
    ["a chunk whose offset is past 1 MiB", `02 ${requestId} ffffffff 00`],
    ["an ids frame without its head", `03 ${requestId} 000000 00000000`],
    ["a strand of task type 6", `03 ${requestId} 060000 00000000 00`],
    ["a strand of kind 2", `03 ${requestId} 000200 00000000 00`],
    ["a last flag of 2", `03 ${requestId} 000000 00000000 02`],
    ["a cut id", `03 ${requestId} 000000 00000000 01 ${filledHex(1, 31)}`],
    ["ids descending", `03 ${requestId} 000000 00000000 01 ${filledHex(2)} ${filledHex(1)}`],
    ["an id twice", `03 ${requestId} 000000 00000000 01 ${filledHex(1)} ${filledHex(1)}`],
    ["a want of nothing", `04 ${requestId}`],
    ["a want of an id twice", `04 ${requestId} ${filledHex(1)} ${filledHex(1)}`],
  ])("%s is refused", (_, text) => {
    expect(decodeFrame(raw(text))).toEqual({ ok: false, code: "frame_malformed" });
  });

  test("bytes above the size of a frame are refused", () => {
    expect(decodeFrame(new Uint8Array(FRAME_MAX_BYTES).fill(1)).ok).toBe(true);
    expect(decodeFrame(new Uint8Array(FRAME_MAX_BYTES + 1))).toEqual({ ok: false, code: "frame_too_large" });
  });

  test("the largest ids frame, the largest chunk and a bundle of the largest envelope fit", () => {
    const many = Array.from({ length: FRAME_IDS_MAX }, (_, i) => i.toString(16).padStart(64, "0"));
    const full = encodeFrame({ kind: "ids", requestId, strand: "000000", window: 1, last: false, ids: many });
    expect(decodeFrame(full).ok).toBe(true);
    const tooMany = [...many, filledHex(0xff)];
    expect(decodeFrame(encodeFrame({ kind: "want", requestId, ids: tooMany })).ok).toBe(false);

    const chunk = (length: number) =>
      decodeFrame(encodeFrame({ kind: "body", requestId, offset: 0, bytes: filled(1, length) }));
    expect(chunk(FRAME_CHUNK_BYTES).ok).toBe(true);
    expect(chunk(FRAME_CHUNK_BYTES + 1).ok).toBe(false);

    const largest = filled(1, Math.max(...DEFAULT_RULES.payloadLimits) + 144);
    const room = { ...DEFAULT_RULES, bundleMaxBytes: FRAME_MAX_BYTES - FRAME_HEAD_BYTES };
    const bundles = packBundles([largest, filled(2, 1000), largest], room);
    for (const bundle of bundles)
      expect(decodeFrame(encodeFrame({ kind: "records", requestId, bundle })).ok).toBe(true);
  });

  test("answers are packed in their order: small bodies share a frame, a large one comes in pieces", () => {
    const packer = new BodyPartPacker();
    const small = filled(1, 344);
    const large = filled(2, 130_000);
    const groups = [
      ...Array.from({ length: 300 }, () => packer.add(small)).flat(),
      ...packer.add("awaited"),
      ...packer.add(large),
      ...packer.add(small),
      ...packer.take(),
    ];
    const frames = groups.map((parts) => encodeFrame({ kind: "bodies", requestId, parts }));
    expect(frames.map(({ length }) => length <= FRAME_MAX_BYTES)).toEqual(frames.map(() => true));
    const decoded = frames.map((bytes) => decodeFrame(bytes));
    expect(decoded).toEqual(groups.map((parts) => ({ ok: true, value: { kind: "bodies", requestId, parts } })));
    expect(groups.map((parts) => parts.length)).toEqual([174, 127, 1, 1, 2]);
    expect(groups.flat().flatMap((part) => (part.status === "ok" ? [...part.bytes] : [])).length).toBe(
      301 * small.length + large.length,
    );
  });

  test("random and mutated bytes never throw, and every frame that decodes encodes to the same bytes", () => {
    const kind = fc.integer({ min: 0, max: 11 });
    fc.assert(
      fc.property(kind, fc.uint8Array({ maxLength: 120 }), (first, rest) => {
        const bytes = Uint8Array.of(first, ...rest);
        const decoded = decodeFrame(bytes);
        if (decoded.ok) expect(encodeFrame(decoded.value)).toEqual(bytes);
      }),
      { numRuns: 500 },
    );
  });
});
