import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { EngineEffect } from "../../src/engine/effects.js";
import { type PeerScore, SCORED_PEERS_MAX, START_SCORE } from "../../src/engine/peers/peer-scoring.js";
import { decodeScores, encodeScores, SCORES_META_KEY } from "../../src/engine/peers/score-codec.js";
import { encodeFrame } from "../../src/protocol/frames.js";
import { encodePeerScoreUpdate, SCORES_MAX } from "../../src/protocol/sync-messages.js";
import { keyOf, signEnvelope } from "../support/simulation/fake-signer.js";
import { LoneWorld } from "../support/simulation/lone-world.js";
import { author } from "../support/simulation/story.js";

const DAY_MS = 86_400_000;

/** A world after the first tick of its scheduler. */
function world(...peers: string[]): LoneWorld {
  const lone = new LoneWorld();
  for (const peer of peers) lone.peer(peer);
  lone.clock.advance(2000);
  return lone;
}

let authors = 0;

function useful(lone: LoneWorld, peer: string, count = 1): void {
  for (let i = 0; i < count; i++) {
    lone.gossip(peer, [lone.story.task(author(++authors), lone.story.nowSeconds + 3600).envelope]);
  }
}

function overall(lone: LoneWorld, peer: string): number {
  const report = lone.node.engine.peerReports(lone.story.nowSeconds).find((found) => found.peer === peer);
  return report?.score.overall ?? -1;
}

function kept(lone: LoneWorld): EngineEffect[] {
  return lone.node.effects.filter(
    (effect) => effect.kind === "persist" && effect.writes.some((write) => write.kind === "put_meta"),
  );
}

function sent(lone: LoneWorld): Extract<EngineEffect, { kind: "send_scores" }>[] {
  return lone.node.effects.filter((effect) => effect.kind === "send_scores");
}

describe("scores on the disk", () => {
  const score = fc.record({
    key: fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString("hex")),
    reliability: fc.nat(10_000),
    responsiveness: fc.nat(10_000),
    quality: fc.nat(10_000),
    updatedSeconds: fc.nat(2 ** 40),
    interactionCount: fc.nat(2 ** 31),
    lastChange: fc.option(
      fc.record({ reason: fc.constantFrom("useful", "bad_signature", "duplicate"), atSeconds: fc.nat(2 ** 40) }),
      { nil: undefined },
    ),
  }) as fc.Arbitrary<PeerScore>;
  const scores = fc.uniqueArray(score, { maxLength: 20, selector: ({ key }) => key });

  test("scores on the disk are read as they were written, and invalid bytes are refused as a whole", () => {
    fc.assert(
      fc.property(scores, fc.nat(), fc.integer({ min: 1, max: 255 }), (some, at, flip) => {
        const bytes = encodeScores(some);
        expect(decodeScores(bytes)).toEqual(some);
        expect(decodeScores(bytes.subarray(0, at % bytes.length))).toBeUndefined();
        expect(decodeScores(Buffer.concat([bytes, Buffer.of(0)]))).toBeUndefined();
        const damaged = bytes.slice();
        damaged[at % bytes.length] = (damaged[at % bytes.length] as number) ^ flip;
        // Bytes with a flipped bit are unreadable, or decode to scores in range.
        for (const read of decodeScores(damaged) ?? []) {
          expect(Math.max(read.reliability, read.responsiveness, read.quality)).toBeLessThanOrEqual(10_000);
        }
      }),
    );
  });

  test("scores on the disk are bounded in number when written and when read", () => {
    const many = Array.from({ length: SCORED_PEERS_MAX + 5 }, (_, i): PeerScore => {
      const parts = { reliability: 1, responsiveness: 2, quality: 3 };
      return { key: keyOf(`${i}`), ...parts, updatedSeconds: 1, interactionCount: 1, lastChange: undefined };
    });
    const bytes = encodeScores(many);
    expect(decodeScores(bytes)).toEqual(many.slice(5));
    const over = bytes.slice();
    over[2] = (over[2] as number) + 1;
    expect(decodeScores(over)).toBeUndefined();
  });

  test("changed scores are written at most every 30 s, and restored with their decay after a crash", () => {
    const lone = world("a");
    useful(lone, "a", 3);
    lone.clock.advance(31_000);
    expect(kept(lone)).toHaveLength(1);
    lone.clock.advance(300_000);
    expect(kept(lone)).toHaveLength(1);
    const before = overall(lone, "a");
    expect(before).toBeGreaterThan(START_SCORE);
    // The next own record syncs the disk.
    lone.story.publish(lone.node, lone.story.task(author(++authors), lone.story.nowSeconds + 3600));
    lone.node.crash();
    lone.clock.advance(30 * DAY_MS);
    lone.node.restart();
    lone.peer("a");
    const after = overall(lone, "a");
    expect(after).toBeLessThan(before);
    expect(after).toBeGreaterThan(START_SCORE);
    const [report] = lone.node.engine.peerReports(lone.story.nowSeconds);
    expect(report).toMatchObject({ interactions: 3, lastChange: { reason: "useful" } });
    expect(lone.node.engine.restoreScores(Uint8Array.of(9, 9))).toBe(false);
  });

  test("dated in the future by a wrong clock decay from now on", () => {
    const lone = new LoneWorld();
    const ahead = lone.story.nowSeconds + 400 * 86_400;
    const parts = { reliability: 10_000, responsiveness: 10_000, quality: 10_000 };
    const one = { key: keyOf("node a"), ...parts, updatedSeconds: ahead, interactionCount: 1, lastChange: undefined };
    expect(lone.node.engine.restoreScores(encodeScores([one]))).toBe(true);
    lone.peer("a");
    lone.clock.advance(DAY_MS);
    expect(overall(lone, "a")).toBe(9950);
  });

  test("changed since the last tick are written at the end of the process", () => {
    const lone = world("a");
    expect(lone.node.engine.lastWrites()).toEqual([]);
    useful(lone, "a");
    const checkpoint = { kind: "put_checkpoint" };
    expect(lone.node.engine.lastWrites()).toMatchObject([{ kind: "put_meta", key: SCORES_META_KEY }, checkpoint]);
    expect(lone.node.engine.lastWrites()).toEqual([]);
  });
});

describe("the score of a delivery", () => {
  test("the score of a delivery goes to the delivering peer, never to the author or signer of a record", () => {
    const lone = new LoneWorld();
    // The node key of this peer also signs records.
    for (const name of ["writer", "relay"]) lone.peer(name);
    const made = lone.story.task(keyOf("node writer"), lone.story.nowSeconds + 3600);
    lone.gossip("relay", [made.envelope]);
    for (let i = 0; i < 300; i++) lone.gossip("relay", [made.envelope]);
    const reports = new Map(lone.node.engine.peerReports(lone.story.nowSeconds).map((report) => [report.peer, report]));
    expect(reports.get("writer")).toMatchObject({ interactions: 0, score: { overall: START_SCORE } });
    expect(reports.get("relay")?.lastChange?.reason).toBe("duplicate");
    expect(reports.get("relay")?.score.reliability).toBeLessThan(6000);
  });
});

describe("the peers that a node asks for a task", () => {
  test("a node asks three peers in an attempt: the best of those that named the task, then the best of all", () => {
    const lone = world("good", "fair", "poor", "best");
    useful(lone, "best", 4);
    useful(lone, "good", 3);
    useful(lone, "fair", 1);
    const unknown = { taskId: keyOf("far task"), taskType: 4, t0: lone.story.nowSeconds };
    const asked = (): string[] =>
      lone.node.effects.flatMap((effect) =>
        effect.kind === "send_request" && effect.request.kind === "task" ? [effect.peer] : [],
      );
    // Each sends a record of the task. The only one known is asked at once; then the best of the others.
    for (const [i, name] of ["poor", "fair", "good"].entries()) {
      lone.gossip(name, [lone.story.submission(author(500 + i), unknown).envelope]);
    }
    for (let i = 0; i < 3; i++) {
      lone.clock.advance(1100);
      const name = asked()[i] as string;
      const [requestId] = lone.asked(name, "task") as [string];
      lone.respond(name, { requestId, status: "unknown", items: 0, bytes: 0n });
    }
    expect(asked()).toEqual(["poor", "good", "fair"]);
    lone.clock.advance(300_000);
    expect(asked()).toHaveLength(3);
    lone.clock.advance(80_000);
    // The next attempt asks a holder first again, then peers not asked before.
    const [again] = asked().slice(3);
    expect(again).toBe("good");
    const id = lone.asked("good", "task").at(-1) as string;
    lone.respond("good", { requestId: id, status: "unknown", items: 0, bytes: 0n });
    lone.clock.advance(1100);
    expect(asked()[4]).toBe("best");
  });
});

describe("reported scores", () => {
  const basis = (key: string, basisPoints: number): Uint8Array => encodePeerScoreUpdate([{ key, basisPoints }]);
  test("reported scores are sent to each peer at the tick after a change, with at most 64 node keys", () => {
    const lone = world();
    for (let i = 0; i < SCORES_MAX + 6; i++) {
      lone.peer(`p${i}`);
      useful(lone, `p${i}`);
    }
    lone.peer("stranger");
    lone.clock.advance(31_000);
    const [update] = sent(lone);
    expect(update?.scores).toHaveLength(SCORES_MAX);
    const keys = update?.scores.map(({ key }) => key) ?? [];
    expect(keys).toEqual([...new Set(keys)].sort());
    expect(keys).not.toContain(keyOf("node stranger"));
    expect(update?.peers).toContain("stranger");
    lone.clock.advance(300_000);
    expect(sent(lone)).toHaveLength(1);
    lone.peer("late");
    lone.clock.advance(31_000);
    expect(sent(lone).at(-1)?.peers).toEqual(["late"]);
  });

  test("reported scores never contain scores that peers reported", () => {
    const lone = world("a", "b");
    useful(lone, "a", 3);
    lone.reportScores("a", basis(keyOf("node b"), 10_000));
    lone.reportScores("a", basis(keyOf("node nobody"), 1));
    lone.clock.advance(31_000);
    expect(sent(lone).flatMap(({ scores }) => scores.map(({ key }) => key))).toEqual([keyOf("node a")]);
    expect(overall(lone, "b")).toBe(START_SCORE);
  });

  /** Two peers that only their keys rank: the one asked first, and the other. */
  const [first, second] = ["b", "c"].sort((x, y) => (keyOf(`node ${x}`) < keyOf(`node ${y}`) ? -1 : 1)) as [
    string,
    string,
  ];

  /** The one of the two that is asked for a task, after a third peer reported a score of the other and left. */
  function choice(prepare: (lone: LoneWorld) => void): string | undefined {
    const lone = world(first, second, "third");
    prepare(lone);
    lone.node.step({ kind: "peer_gone", peer: "third" });
    lone.node.step({ kind: "sync_task", taskId: keyOf("wanted") });
    const asked = lone.node.effects.find((effect) => effect.kind === "send_request" && effect.request.kind === "task");
    return asked?.kind === "send_request" ? asked.peer : undefined;
  }

  function praise(lone: LoneWorld, basisPoints = 10_000): void {
    lone.reportScores("third", basis(keyOf(`node ${second}`), basisPoints));
  }

  test("decide between equal peers for ten minutes, if their sender is above the start score", () => {
    expect(choice(() => undefined)).toBe(first);
    expect(choice((lone) => praise(lone))).toBe(first);
    const receiveScores = (lone: LoneWorld): void => {
      useful(lone, "third");
      praise(lone);
    };
    expect(choice(receiveScores)).toBe(second);
    expect(
      choice((lone) => {
        receiveScores(lone);
        lone.clock.advance(610_000);
      }),
    ).toBe(first);
  });

  test("reported scores change the rank of a peer by at most 0.05, up or down", () => {
    // Two useful records raise the score by 0.08.
    const better = (lone: LoneWorld): void => {
      useful(lone, "third");
      useful(lone, first, 2);
      praise(lone);
    };
    expect(choice(better)).toBe(first);
    const worse = (lone: LoneWorld): void => {
      useful(lone, "third");
      useful(lone, second, 2);
      praise(lone, 0);
    };
    expect(choice(worse)).toBe(second);
  });

  test("reported scores are refused from unknown peers, by another key, over gossip or with invalid bytes", () => {
    const lone = new LoneWorld();
    const size = (): number => lone.node.engine.sizes().reported_scores;
    lone.reportScores("stranger", basis(keyOf("x"), 1));
    expect(size()).toBe(0);
    lone.peer("a");
    const at = lone.story.nowSeconds;
    const update = signEnvelope(
      lone.identity,
      { type: 5, sender: keyOf("node a"), timestampSeconds: at },
      basis(keyOf("x"), 1),
    );
    expect(lone.gossip("a", [update])).toEqual({ acceptance: "reject", code: "type_not_gossiped" });
    lone.reportScores("a", Uint8Array.of(1, 2, 3));
    lone.peer("b");
    const other = signEnvelope(
      lone.identity,
      { type: 5, sender: keyOf("node a"), timestampSeconds: at },
      basis(keyOf("x"), 1),
    );
    lone.node.hearFrame("b", scoresFrame(other));
    lone.clock.advance(50);
    expect(size()).toBe(0);
    expect(lone.faultsOf("b")).toEqual(["not_hello_key"]);
    lone.reportScores("a", basis(keyOf("x"), 1));
    expect(size()).toBe(1);
    lone.clock.advance(650_000);
    expect(size()).toBe(0);
  });
});

function scoresFrame(envelope: Uint8Array): Uint8Array {
  return encodeFrame({ kind: "scores", requestId: "0".repeat(32), envelope });
}
