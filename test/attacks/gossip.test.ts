import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { encodeBundle } from "../../src/protocol/bundle.js";
import { concatBytes, toHex } from "../../src/protocol/bytes.js";
import { MessageType } from "../../src/protocol/envelope.js";
import type { ReasonCode } from "../../src/protocol/errors.js";
import { encodeRecord } from "../../src/protocol/records.js";
import { DAY_SECONDS, DEFAULT_RULES } from "../../src/protocol/rules.js";
import { encodePeerScoreUpdate, encodeSyncResponse } from "../../src/protocol/sync-messages.js";
import { encodeAlert } from "../../src/protocol/verdict-messages.js";
import { IDENTITY } from "../support/network-nodes.js";
import { CERTIFICATE } from "../support/samples.js";
import { Adversary, requestId, TOPIC, TOPICS } from "./adversary.js";
import { damaged, type Forged, forge, newAuthor, nowSeconds, record, task, taskPayload } from "./forge.js";
import { stillTalk, WatchedNode } from "./watched-node.js";

const bundle = (...forged: readonly Forged[]): Uint8Array => encodeBundle(forged.map(({ envelope }) => envelope));
const ref = (timestampSeconds: number) => ({ taskId: "cd".repeat(32), taskType: 0, t0: timestampSeconds });

let victim: WatchedNode;
let honest: WatchedNode;

// A node for each test: it refuses an address after three rejected bundles.
beforeEach(async () => {
  victim = await WatchedNode.start();
  honest = await WatchedNode.start({ bootstrap: [victim.address] });
  await honest.until("the hello", () => honest.control.peers().length === 1);
});

afterEach(async () => {
  await honest?.stop();
  await victim?.stop();
});

/** Delivers a bundle and waits until the node counts the reason of its refusal; the set must not change. */
async function deliver(bytes: Uint8Array, code: ReasonCode, topic: string): Promise<Adversary> {
  const before = await victim.belief();
  const counted = victim.count("gossip_refused", code);
  const theirs = honest.control.info().records;
  const adversary = await Adversary.join(victim);
  await adversary.gossip(bytes, topic);
  await victim.until(`a verdict ${code}`, () => victim.count("gossip_refused", code) === counted + 1);
  expect(await victim.belief(before.atSeconds)).toEqual(before);
  expect(honest.control.info().records).toBe(theirs);
  return adversary;
}

/** A record changed after it was signed. */
function tampered(at: number, bit = 1): Uint8Array {
  return encodeBundle([damaged(task(newAuthor()).envelope, at, bit)]);
}

function withSignature(at: number, part: Uint8Array): Uint8Array {
  const { envelope } = task(newAuthor());
  envelope.set(part, envelope.length - 96 + at);
  return encodeBundle([envelope]);
}

function noncanonical(): Uint8Array {
  const now = nowSeconds();
  // Field 9 a second time at the end: the decoded record is the same, its encoding is not canonical.
  return concatBytes([encodeRecord(taskPayload(now)), Uint8Array.of(0x48, 50)]);
}

const ABOVE_ORDER = new Uint8Array(32).fill(0xff);
const NO_POINT = new Uint8Array(32).fill(0xff);
/** Another point: the public key of another author. */
const OTHER_POINT = newAuthor().publicKey;
const UNKNOWN_TYPE = 9;

function alertThatHoldsNothing(): Forged {
  const by = newAuthor();
  const [first, second] = [task(by, { number: 0 }), task(by, { number: 1 })].sort((a, b) => (a.id < b.id ? -1 : 1));
  if (first === undefined || second === undefined) throw new Error("two records");
  const payload = encodeAlert({ alertKind: 1, first: first.envelope, second: second.envelope });
  return forge(newAuthor(), payload, { type: MessageType.FraudAlert });
}

const bad: readonly (readonly [string, ReasonCode, () => Uint8Array, string?])[] = [
  ["bytes of no bundle", "bundle_layout", () => Uint8Array.from({ length: 300 }, (_, i) => (i * 37) & 0xff)],
  ["a truncated bundle", "bundle_layout", () => bundle(task(newAuthor())).slice(0, -1)],
  ["65 envelopes", "bundle_layout", () => encodeBundle(Array.from({ length: 65 }, () => task(newAuthor()).envelope))],
  ["a short envelope", "envelope_truncated", () => encodeBundle([task(newAuthor()).envelope.slice(0, 143)])],
  [
    "an envelope without its last byte",
    "envelope_truncated",
    () => encodeBundle([task(newAuthor()).envelope.slice(0, -1)]),
  ],
  ["an empty envelope", "envelope_truncated", () => encodeBundle([new Uint8Array(0)])],
  [
    "an envelope with a byte more",
    "envelope_too_long",
    () => encodeBundle([concatBytes([task(newAuthor()).envelope, Uint8Array.of(0)])]),
  ],
  ["another version", "bad_version", () => tampered(0, 2)],
  [
    "an unknown type",
    "unknown_type",
    () => bundle(forge(newAuthor(), new Uint8Array(8), { type: UNKNOWN_TYPE as MessageType })),
  ],
  ["another network", "wrong_network", () => bundle(task(newAuthor(), { network: 2 }))],
  ["flags", "bad_flags", () => tampered(3)],
  [
    "a number where none belongs",
    "bad_number",
    () => bundle(forge(newAuthor(), new Uint8Array(8), { type: MessageType.ConsensusVote, number: 1 })),
  ],
  ["a payload above its limit", "payload_over_limit", () => bundle(forge(newAuthor(), new Uint8Array(4097)))],
  ["another genesis", "bad_challenge", () => bundle(task(newAuthor(), { genesis: new Uint8Array(32).fill(7) }))],
  ["a timestamp changed after signing", "bad_challenge", () => tampered(9)],
  ["a damaged s", "bad_signature", () => tampered(-96)],
  ["an s above the order", "bad_scalar", () => withSignature(0, ABOVE_ORDER)],
  ["a damaged e", "bad_challenge", () => tampered(-64)],
  ["an e above the order", "bad_scalar", () => withSignature(32, ABOVE_ORDER)],
  ["another R", "bad_challenge", () => withSignature(64, OTHER_POINT)],
  ["an R that is no point", "bad_challenge", () => withSignature(64, NO_POINT)],
  ["another's key", "bad_challenge", () => encodeBundle([replaced(12, OTHER_POINT)])],
  ["a key that is no point", "bad_challenge", () => encodeBundle([replaced(12, NO_POINT)])],
  ["the identity as key", "bad_challenge", () => encodeBundle([replaced(12, new Uint8Array(32))])],
  [
    "a payload that is no protobuf",
    "payload_malformed",
    () => bundle(forge(newAuthor(), new Uint8Array(40).fill(0xff))),
  ],
  ["a payload that is not canonical", "payload_not_canonical", () => bundle(forge(newAuthor(), noncanonical()))],
  ["a value out of range", "payload_out_of_range", () => bundle(task(newAuthor(), {}, { qualityThreshold: 101 }))],
  [
    "a body above the limit",
    "payload_out_of_range",
    () => bundle(task(newAuthor(), {}, { body: { hash: "ab".repeat(32), length: 1_048_577 } })),
  ],
  [
    "a deadline in the past",
    "bad_deadline",
    () => bundle(task(newAuthor(), {}, { deadlineSeconds: nowSeconds() - 1 })),
  ],
  [
    "a record dated before its task",
    "outside_task_max_age",
    () =>
      bundle(record(newAuthor(), { kind: "cancel", task: ref(nowSeconds() + 5) }, { timestampSeconds: nowSeconds() })),
  ],
  ["a number over the quota", "over_quota", () => bundle(task(newAuthor(), { number: DEFAULT_RULES.quotas[0] }))],
  ["another task type's topic", "wrong_topic", () => bundle(task(newAuthor())), TOPICS[1] as string],
  ["the alerts' topic", "wrong_topic", () => bundle(task(newAuthor())), TOPICS[6] as string],
  [
    "a sync response",
    "type_not_gossiped",
    () =>
      bundle(
        forge(newAuthor(), encodeSyncResponse({ requestId: requestId(1), status: "ok", items: 0, bytes: 0n }), {
          type: MessageType.SyncResponse,
        }),
      ),
  ],
  [
    "a score update",
    "type_not_gossiped",
    () =>
      bundle(
        forge(newAuthor(), encodePeerScoreUpdate([{ key: toHex(OTHER_POINT), basisPoints: 1 }]), {
          type: MessageType.PeerScoreUpdate,
        }),
      ),
  ],
  ["an alert that does not hold", "alert_does_not_hold", () => bundle(alertThatHoldsNothing()), TOPICS[6] as string],
];

function replaced(at: number, part: Uint8Array): Uint8Array {
  const { envelope } = task(newAuthor());
  envelope.set(part, at);
  return envelope;
}

const notNow: readonly (readonly [string, ReasonCode, () => Uint8Array])[] = [
  ["a record of 21 minutes ago", "stale", () => bundle(task(newAuthor(), { timestampSeconds: nowSeconds() - 1260 }))],
  [
    "a record from before the horizon",
    "stale",
    () => bundle(task(newAuthor(), { timestampSeconds: nowSeconds() - 46 * DAY_SECONDS })),
  ],
  [
    "a record of over 10 minutes ahead",
    "future_dated",
    () => bundle(task(newAuthor(), { timestampSeconds: nowSeconds() + 605 })),
  ],
  ["a certificate without a roster", "no_roster", certificate],
];

function certificate(): Uint8Array {
  const payload = CERTIFICATE.payload;
  return bundle(forge(newAuthor(), payload, { type: MessageType.Certificate }));
}

const onTopic = bad.map(([what, code, make, topic = TOPIC]) => [what, code, make, topic] as const);

describe("gossip with invalid bytes", () => {
  it.each(onTopic)(
    "%s is refused as %s, charged to the deliverer, and changes nothing",
    async (_what, code, make, topic) => {
      const faults = victim.count("peer_faults", code);
      const adversary = await deliver(make(), code, topic);
      expect(victim.count("peer_faults", code)).toBeGreaterThan(faults);
      expect(victim.scoreOf(adversary.peer)).toBeLessThan(0.5);
      expect(victim.scoreOf(honest.peer)).toBeGreaterThanOrEqual(0.5);
      await stillTalk(honest, victim);
    },
  );

  it("a bundle above 64 KiB is refused before it is read", async () => {
    const before = await victim.belief();
    const wide = { ...IDENTITY, rules: { ...DEFAULT_RULES, bundleMaxBytes: 200_000 } };
    const adversary = await Adversary.join(victim, { identity: wide });
    const faults = victim.count("peer_faults", "bundle_too_large");
    await adversary.gossip(new Uint8Array(DEFAULT_RULES.bundleMaxBytes + 1));
    await victim.until("the fault", () => victim.count("peer_faults", "bundle_too_large") === faults + 1);
    expect(await victim.belief(before.atSeconds)).toEqual(before);
    await stillTalk(honest, victim);
  });
});

describe("gossip outside its time", () => {
  it.each(notNow)("%s is ignored as %s, and no peer is charged", async (_what, code, make) => {
    const adversary = await deliver(make(), code, TOPIC);
    expect(victim.count("peer_faults", code)).toBe(0);
    expect(victim.scoreOf(adversary.peer)).toBeGreaterThanOrEqual(0.5);
    await stillTalk(honest, victim);
  });
});
