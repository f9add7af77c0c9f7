import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encodeBundle } from "../../src/protocol/bundle.js";
import { MessageType } from "../../src/protocol/envelope.js";
import type { ReasonCode } from "../../src/protocol/errors.js";
import { DAY_SECONDS } from "../../src/protocol/rules.js";
import { encodePeerScoreUpdate, encodeSyncRequest, type SyncRequest } from "../../src/protocol/sync-messages.js";
import { codeTask } from "../support/local-node.js";
import { Adversary, requestId, STRAND } from "./adversary.js";
import { damaged, type Forged, newAuthor, nowSeconds, task } from "./forge.js";
import { stillTalk, WatchedNode } from "./watched-node.js";

const NOBODY_ASKED = requestId(1);
const ID = requestId(2);
const HASH = "ef".repeat(32);
const bundle = (...forged: readonly Forged[]): Uint8Array => encodeBundle(forged.map(({ envelope }) => envelope));
const bodyRequest = (id: string): SyncRequest => ({ kind: "body", requestId: id, hash: HASH });

let victim: WatchedNode;
let honest: WatchedNode;

beforeAll(async () => {
  victim = await WatchedNode.start();
  honest = await WatchedNode.start({ bootstrap: [victim.address] });
  await honest.until("the hello", () => honest.control.peers().length === 1);
  await stillTalk(victim, honest);
});

afterAll(async () => {
  await honest?.stop();
  await victim?.stop();
});

type Act = (adversary: Adversary) => Promise<void>;

const unasked: readonly (readonly [string, ReasonCode, Act])[] = [
  [
    "records under an id that nobody opened",
    "unsolicited",
    (a) => a.frame({ kind: "records", requestId: NOBODY_ASKED, bundle: bundle(task(newAuthor())) }),
  ],
  [
    "a member where only votes are repeated",
    "unsolicited",
    (a) => a.frame({ kind: "records", requestId: "0".repeat(32), bundle: bundle(task(newAuthor())) }),
  ],
  ["a response that nobody waits for", "unsolicited", (a) => a.respond(NOBODY_ASKED, "ok")],
  ["body bytes", "unsolicited", (a) => a.frame({ kind: "body", requestId: ID, offset: 0, bytes: new Uint8Array(9) })],
  ["wants outside an exchange", "unsolicited", (a) => a.frame({ kind: "want", requestId: ID, ids: [HASH] })],
  [
    "ids outside an exchange",
    "unsolicited",
    (a) => a.frame({ kind: "ids", requestId: ID, strand: STRAND, window: 7, last: true, ids: [HASH] }),
  ],
  ["a list", "unsolicited", (a) => a.frame({ kind: "list", requestId: ID, bytes: new Uint8Array(300) })],
  [
    "a frame of the full form",
    "unsolicited",
    (a) => a.frame({ kind: "difference", requestId: ID, bytes: new Uint8Array(9) }),
  ],
  ["a request whose frame names another id", "unsolicited", (a) => a.request(bodyRequest(ID), NOBODY_ASKED)],
  ["a request by another key than the hello's", "not_hello_key", (a) => a.request(bodyRequest(ID), ID, newAuthor())],
  ["a response by another key", "not_hello_key", (a) => a.respond(ID, "ok", newAuthor())],
  [
    "a request whose signature is damaged",
    "bad_signature",
    (a) => {
      const envelope = damaged(a.control(MessageType.SyncRequest, encodeSyncRequest(bodyRequest(ID))), -96);
      return a.frame({ kind: "envelope", requestId: ID, envelope });
    },
  ],
  [
    "a record where a request belongs",
    "type_not_gossiped",
    (a) => a.frame({ kind: "envelope", requestId: ID, envelope: task(newAuthor()).envelope }),
  ],
  [
    "an envelope of a few bytes",
    "envelope_truncated",
    (a) => a.frame({ kind: "envelope", requestId: ID, envelope: new Uint8Array(5) }),
  ],
  [
    "scores in a request's frame",
    "frame_malformed",
    (a) => a.frame({ kind: "envelope", requestId: ID, envelope: scores(a) }),
  ],
  [
    "a request in a scores frame",
    "frame_malformed",
    (a) =>
      a.frame({
        kind: "scores",
        requestId: ID,
        envelope: a.control(MessageType.SyncRequest, encodeSyncRequest(bodyRequest(ID))),
      }),
  ],
  [
    "records that are no bundle",
    "bundle_layout",
    (a) => a.frame({ kind: "records", requestId: ID, bundle: new Uint8Array(3) }),
  ],
  [
    "one id opened twice",
    "unsolicited",
    async (a) => {
      await a.request(bodyRequest(ID));
      await a.closed(ID);
      await a.request(bodyRequest(ID));
    },
  ],
];

function scores(adversary: Adversary): Uint8Array {
  const payload = encodePeerScoreUpdate([{ key: adversary.key, basisPoints: 10_000 }]);
  return adversary.control(MessageType.PeerScoreUpdate, payload);
}

describe("unsolicited frames", () => {
  it.each(unasked)("%s is dropped as %s and charged to its sender", async (_what, code, act) => {
    const before = await victim.belief();
    const adversary = await Adversary.join(victim);
    await adversary.isCharged(() => act(adversary), code);
    expect(await victim.belief(before.atSeconds)).toEqual(before);
    await stillTalk(honest, victim);
  });
});

describe("a window exchange with invalid listings and records", () => {
  const ids = { open: requestId(10) };

  async function offer(record: Forged, served: Uint8Array = bundle(record)): Promise<Adversary> {
    const adversary = await Adversary.join(victim);
    await adversary.openWindows(ids.open);
    expect(await adversary.list(ids.open, [record])).toEqual([record.id]);
    await adversary.frame({ kind: "records", requestId: ids.open, bundle: served });
    return adversary;
  }

  it("a window exchange counts a record as new only when it becomes a member", async () => {
    const record = task(newAuthor(), { timestampSeconds: nowSeconds() - 5 });
    const counted = victim.count("records_in", "new");
    const messages = victim.count("messages_in", "new");
    const announced = victim.count("envelopes_in", "task_announcement_new");
    const adversary = await offer(record);
    await victim.until("the record", () => victim.holds(record.id));
    expect(await adversary.closed(ids.open)).toBe("ok");
    expect(victim.count("records_in", "new")).toBe(counted + 1);
    expect(victim.count("messages_in", "new")).toBeGreaterThan(messages);
    expect(victim.count("envelopes_in", "task_announcement_new")).toBe(announced + 1);
  });

  it("a window exchange brings a record that is 21 minutes old, which is no fault", async () => {
    const old = task(newAuthor(), { timestampSeconds: nowSeconds() - 1260 });
    const adversary = await offer(old);
    await victim.until("the record", () => victim.holds(old.id));
    expect(await adversary.closed(ids.open)).toBe("ok");
    await stillTalk(honest, victim);
  });

  it.each([
    ["past_horizon", -46 * DAY_SECONDS],
    ["future_dated", 300],
    ["future_dated", 700],
  ] as const)("a record that is %s (%d s) becomes no member, and no peer is charged", async (code, offset) => {
    const before = await victim.belief();
    const counted = victim.count("records_in", code);
    const adversary = await offer(task(newAuthor(), { timestampSeconds: nowSeconds() + offset }));
    await victim.until("the refusal", () => victim.count("records_in", code) === counted + 1);
    expect(await adversary.closed(ids.open)).toBe("ok");
    expect(await victim.belief(before.atSeconds)).toEqual(before);
    expect(victim.scoreOf(adversary.peer)).toBeGreaterThanOrEqual(0.5);
    await stillTalk(honest, victim);
  });

  it("a damaged copy of a record is charged to its sender, and the valid copy comes from another peer", async () => {
    const record = task(newAuthor());
    const faults = victim.count("peer_faults", "bad_signature");
    const liar = await offer(record, encodeBundle([damaged(record.envelope, -96)]));
    await victim.until("the fault", () => victim.count("peer_faults", "bad_signature") === faults + 1);
    expect(victim.scoreOf(liar.peer)).toBeLessThan(0.5);
    expect(await victim.holds(record.id)).toBe(false);
    await offer(record);
    await victim.until("the good one", () => victim.holds(record.id));
    await stillTalk(honest, victim);
  });

  it("a record that was not requested is charged to its sender and not kept", async () => {
    const other = task(newAuthor());
    const faults = victim.count("peer_faults", "unsolicited");
    await offer(task(newAuthor()), bundle(other));
    await victim.until("the fault", () => victim.count("peer_faults", "unsolicited") === faults + 1);
    expect(await victim.holds(other.id)).toBe(false);
    await stillTalk(honest, victim);
  });

  it("an exchange with windows out of order is charged and ends", async () => {
    const adversary = await Adversary.join(victim);
    await adversary.openWindows(ids.open);
    const frame = { kind: "ids", requestId: ids.open, strand: STRAND, last: true, ids: [HASH] } as const;
    await adversary.frame({ ...frame, window: 7 });
    await adversary.isCharged(() => adversary.frame({ ...frame, window: 8 }), "unsolicited");
    await stillTalk(honest, victim);
  });

  it("a peer that repeats its requests gets the answer busy", async () => {
    const adversary = await Adversary.join(victim);
    await adversary.openWindows(ids.open);
    const day = Math.floor(nowSeconds() / DAY_SECONDS);
    const again = requestId(11);
    await adversary.request({ kind: "windows", requestId: again, strands: [STRAND], fromDay: day, toDay: day });
    expect(await adversary.closed(again)).toBe("busy");
    await stillTalk(honest, victim);
  });

  it("a peer that requests unknown records gets none", async () => {
    const adversary = await Adversary.join(victim);
    await adversary.openWindows(ids.open);
    await adversary.frame({ kind: "want", requestId: ids.open, ids: [HASH] });
    expect(await adversary.list(ids.open, [])).toEqual([]);
    expect(await adversary.closed(ids.open)).toBe("ok");
    await stillTalk(honest, victim);
  });
});

describe("a request without the right to its answer", () => {
  it("a request for a submission's body before its deadline is answered with not yet, with any proof", async () => {
    const { taskId } = await honest.control.publishTask(codeTask("a secret answer"));
    await victim.until("the task", () => victim.holds(taskId));
    const { record } = await victim.control.submitSolution({
      author: undefined,
      idempotencyKey: undefined,
      taskId,
      answer: new TextEncoder().encode("the secret"),
      qualityHint: 0,
      stakeNano: 0n,
      gasFeeNano: 0n,
      computationProof: undefined,
    });
    const hash = (await victim.control.submission(record.id)).counted.body.hash;
    const adversary = await Adversary.join(victim);
    const [plain, forged] = [requestId(20), requestId(21)];
    await adversary.request({ kind: "body", requestId: plain, hash });
    expect(await adversary.closed(plain)).toBe("not_yet");
    const publisher = honest.control.info().authors[0]?.key ?? "";
    const access = { author: publisher, proof: "11".repeat(96) };
    await adversary.isCharged(
      () => adversary.request({ kind: "body", requestId: forged, hash, access }),
      "bad_signature",
    );
    expect(await adversary.closed(forged)).toBe("refused");
    expect(adversary.received().some(({ kind }) => kind === "body")).toBe(false);
  });
});
