import { describe, expect, test } from "vitest";
import { SharedRoom } from "../../src/engine/bounded/shared-room.js";
import { FRAME_CHUNK_BYTES } from "../../src/protocol/frames.js";
import type { LoneWorld } from "../support/simulation/lone-world.js";
import { author, type Made } from "../support/simulation/story.js";
import { worldWith } from "./lone-exchange.js";

const LIAR = author(90);

/** Validations by one author, each with a body that no node has. */
function bodiless(lone: LoneWorld, count: number): Made[] {
  const { story } = lone;
  const ref = { taskId: author(91), taskType: 4, t0: story.nowSeconds };
  return Array.from({ length: count }, (_, i) => {
    const submission = story.submission(author(92), ref, { number: i }, `answer ${i}`);
    return story.copiedBody(LIAR, submission);
  });
}

/** Answers every request of a kind with "unknown", once. */
function refuser(lone: LoneWorld, kind: "body" | "task"): (peer: string) => number {
  const done = new Set<string>();
  return (peer) => {
    const open = lone.asked(peer, kind).filter((id) => !done.has(id));
    for (const id of open) {
      done.add(id);
      lone.respond(peer, { requestId: id, status: "unknown", items: 0, bytes: 0n });
    }
    return open.length;
  };
}

function bodyOf(made: Made): { readonly hash: string; readonly length: number } {
  if (!("body" in made.payload) || made.payload.body === undefined) throw new Error("a record with a body");
  return made.payload.body;
}

function askedHashes(lone: LoneWorld): string[] {
  return lone.node.effects.flatMap((effect) =>
    effect.kind === "send_request" && effect.request.kind === "body" ? [effect.request.hash] : [],
  );
}

describe("bodies that one author makes others wait for", () => {
  test("bodies that one author makes others wait for do not delay the bodies of another author", () => {
    const lone = worldWith("a");
    const fakes = bodiless(lone, 60);
    lone.gossip(
      "a",
      fakes.map(({ envelope }) => envelope),
    );
    lone.clock.advance(1100);
    const task = lone.story.task(author(0), lone.story.nowSeconds + 3600);
    lone.gossip("a", [task.envelope]);
    const refuse = refuser(lone, "body");
    for (let i = 0; i < 4; i++) {
      refuse("a");
      lone.clock.advance(1100);
    }
    expect(askedHashes(lone)).toContain(bodyOf(task).hash);
  });

  test("share a room with turns, in which the owner with the most keys loses one", () => {
    const room = new SharedRoom(4);
    for (const key of ["x1", "x2", "x3", "x4"]) room.take("x", key);
    expect(room.take("x", "x5")).toEqual({ taken: false, gone: undefined });
    expect(room.take("y", "y1")).toEqual({ taken: true, gone: "x1" });
    expect(room.take("y", "y2")).toEqual({ taken: true, gone: "x2" });
    expect(room.take("y", "y3").taken).toBe(false);
    expect([...room.inTurns()]).toEqual(["x3", "y1", "x4", "y2"]);
    room.served("x3");
    expect([...room.inTurns()]).toEqual(["y1", "x3", "y2", "x4"]);
  });
});

describe("attempts to fetch a task or a body", () => {
  test("attempts to fetch a task or a body are not used up by a peer that reconnects repeatedly", () => {
    const lone = worldWith("a");
    const task = lone.story.task(author(0), lone.story.nowSeconds + 3600);
    lone.gossip("a", [task.envelope]);
    lone.clock.advance(1100);
    const refuse = refuser(lone, "body");
    // The rounds of the first minute follow each other soon.
    for (let second = 0; second < 120; second++) {
      refuse("a");
      lone.clock.advance(1000);
    }
    for (let i = 0; i < 6; i++) {
      lone.peer("restless");
      lone.clock.advance(600);
      expect(refuse("restless")).toBe(1);
      lone.node.step({ kind: "peer_gone", peer: "restless" });
    }
    expect(refuse("a")).toBe(0);
    expect(lone.node.engine.syncReport(true).bodies.missing).toBe(1);
  });

  test("continue with peers that were not asked before, whatever their score", () => {
    const peers = ["a", "b", "c", "d", "e", "f", "g"];
    const lone = worldWith(...peers);
    lone.gossip("a", [lone.story.task(author(0), lone.story.nowSeconds + 3600).envelope]);
    const refuse = refuser(lone, "body");
    const asked = new Set<string>();
    for (let i = 0; i < 900; i++) {
      lone.clock.advance(1000);
      for (const peer of peers) if (refuse(peer) > 0) asked.add(peer);
    }
    expect([...asked].sort()).toEqual(peers);
  });

  test("last as long as a slow peer continues to send", () => {
    const lone = worldWith("a");
    const size = 6 * FRAME_CHUNK_BYTES;
    const task = lone.story.task(author(0), lone.story.nowSeconds + 3600, {}, 4, size);
    lone.gossip("a", [task.envelope]);
    lone.clock.advance(1100);
    const [id] = lone.asked("a", "body");
    for (let offset = 0; offset < task.body.length; offset += FRAME_CHUNK_BYTES) {
      lone.clock.advance(20_000);
      const bytes = task.body.subarray(offset, offset + FRAME_CHUNK_BYTES);
      lone.frame("a", { kind: "body", requestId: id ?? "", offset, bytes });
    }
    expect(lone.node.disk.bodies.has(bodyOf(task).hash)).toBe(true);
  });

  test("continue after a response without a tick", () => {
    const lone = worldWith("a");
    for (const i of [0, 1, 2]) lone.gossip("a", [lone.story.task(author(i), lone.story.nowSeconds + 3600).envelope]);
    lone.clock.advance(1100);
    const refuse = refuser(lone, "body");
    expect([refuse("a"), refuse("a"), refuse("a")]).toEqual([1, 1, 1]);
  });
});

describe("an announcement with a wrong length of its body", () => {
  test.each([
    ["too short", FRAME_CHUNK_BYTES + 7],
    ["too short by whole chunks", FRAME_CHUNK_BYTES],
    ["too long", 3 * FRAME_CHUNK_BYTES],
  ])("%s: is no fault of a peer that serves the right bytes", (_, length) => {
    const lone = worldWith("a");
    const made = lone.story.task(author(0), lone.story.nowSeconds + 3600, {}, 4, 2 * FRAME_CHUNK_BYTES);
    const lie = lone.story.withBody(author(1), made, { hash: bodyOf(made).hash, length });
    lone.gossip("a", [lie.envelope]);
    lone.clock.advance(1100);
    const id = lone.asked("a", "body")[0] ?? "";
    for (let offset = 0; offset < made.body.length; offset += FRAME_CHUNK_BYTES) {
      const bytes = made.body.subarray(offset, offset + FRAME_CHUNK_BYTES);
      lone.frame("a", { kind: "body", requestId: id, offset, bytes });
    }
    lone.respond("a", { requestId: id, status: "ok", items: 1, bytes: 1n });
    expect(lone.faultsOf("a")).toEqual([]);
    expect(lone.node.engine.sizes().held_bodies).toBe(0);
  });
});
