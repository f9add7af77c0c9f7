import { create, toBinary } from "@bufbuild/protobuf";
import { blake3 as hash } from "@noble/hashes/blake3.js";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toHex } from "../../src/protocol/bytes.js";
import { HelloFrameSchema, HelloRestSchema } from "../../src/protocol/generated/hello_pb.js";
import {
  checkOpening,
  decodeHelloFrame,
  decodeHelloRest,
  encodeHelloFrame,
  encodeHelloRest,
  HELLO_FRAME_MAX_BYTES,
  HELLO_LIMITS,
  type HelloFrame,
  type HelloOpening,
  type HelloRest,
  helloMessage,
} from "../../src/protocol/hello.js";
import { blake3, DEVNET, filled } from "../support/samples.js";

const OPENING: HelloOpening = {
  version: 1,
  network: 3,
  genesis: DEVNET.genesis,
  rules: DEVNET.rulesDigest,
  nonce: filled(0x11),
};
const REST: HelloRest = {
  agent: "tos-ai-sync/0.1.0",
  versionMin: 1,
  versionMax: 1,
  interests: ["000000", "010000"],
  features: ["plain"],
  registryTime: 2n ** 64n - 1n,
  registryDigest: filled(0),
  rosters: [
    { day: 20_000, digest: filled(7) },
    { day: 20_001, digest: filled(8) },
  ],
  clockSeconds: 1_795_348_800n,
  addresses: ["/ip4/127.0.0.1/tcp/4001"],
  known: [],
  bodyLimit: 1_048_576,
  observed: "/ip4/192.0.2.7/tcp/49152",
};
const PROOF = { rest: encodeHelloRest(REST), key: filled(0x22), signature: filled(0x33, 96) };
const FRAMES: readonly HelloFrame[] = [
  { kind: "opening", opening: OPENING },
  { kind: "answer", opening: OPENING, proof: PROOF },
  { kind: "closing", proof: PROOF },
  { kind: "refusal", code: "wrong_rules" },
  { kind: "referral", known: [] },
  { kind: "referral", known: ["/ip4/127.0.0.1/tcp/4001", "/ip4/192.0.2.7/tcp/49152"] },
];

describe("hello frames", () => {
  test.each(FRAMES)("$kind decodes to what was encoded", (frame) => {
    expect(decodeHelloFrame(encodeHelloFrame(frame))).toEqual({ ok: true, value: frame });
  });

  test("every reason of the wire decodes to itself; any other reason becomes the nearest one", () => {
    const decodedCode = (code: Parameters<typeof encodeHelloFrame>[0] & { kind: "refusal" }) => {
      const frame = decodeHelloFrame(encodeHelloFrame(code));
      return frame.ok && frame.value.kind === "refusal" ? frame.value.code : undefined;
    };
    const numbered = [
      "wrong_protocol_version",
      "wrong_network",
      "wrong_genesis",
      "wrong_rules",
      "own_peer_id",
      "bad_signature",
      "hello_malformed",
      "peer_busy",
      "peer_id_in_use",
    ] as const;
    numbered.forEach((code, i) => {
      expect(decodedCode({ kind: "refusal", code })).toBe(code);
      // Tag 0x20: field 4, varint.
      expect([...encodeHelloFrame({ kind: "refusal", code })]).toEqual([0x20, i + 1]);
    });
    expect(decodedCode({ kind: "refusal", code: "bad_challenge" })).toBe("bad_signature");
    expect(decodedCode({ kind: "refusal", code: "frame_too_large" })).toBe("hello_malformed");
    expect(decodedCode({ kind: "refusal", code: "over_budget" })).toBe("peer_busy");
  });

  const frame = (init: Parameters<typeof create<typeof HelloFrameSchema>>[1]) =>
    toBinary(HelloFrameSchema, create(HelloFrameSchema, init));
  const opening = (change: object) => frame({ frame: { case: "opening", value: { ...OPENING, ...change } } });
  test.each([
    ["nothing", new Uint8Array()],
    ["network 4", opening({ network: 4 })],
    ["a genesis of 31 bytes", opening({ genesis: filled(1, 31) })],
    ["rules of 33 bytes", opening({ rules: filled(1, 33) })],
    ["a nonce of 16 bytes", opening({ nonce: filled(1, 16) })],
    ["an answer without an opening", frame({ frame: { case: "answer", value: PROOF } })],
    ["a key of 31 bytes", frame({ frame: { case: "closing", value: { ...PROOF, key: filled(1, 31) } } })],
    ["a signature without R", frame({ frame: { case: "closing", value: { ...PROOF, signature: filled(1, 64) } } })],
    ["reason 0", frame({ frame: { case: "refusal", value: 0 } })],
    ["reason 10", frame({ frame: { case: "refusal", value: 10 } })],
    [
      "a referral of 9 peers",
      frame({ frame: { case: "referral", value: { known: Array(9).fill("/ip4/1.1.1.1/tcp/1") } } }),
    ],
    ["a referral with a long address", frame({ frame: { case: "referral", value: { known: ["a".repeat(257)] } } })],
    ["a referral with a line end", frame({ frame: { case: "referral", value: { known: ["/ip4/1.1.1.1\n"] } } })],
    ["two frames in one", Uint8Array.of(...opening({}), 0x20, 1)],
    ["an unknown field", Uint8Array.of(0x20, 1, 0x28, 1)],
  ])("%s is refused", (_, bytes) => {
    expect(decodeHelloFrame(bytes)).toEqual({ ok: false, code: "hello_malformed" });
  });

  test("a hello of more than 16 KiB is refused before it is read", () => {
    expect(decodeHelloFrame(new Uint8Array(16_385))).toEqual({ ok: false, code: "frame_too_large" });
  });

  test("random and mutated bytes never throw", () => {
    const samples = FRAMES.map((value) => encodeHelloFrame(value));
    fc.assert(
      fc.property(fc.constantFrom(...samples), fc.nat(), fc.uint8Array({ maxLength: 8 }), (bytes, at, noise) => {
        const mutated = bytes.slice();
        mutated.set(noise.subarray(0, Math.max(mutated.length - (at % mutated.length), 0)), at % mutated.length);
        const decoded = decodeHelloFrame(mutated);
        if (decoded.ok) expect(encodeHelloFrame(decoded.value)).toEqual(mutated);
      }),
    );
  });
});

describe("the rest of a hello", () => {
  test("the rest of a hello decodes to what was encoded", () => {
    expect(decodeHelloRest(encodeHelloRest(REST))).toEqual({ ok: true, value: REST });
  });

  test("a field of a later version is ignored", () => {
    const later = Uint8Array.of(...encodeHelloRest(REST), 0xf8, 0x01, 1);
    expect(decodeHelloRest(later)).toEqual({ ok: true, value: REST });
  });

  test.each([
    ["a group", [0x7b, 0x7c]],
    ["a tag above 32 bits", [0xf8, 0x81, 0x80, 0x80, 0x10, 1]],
    ["a field beyond the end", [0xfa, 0x01, 5]],
    ["a number of eleven bytes", [0xf8, 0x01, ...new Array<number>(10).fill(0x80), 0]],
    ["a length above 32 bits", [0xfa, 0x01, 0x81, 0x80, 0x80, 0x80, 0x10, 7]],
  ])("%s in place of a later field is refused", (_name, field) => {
    expect(decodeHelloRest(Uint8Array.of(...encodeHelloRest(REST), ...field))).toMatchObject({
      ok: false,
      code: "hello_malformed",
    });
  });

  test("only the registry digest is required; order and versions are not checked", () => {
    const least = decodeHelloRest(encodeHelloRest({ ...REST, versionMin: 3, versionMax: 2 }));
    expect(least).toMatchObject({ ok: true, value: { versionMin: 3, versionMax: 2 } });
    const digest = toBinary(HelloRestSchema, create(HelloRestSchema, { registryDigest: filled(0) }));
    expect(decodeHelloRest(digest)).toMatchObject({ ok: true, value: { agent: "", interests: [], bodyLimit: 0 } });
    const bodyLimit = toBinary(HelloRestSchema, create(HelloRestSchema, { bodyLimit: 7 }));
    const unordered = Uint8Array.of(...bodyLimit, ...digest);
    expect(decodeHelloRest(unordered)).toMatchObject({ ok: true, value: { bodyLimit: 7 } });
  });

  const rest = (change: object) =>
    toBinary(HelloRestSchema, create(HelloRestSchema, { registryDigest: filled(0), ...change }));
  const strand = Uint8Array.of(0, 0, 0);
  test.each([
    ["a long agent", rest({ agent: "a".repeat(65) })],
    ["an agent that is not printable ASCII", rest({ agent: "a\u001b[2J" })],
    ["too many interests", rest({ interests: Array.from({ length: 1537 }, () => strand) })],
    ["an interest of 2 bytes", rest({ interests: [filled(0, 2)] })],
    ["an interest twice", rest({ interests: [strand, strand] })],
    ["interests descending", rest({ interests: [Uint8Array.of(1, 0, 0), strand] })],
    ["too many features", rest({ features: Array.from({ length: 17 }, () => "f") })],
    ["a long feature", rest({ features: ["f".repeat(33)] })],
    ["a registry digest of 31 bytes", rest({ registryDigest: filled(0, 31) })],
    ["no registry digest", rest({ registryDigest: new Uint8Array() })],
    ["too many rosters", rest({ rosters: Array.from({ length: 65 }, (_, day) => ({ day, digest: filled(1) })) })],
    ["a roster digest of 31 bytes", rest({ rosters: [{ day: 1, digest: filled(1, 31) }] })],
    ["a roster day twice", rest({ rosters: [1, 1].map((day) => ({ day, digest: filled(1) })) })],
    ["too many addresses", rest({ addresses: Array.from({ length: 9 }, () => "/ip4/127.0.0.1") })],
    ["a long address", rest({ addresses: ["/".repeat(257)] })],
    ["too many known peers", rest({ known: Array.from({ length: 9 }, () => "/ip4/127.0.0.1") })],
    ["bytes that are no protobuf", Uint8Array.of(0xff)],
  ])("%s is refused", (_, bytes) => {
    expect(decodeHelloRest(bytes)).toEqual({ ok: false, code: "hello_malformed" });
  });

  test("the largest rest of a hello fits into an answer", () => {
    const fullest: HelloRest = {
      ...REST,
      agent: "a".repeat(HELLO_LIMITS.agentBytes),
      versionMin: 2 ** 32 - 1,
      versionMax: 2 ** 32 - 1,
      interests: Array.from({ length: HELLO_LIMITS.interests }, (_, i) => i.toString(16).padStart(6, "0")),
      features: Array.from({ length: HELLO_LIMITS.features }, () => "f".repeat(HELLO_LIMITS.featureBytes)),
      rosters: Array.from({ length: HELLO_LIMITS.rosters }, (_, i) => ({ day: 2 ** 31 + i, digest: filled(i) })),
      clockSeconds: 2n ** 64n - 1n,
      addresses: Array.from({ length: HELLO_LIMITS.addresses }, () => "/".repeat(HELLO_LIMITS.addressBytes)),
      known: Array.from({ length: HELLO_LIMITS.known }, () => "/".repeat(HELLO_LIMITS.addressBytes)),
      bodyLimit: 2 ** 32 - 1,
    };
    const encoded = encodeHelloRest(fullest);
    expect(decodeHelloRest(encoded)).toEqual({ ok: true, value: fullest });
    const answer = encodeHelloFrame({ kind: "answer", opening: OPENING, proof: { ...PROOF, rest: encoded } });
    expect(answer.length).toBeLessThanOrEqual(HELLO_FRAME_MAX_BYTES);
  });

  test("random bytes never throw", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => typeof decodeHelloRest(bytes).ok === "boolean"),
    );
  });
});

describe("agreement", () => {
  test.each([
    ["the same network", {}, undefined],
    ["another version", { version: 2 }, "wrong_protocol_version"],
    ["another network", { network: 0 }, "wrong_network"],
    ["another genesis", { genesis: filled(1) }, "wrong_genesis"],
    ["other rules", { rules: filled(1) }, "wrong_rules"],
  ])("a hello with %s has the right agreement", (_, change, code) => {
    expect(checkOpening({ ...OPENING, ...change }, DEVNET)).toBe(code);
  });

  test("the signed bytes equal those of the protocol, written out", () => {
    const signed = {
      genesis: filled(1),
      rules: filled(2),
      role: 1,
      ownPeerId: filled(3, 38),
      otherPeerId: filled(4, 34),
      openerNonce: filled(5),
      acceptorNonce: filled(6),
      rest: filled(7, 10),
    } as const;
    const expected = [
      toHex(new TextEncoder().encode("tos-ai-sync/hello/v1")),
      "00",
      "01".repeat(32),
      "02".repeat(32),
      "01",
      "0026",
      "03".repeat(38),
      "0022",
      "04".repeat(34),
      "05".repeat(32),
      "06".repeat(32),
      toHex(hash(filled(7, 10))),
    ];
    expect(toHex(helloMessage(blake3, signed))).toBe(expected.join(""));
  });
});
