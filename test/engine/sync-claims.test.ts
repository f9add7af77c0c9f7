import { describe, expect, test } from "vitest";
import { Clock } from "../support/simulation/clock.js";
import { keyOf } from "../support/simulation/fake-signer.js";
import { SimNetwork } from "../support/simulation/sim-network.js";
import { SimNode } from "../support/simulation/sim-node.js";
import { author, type Made, START_SECONDS, Story } from "../support/simulation/story.js";
import { worldWith } from "./lone-exchange.js";

const RECORDS = 120;

function hashOf({ payload }: Made): string {
  return "body" in payload && payload.body !== undefined ? payload.body.hash : "";
}

describe("the sync report", () => {
  const seed = Number(process.env.SIM_SEED ?? Date.now() % 100_000);
  console.info(`SIM_SEED=${seed}`);

  test("the sync report is in sync only when every body is held, also after a restart", () => {
    const network = new SimNetwork(new Clock(START_SECONDS * 1000), seed);
    const story = new Story(network);
    const [old, lacking, late] = ["old", "lacking", "late"].map((name) => network.add(new SimNode(network, name))) as [
      SimNode,
      SimNode,
      SimNode,
    ];
    const made = Array.from({ length: RECORDS }, (_, i) =>
      story.publish(
        old,
        story.task(author(i % 20), story.nowSeconds + 3600, { number: Math.floor(i / 20) }, 4, 64 + i),
      ),
    );
    // This peer holds all records and lost all bodies.
    network.connect(lacking, old);
    network.clock.advance(60_000);
    network.crash(lacking);
    lacking.disk.bodies.clear();
    lacking.restart();
    for (const { id } of made) expect(lacking.engine.entry(id)).toBeDefined();
    expect(lacking.engine.syncReport(true).bodies.missing).toBe(RECORDS);

    network.connect(late, lacking);
    let restarted = false;
    let falseReports = 0;
    const look = (): void => {
      const { inSync, bodies } = late.engine.syncReport(true);
      const held = made.filter((one) => late.disk.bodies.has(hashOf(one))).length;
      expect(bodies.held).toBe(held);
      if (inSync && held < RECORDS) falseReports++;
      if (!restarted && held > RECORDS / 4) {
        restarted = true;
        network.crash(late);
        network.clock.advance(1000);
        late.restart();
        const missing = RECORDS - made.filter((one) => late.disk.bodies.has(hashOf(one))).length;
        expect(late.engine.syncReport(true).bodies.missing).toBeGreaterThanOrEqual(missing);
        network.connect(late, old);
        network.connect(late, lacking);
      }
    };
    for (let i = 0; i < 20; i++) {
      network.clock.advance(1000);
      look();
    }
    // The strand is equal because both nodes hold no record of it.
    expect(late.engine.syncReport(true).strands.find(({ strand }) => strand === "040000")?.inSync).toBe(true);
    expect(late.engine.syncReport(true).bodies.missing).toBe(RECORDS);
    network.connect(late, old);
    for (let i = 0; i < 1200 && !late.engine.syncReport(true).inSync; i++) {
      network.clock.advance(100);
      look();
    }
    expect(restarted).toBe(true);
    expect(falseReports).toBe(0);
    expect(late.engine.syncReport(true)).toMatchObject({ inSync: true, set: "whole", lackingRecords: 0 });
    expect(made.filter((one) => !late.disk.bodies.has(hashOf(one)))).toEqual([]);
    for (const { faults } of [old, late]) expect(faults).toEqual([]);
  });

  test("the sync report does not wait for an answer that this node may not have before the deadline", () => {
    const lone = worldWith("a");
    const { story, node } = lone;
    const task = story.publish(node, story.task(author(0), story.nowSeconds + 600));
    // An author with a submission may not see the submissions of others.
    story.publish(node, story.submission(node.authorKey, task.task));
    lone.gossip("a", [story.submission(author(1), task.task).envelope]);
    expect(node.engine.syncReport(true).bodies).toMatchObject({ held: 2, missing: 0, withheld: 1 });
    lone.clock.advance(610_000);
    expect(node.engine.syncReport(true).bodies).toMatchObject({ held: 2, missing: 1, withheld: 0 });
  });

  test("the sync report counts the body of a submission as missing once its task arrives later", () => {
    const lone = worldWith("a");
    const { story, node } = lone;
    const task = story.task(author(0), story.nowSeconds + 600);
    const answers = [1, 2].map((i) => story.submission(author(i), task.task));
    for (const { envelope } of answers) lone.gossip("a", [envelope]);
    expect(node.engine.syncReport(true).bodies).toMatchObject({ missing: 0, withheld: 2 });
    lone.gossip("a", [task.envelope]);
    expect(node.engine.syncReport(true).bodies).toMatchObject({ missing: 3, withheld: 0 });
    lone.clock.advance(10);
    expect(lone.asked("a", "body")).toHaveLength(1);
  });

  test("the sync report does not wait for submissions to an unknown task", () => {
    const lone = worldWith("a");
    const unknown = { taskId: keyOf("no task"), taskType: 4, t0: lone.story.nowSeconds };
    lone.gossip("a", [lone.story.submission(author(1), unknown).envelope]);
    expect(lone.node.engine.syncReport(true).bodies).toMatchObject({ missing: 0, withheld: 1 });
  });

  test("contains the number of missing records, which one peer alone can't invent", () => {
    const lone = worldWith("a", "b");
    const listing = (peer: string, count: number): void => {
      lone.request(peer, {
        kind: "windows",
        requestId: keyOf(peer).slice(0, 32),
        strands: ["040000"],
        fromDay: 0,
        toDay: 30_000,
      });
      const ids = Array.from({ length: count }, (_, i) => keyOf(`${peer} ${i}`)).sort();
      const requestId = keyOf(peer).slice(0, 32);
      const strand = "040000";
      lone.frame(peer, { kind: "ids", requestId, strand, window: 7, last: true, ids });
      lone.frame(peer, { kind: "ids", requestId, strand, window: 2 ** 32 - 1, last: true, ids: [] });
    };
    listing("a", 500);
    expect(lone.node.engine.syncReport(true)).toMatchObject({ lackingRecords: 500, set: "catching_up", inSync: false });
    listing("b", 30);
    expect(lone.node.engine.syncReport(true).lackingRecords).toBe(30);
  });
});
