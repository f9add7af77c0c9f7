import { describe, expect, test } from "vitest";
import { STRAND_END_WINDOW } from "../../src/engine/sync/listing.js";
import type { SyncRequest } from "../../src/protocol/sync-messages.js";
import { keyOf } from "../support/simulation/fake-signer.js";
import { LoneWorld } from "../support/simulation/lone-world.js";
import { author } from "../support/simulation/story.js";
import { requestId, statuses, worldWith } from "./lone-exchange.js";

const DAY = 20_000;
const STRAND = "040000";

describe("window exchanges", () => {
  const windows = (id: string): SyncRequest => ({
    kind: "windows",
    requestId: id,
    strands: [STRAND],
    fromDay: DAY,
    toDay: DAY,
  });
  const end = (id: string) =>
    ({ kind: "ids", requestId: id, strand: STRAND, window: STRAND_END_WINDOW, last: true, ids: [] }) as const;

  test("the acceptor lists, reads, requests, serves, and closes when it has what it requested", () => {
    const lone = worldWith("a");
    const { story, node } = lone;
    const [mine, theirs] = [story.task(author(0), story.nowSeconds + 60), story.task(author(1), story.nowSeconds + 60)];
    story.publish(node, mine);
    const id = requestId();
    lone.request("a", windows(id));
    const window = Math.floor(story.nowSeconds / 600);
    expect(lone.frames.map(({ frame }) => frame)).toContainEqual(
      expect.objectContaining({ kind: "ids", window, ids: [mine.id] }),
    );
    lone.frame("a", { kind: "ids", requestId: id, strand: STRAND, window, last: true, ids: [theirs.id] });
    lone.frame("a", { kind: "want", requestId: id, ids: [mine.id] });
    lone.frame("a", end(id));
    lone.clock.advance(20);
    expect(lone.frames.map(({ frame }) => frame)).toContainEqual({ kind: "want", requestId: id, ids: [theirs.id] });
    expect(lone.frames.some(({ frame }) => frame.kind === "records")).toBe(true);
    expect(statuses(lone, id)).toEqual([]);
    lone.records("a", id, [theirs.envelope]);
    expect(statuses(lone, id)).toEqual(["ok"]);
    expect(node.engine.entry(theirs.id)).toBeDefined();
    expect(lone.faultsOf("a")).toEqual([]);
    const report = node.engine.syncReport(true).strands.find(({ strand }) => strand === STRAND);
    expect(report).toMatchObject({ inSync: true, peers: 1, equalPeers: 1 });
    expect(node.engine.syncReport(false).inSync).toBe(false);
  });

  test("a peer that withholds records that it listed is not equal, and gets the status unknown", () => {
    const lone = worldWith("a");
    const id = requestId();
    lone.request("a", windows(id));
    const window = Math.floor(lone.story.nowSeconds / 600);
    lone.frame("a", { kind: "ids", requestId: id, strand: STRAND, window, last: true, ids: [keyOf("nothing")] });
    lone.frame("a", end(id));
    lone.clock.advance(40_000);
    expect(statuses(lone, id)).toEqual(["unknown"]);
    expect(lone.node.engine.syncReport(true).inSync).toBe(false);
  });

  test("records that were not requested are dropped and lower the score of the sender", () => {
    const lone = worldWith("a");
    const { story, node } = lone;
    const [asked, extra] = [story.task(author(1), story.nowSeconds + 60), story.task(author(2), story.nowSeconds + 60)];
    const id = requestId();
    lone.request("a", windows(id));
    const window = Math.floor(story.nowSeconds / 600);
    lone.frame("a", { kind: "ids", requestId: id, strand: STRAND, window, last: true, ids: [asked.id] });
    lone.frame("a", end(id));
    lone.records("a", id, [extra.envelope, asked.envelope]);
    expect(node.engine.entry(extra.id)).toBeUndefined();
    expect(node.engine.entry(asked.id)).toBeDefined();
    lone.records("a", requestId(), [extra.envelope]);
    expect(node.engine.entry(extra.id)).toBeUndefined();
    expect(lone.faultsOf("a")).toEqual(["unsolicited", "unsolicited"]);
  });

  const FIRST_WINDOW = DAY * 144;
  const [LOW, MIDDLE, HIGH] = ["a", "b", "c"].map(keyOf).sort() as [string, string, string];
  test.each([
    ["windows that do not descend", [FIRST_WINDOW, FIRST_WINDOW + 1], [[LOW], [MIDDLE]], true],
    ["the same window twice", [FIRST_WINDOW, FIRST_WINDOW], [[LOW], [MIDDLE]], true],
    ["frames of one window whose ids do not ascend", [FIRST_WINDOW, FIRST_WINDOW], [[LOW, HIGH], [MIDDLE]], false],
    ["a window that another one interrupts", [FIRST_WINDOW + 1, FIRST_WINDOW], [[LOW], [MIDDLE]], false],
    ["a frame without ids", [FIRST_WINDOW + 1, FIRST_WINDOW], [[LOW], []], true],
    ["a window of the day before the asked days", [FIRST_WINDOW, FIRST_WINDOW - 1], [[LOW], [MIDDLE]], true],
    ["a window of the day after the asked days", [FIRST_WINDOW + 144], [[LOW]], true],
  ])("%s end the exchange and lower the score of the sender", (_, order, ids, last) => {
    const lone = worldWith("a");
    const id = requestId();
    lone.request("a", windows(id));
    order.forEach((window, at) => {
      expect(lone.faultsOf("a")).toEqual([]);
      lone.frame("a", { kind: "ids", requestId: id, strand: STRAND, window, last, ids: ids[at] ?? [] });
    });
    expect(lone.faultsOf("a")).toEqual(["unsolicited"]);
    expect(lone.node.engine.waiting().openRequests).toBe(0);
    lone.frame("a", { kind: "ids", requestId: id, strand: STRAND, window: FIRST_WINDOW - 9, last, ids: [LOW] });
    expect(lone.faultsOf("a")).toEqual(["unsolicited"]);
  });

  test("an id that is requested twice is served twice and counts twice", () => {
    const lone = worldWith("a");
    const { story, node } = lone;
    const records = [0, 1].map((i) => story.publish(node, story.task(author(i), story.nowSeconds + 60)));
    const id = requestId();
    lone.request("a", windows(id));
    for (const _ of records) lone.frame("a", { kind: "want", requestId: id, ids: [records[0]?.id ?? ""] });
    lone.frame("a", end(id));
    lone.clock.advance(20);
    expect(node.effects.filter(({ kind }) => kind === "serve_records")).toHaveLength(2);
    expect(statuses(lone, id)).toEqual(["ok"]);
    expect(lone.faultsOf("a")).toEqual([]);
  });

  test("listed ids are served once: a peer that requests more is charged", () => {
    const lone = worldWith("a");
    const { story, node } = lone;
    const mine = story.publish(node, story.task(author(0), story.nowSeconds + 60));
    const id = requestId();
    lone.request("a", windows(id));
    lone.frame("a", { kind: "want", requestId: id, ids: [mine.id] });
    expect(lone.faultsOf("a")).toEqual([]);
    lone.frame("a", { kind: "want", requestId: id, ids: [mine.id] });
    expect(lone.faultsOf("a")).toEqual(["unsolicited"]);
    expect(node.effects.filter(({ kind }) => kind === "serve_records")).toHaveLength(1);
  });

  test("an incomplete listing is marked, and neither side calls the strand equal", () => {
    const lone = new LoneWorld({ limits: { listed_ids: 2 } });
    lone.peer("a");
    const { story, node } = lone;
    for (const i of [1, 2, 3]) {
      const seconds = story.nowSeconds - 600 * i;
      story.publish(node, story.task(author(i), story.nowSeconds, { seconds }));
    }
    const id = requestId();
    lone.request("a", windows(id));
    lone.frame("a", end(id));
    lone.clock.advance(20);
    expect(statuses(lone, id)).toEqual(["unknown"]);
    expect(node.engine.syncReport(true).strands.find(({ strand }) => strand === STRAND)?.equalPeers).toBe(0);
  });

  test("peers that keep exchanges open can't use the room for exchanges that this node opens", () => {
    const lone = new LoneWorld({ limits: { window_exchanges: 4 } });
    for (const i of [0, 1, 2, 3, 4, 5]) {
      lone.peer(`p${i}`);
      lone.request(`p${i}`, windows(requestId()));
    }
    lone.peer("honest", { dialed: true });
    expect(lone.asked("honest", "windows")).toHaveLength(1);
  });

  test("refused ids are not requested again on the connection", () => {
    const lone = worldWith("a");
    const { story } = lone;
    const old = story.task(author(1), story.nowSeconds - 50 * 86_400 + 60, { seconds: story.nowSeconds - 50 * 86_400 });
    for (const wanted of [1, 0]) {
      const id = requestId();
      lone.frames.length = 0;
      lone.clock.advance(1000);
      lone.request("a", windows(id));
      lone.frame("a", { kind: "ids", requestId: id, strand: STRAND, window: FIRST_WINDOW, last: true, ids: [old.id] });
      lone.frame("a", end(id));
      expect(lone.frames.filter(({ frame }) => frame.kind === "want")).toHaveLength(wanted);
      if (wanted === 1) lone.records("a", id, [old.envelope]);
    }
  });

  test("the dialer opens exchanges after the hello, after the first subscription, then every 30 s", () => {
    const lone = new LoneWorld();
    lone.peer("a", { dialed: true });
    expect(lone.asked("a", "windows")).toHaveLength(1);
    lone.node.step({ kind: "peer_gone", peer: "a" });
    lone.clock.advance(1000);
    lone.peer("a", { dialed: true });
    lone.node.step({ kind: "peer_subscribed", peer: "a" });
    const answer = (): void =>
      lone.respond("a", { requestId: lone.asked("a", "windows").at(-1) ?? "", status: "ok", items: 0, bytes: 0n });
    answer();
    lone.clock.advance(3000);
    expect(lone.asked("a", "windows")).toHaveLength(3);
    answer();
    lone.clock.advance(31_000);
    expect(lone.asked("a", "windows")).toHaveLength(4);
    expect(worldWith("b").asked("b", "windows")).toHaveLength(0);
  });
});
