import { blake3 as hash } from "@noble/hashes/blake3.js";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ascii, toHex } from "../../src/protocol/bytes.js";
import {
  certificateId,
  commitEnvelopes,
  decodeList,
  encodeList,
  leaderOf,
  type VerdictList,
} from "../../src/protocol/certificate.js";
import { encodeHead, MessageType, signedMessage } from "../../src/protocol/envelope.js";
import { hashBytes } from "../../src/protocol/records.js";
import { decodeAlert, decodeCertificate, type FraudAlert, openAlert } from "../../src/protocol/verdict-messages.js";
import {
  ALERT,
  blake3,
  CERTIFICATE,
  CONTRADICTION,
  DEVNET,
  filled,
  filledHex,
  LIMITS,
  LIST,
  ROSTER_KEYS,
  SECOND_VALIDATION,
  type Signed,
  SUBMISSION,
  VALIDATION,
  VALUE,
  VERDICT_LIST,
} from "../support/samples.js";
import { signatureHolds } from "../support/tos-signer.js";
import { voteTrace } from "./vote-vectors.js";

const refused = { ok: false, code: "bad_certificate" };

describe("list and value", () => {
  test("a list is its fields one after the other, and decodes to what was encoded", () => {
    const { rules, roster, taskId, submissionId, publisher, submitter, validations } = VERDICT_LIST;
    const [first, second] = validations;
    const expected = [rules, roster, taskId, submissionId, publisher, submitter, "0002"];
    for (const entry of [first, second]) {
      if (entry === undefined) throw new RangeError("the sample list has two validations");
      expected.push(`000${entry.rosterIndex}`, entry.score.toString(16), entry.recordId);
    }
    expect(toHex(LIST)).toBe(expected.join(""));
    expect(decodeList(LIST)).toEqual({ ok: true, value: VERDICT_LIST });
  });

  test("value and certificate id are BLAKE3 over the written-out bytes", () => {
    expect(VALUE).toBe(toHex(hash(Uint8Array.of(...ascii("tos-ai-sync/verdict/v1"), 0, ...LIST))));
    const value = hashBytes(VALUE);
    const bytes = Uint8Array.of(...ascii("tos-ai-sync/certificate/v1"), 0, ...DEVNET.genesis, ...value);
    expect(certificateId(blake3, DEVNET.genesis, value)).toEqual(hash(bytes));
  });

  const withEntries = (entries: VerdictList["validations"]) => encodeList({ ...VERDICT_LIST, validations: entries });
  const entry = { rosterIndex: 1, score: 100, recordId: filledHex(1) };
  test.each([
    ["nothing", new Uint8Array()],
    ["a cut head", LIST.subarray(0, 193)],
    ["a cut entry", LIST.subarray(0, -1)],
    ["one byte more", Uint8Array.of(...LIST, 0)],
    ["a count that is too high", LIST.with(193, 3)],
    ["a count that is too low", LIST.with(193, 1)],
    ["score 101", withEntries([{ ...entry, score: 101 }])],
    ["an index past every roster", withEntries([{ ...entry, rosterIndex: 256 }])],
    ["an index twice", withEntries([entry, entry])],
    ["indexes descending", withEntries([entry, { ...entry, rosterIndex: 0 }])],
  ])("%s is refused", (_, bytes) => {
    expect(decodeList(bytes)).toEqual(refused);
  });

  test("random bytes never throw, and every list that decodes encodes to the same bytes", () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 0, max: 255 }), (at, value) => {
        const mutated = LIST.with(at % LIST.length, value);
        const decoded = decodeList(mutated);
        if (decoded.ok) expect(encodeList(decoded.value)).toEqual(mutated);
      }),
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => typeof decodeList(bytes).ok === "boolean"));
  });
});

describe("commits of a certificate", () => {
  const decoded = decodeCertificate(CERTIFICATE.payload);
  if (!decoded.ok) throw new Error(decoded.code);
  const certificate = decoded.value;

  test("the commits of a certificate give the envelopes that their voters signed", () => {
    const rebuilt = commitEnvelopes(blake3, 3, certificate, VERDICT_LIST, ROSTER_KEYS);
    if (!rebuilt.ok) throw new Error(rebuilt.code);
    expect(rebuilt.value).toHaveLength(2);
    rebuilt.value.forEach(({ envelope, signature }, i) => {
      expect(toHex(envelope.sender)).toBe(ROSTER_KEYS[i]);
      const message = signedMessage(DEVNET.genesis, encodeHead(envelope));
      expect(signatureHolds(envelope.sender, message, signature)).toBe(true);
    });
  });

  test("the commits of another value differ from the bytes that the voters signed", () => {
    const list = encodeList({ ...VERDICT_LIST, validations: [] });
    const rebuilt = commitEnvelopes(blake3, 3, { ...certificate, list }, VERDICT_LIST, ROSTER_KEYS);
    if (!rebuilt.ok) throw new Error(rebuilt.code);
    for (const { envelope, signature } of rebuilt.value) {
      const message = signedMessage(DEVNET.genesis, encodeHead(envelope));
      expect(signatureHolds(envelope.sender, message, signature)).toBe(false);
    }
  });

  test("commits with an index past the roster or with a list of another task are refused", () => {
    expect(commitEnvelopes(blake3, 3, certificate, VERDICT_LIST, ROSTER_KEYS.slice(0, 1))).toEqual(refused);
    const elsewhere = { ...VERDICT_LIST, taskId: filledHex(1) };
    expect(commitEnvelopes(blake3, 3, certificate, elsewhere, ROSTER_KEYS)).toEqual(refused);
  });
});

describe("leader of a round", () => {
  const members = [
    { key: filledHex(3), weight: 1 },
    { key: filledHex(1), weight: 2 },
    { key: filledHex(2), weight: 7 },
  ];

  test("the leader is the member in whose running sum the hash mod the weight falls, ascending by key", () => {
    for (let round = 0; round < 40; round++) {
      const bytes = Uint8Array.of(...ascii("tos-ai-sync/leader/v1"), 0, ...filled(9), 0, round);
      const point = BigInt(`0x${toHex(hash(bytes))}`) % 10n;
      const expected = point < 2n ? filledHex(1) : point < 9n ? filledHex(2) : filledHex(3);
      expect(leaderOf(blake3, filledHex(9), round, members)).toBe(expected);
    }
  });

  test("the leader does not depend on the order of the members, and an empty roster has none", () => {
    expect(leaderOf(blake3, filledHex(9), 300, [...members].reverse())).toBe(
      leaderOf(blake3, filledHex(9), 300, members),
    );
    expect(leaderOf(blake3, filledHex(9), 0, [])).toBeUndefined();
  });
});

describe("opening an alert", () => {
  const sample = decodeAlert(ALERT.payload);
  if (!sample.ok) throw new Error(sample.code);
  const alert = sample.value;
  const open = (change: Partial<FraudAlert>) => openAlert(blake3, DEVNET.genesis, LIMITS, { ...alert, ...change });
  const doesNotHold = { ok: false, code: "alert_does_not_hold" };

  test("an opened alert gives both envelopes and their ids, the lower id first", () => {
    const opened = open({});
    if (!opened.ok) throw new Error(opened.code);
    const ids = [VALIDATION.id, CONTRADICTION.id].sort();
    expect([opened.value.firstId, opened.value.secondId]).toEqual(ids);
    expect(opened.value.first.type).toBe(MessageType.ValidationAnnouncement);
  });

  const pair = (a: Signed, b: Signed) => {
    const [first, second] = a.id < b.id ? [a, b] : [b, a];
    return { first: first.envelope, second: second.envelope };
  };
  test.each([
    ["the higher id first", { first: alert.second, second: alert.first }],
    ["one record twice", { second: alert.first }],
    ["two copies of one record with different signatures", { second: alert.first.with(alert.first.length - 1, 0) }],
    ["two authors", pair(VALIDATION, SECOND_VALIDATION)],
    ["two types", pair(VALIDATION, SUBMISSION)],
    ["bytes that are no envelope", { first: filled(1, 200) }],
    ["an envelope of another network", { first: alert.first.with(2, 0) }],
  ])("an alert with %s does not hold", (_, change) => {
    expect(open(change)).toEqual(doesNotHold);
  });
});

test("the vote of the vector ends with one certified value at all four members", () => {
  const { certified } = voteTrace();
  expect(certified).toHaveLength(4);
  expect(new Set(certified).size).toBe(1);
  expect(certified[0]).toBeDefined();
});
