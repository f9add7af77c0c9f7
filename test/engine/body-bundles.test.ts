import { describe, expect, test } from "vitest";
import { BODY_BUNDLES } from "../../src/engine/index.js";
import type { BodyPart } from "../../src/protocol/body-parts.js";
import { keyOf } from "../support/simulation/fake-signer.js";
import { author, type Made } from "../support/simulation/story.js";
import { askedForTwo, end, gossip, hashOf, parts, requests, tasks, whole, worldOf } from "./bundle-world.js";
import { requestId } from "./lone-exchange.js";

describe("requests for many bodies", () => {
  test("a peer with the feature is asked for many bodies in one request, another one body by body", () => {
    const lone = worldOf("a");
    lone.peer("old");
    gossip(lone, "a", tasks(lone, 40).values());
    lone.clock.advance(10);
    expect(requests(lone, "a").map(({ hashes }) => hashes.length)).toEqual([40]);
    lone.node.step({ kind: "peer_gone", peer: "a" });
    lone.clock.advance(1100);
    expect(lone.asked("old", "body").length).toBe(1);
    expect(lone.asked("old", "bodies")).toEqual([]);
  });

  test("answers are stored as they come, and more is in flight the more a peer delivers", () => {
    const lone = worldOf("a");
    const made = tasks(lone, 1000);
    gossip(lone, "a", made.values());
    lone.clock.advance(10);
    expect(requests(lone, "a").flatMap(({ hashes }) => hashes).length).toBe(128);
    const seen: number[] = [];
    for (let i = 0; i < 100 && lone.node.disk.bodies.size < 1000; i++) {
      const request = requests(lone, "a")[i];
      if (request === undefined) throw new Error("no further request");
      const answers = request.hashes.flatMap((hash) => [made.get(hash)].flatMap((one) => (one ? [whole(one)] : [])));
      parts(lone, "a", request.requestId, answers);
      seen.push(lone.node.engine.sizes().bodies_in_flight);
      expect(lone.node.engine.sizes().bodies_in_flight).toBeLessThanOrEqual(1024);
      end(lone, "a", request.requestId);
    }
    expect(lone.node.disk.bodies.size).toBe(1000);
    expect(Math.max(...seen)).toBeGreaterThan(300);
    expect(lone.faultsOf("a")).toEqual([]);
    expect(lone.node.engine.sizes()).toMatchObject({ bodies_in_flight: 0, body_bytes_in_flight: 0 });
  });

  test("each body has its own answer, and only those that did not come are requested from another peer", () => {
    const lone = worldOf("a", "b");
    const made = tasks(lone, 4);
    gossip(lone, "a", made.values());
    lone.clock.advance(10);
    const [request] = requests(lone, "a");
    const [first, second, third, fourth] = request?.hashes ?? [];
    const [one, two] = [first, fourth].map((hash) => made.get(hash ?? "")) as [Made, Made];
    parts(lone, "a", request?.requestId ?? "", [whole(one), { status: "unknown" }, { status: "not_yet" }, whole(two)]);
    end(lone, "a", request?.requestId ?? "");
    lone.clock.advance(10);
    expect([...(requests(lone, "b")[0]?.hashes ?? [])].sort()).toEqual([second, third].sort());
    expect(lone.node.disk.bodies.size).toBe(2);
    expect(lone.faultsOf("a")).toEqual([]);
  });

  test("two peers with one node key are both asked", () => {
    const lone = worldOf("a");
    for (const peer of ["b", "c"])
      lone.peer(peer, { addressGroup: peer, features: [BODY_BUNDLES], key: keyOf("node shared") });
    gossip(lone, "a", tasks(lone, 1).values());
    for (const peer of ["a", "b", "c", "b", "c"]) {
      lone.clock.advance(10);
      const request = requests(lone, peer).at(-1);
      if (request === undefined) continue;
      parts(lone, peer, request.requestId, [{ status: "unknown" }]);
      end(lone, peer, request.requestId);
    }
    expect(["a", "b", "c"].map((peer) => requests(lone, peer).length)).toEqual([1, 1, 1]);
  });

  test("a large body comes in pieces between small ones", () => {
    const lone = worldOf("a");
    const { story } = lone;
    const sizes = [64, 100_000, 64];
    const made = sizes.map((size, i) => story.task(author(i), story.nowSeconds + 3600, {}, 4, size));
    gossip(lone, "a", made);
    lone.clock.advance(10);
    const [request] = requests(lone, "a");
    const byHash = new Map(made.map((one) => [hashOf(one), one]));
    for (const hash of request?.hashes ?? []) {
      const { body = new Uint8Array() } = byHash.get(hash) ?? {};
      for (let at = 0; at < body.length; at += 60_000) {
        const piece: BodyPart = { status: "ok", left: body.length - at, bytes: body.subarray(at, at + 60_000) };
        parts(lone, "a", request?.requestId ?? "", [piece]);
      }
    }
    end(lone, "a", request?.requestId ?? "");
    expect(lone.node.disk.bodies.size).toBe(3);
    expect(lone.faultsOf("a")).toEqual([]);
  });

  const lies: readonly (readonly [string, (made: readonly Made[]) => readonly BodyPart[]])[] = [
    ["another body than the one asked for", ([first]) => [whole({ ...(first as Made), body: keyBytes("lie") })]],
    ["the second body before the first", ([, second]) => [whole(second as Made)]],
    ["a body twice", ([first]) => [whole(first as Made), whole(first as Made)]],
    [
      "more answers than hashes",
      ([first, second]) => [whole(first as Made), whole(second as Made), { status: "unknown" }],
    ],
  ];
  test.each(lies)("%s is a fault, and the rest is requested from another peer", (_, lie) => {
    const { lone, made, request } = askedForTwo();
    parts(lone, "a", request.requestId, lie(request.hashes.map((hash) => made.get(hash) as Made)));
    expect(lone.faultsOf("a")).toEqual(["body_mismatch"]);
    // What follows under the request id is late.
    end(lone, "a", request.requestId);
    expect(lone.faultsOf("a")).toEqual(["body_mismatch"]);
    lone.clock.advance(10);
    const left = request.hashes.filter((hash) => !lone.node.disk.bodies.has(hash));
    expect(requests(lone, "b").flatMap(({ hashes }) => hashes)).toEqual(left);
  });

  const gaps: readonly (readonly [string, BodyPart])[] = [
    ["another answer", { status: "unknown" }],
    ["a piece that leaves a gap", { status: "ok", left: 10, bytes: new Uint8Array(10) }],
    ["the first piece again", { status: "ok", left: 130_000, bytes: new Uint8Array(60_000) }],
  ];
  test.each(gaps)("%s inside an incomplete body is a fault", (_, next) => {
    const { lone, request } = askedForTwo(130_000);
    parts(lone, "a", request.requestId, [{ status: "ok", left: 130_000, bytes: new Uint8Array(60_000) }]);
    expect(lone.faultsOf("a")).toEqual([]);
    parts(lone, "a", request.requestId, [next]);
    expect(lone.faultsOf("a")).toEqual(["body_mismatch"]);
    expect(lone.node.engine.sizes().body_bytes_in_flight).toBe(0);
  });

  test("an end with ok before all answers is a fault, one with busy is not", () => {
    const { lone, request } = askedForTwo();
    end(lone, "a", request.requestId);
    expect(lone.faultsOf("a")).toEqual(["body_mismatch"]);
    const other = askedForTwo();
    end(other.lone, "a", other.request.requestId, "busy");
    expect(other.lone.faultsOf("a")).toEqual([]);
    other.lone.clock.advance(10);
    expect(requests(other.lone, "b")[0]?.hashes.length).toBe(2);
  });

  test("answers and news that were not asked for are faults", () => {
    const lone = worldOf("a");
    parts(lone, "a", requestId(), [{ status: "unknown" }]);
    lone.frame("a", { kind: "body_news", requestId: "0".repeat(32), ids: [keyOf("x")] });
    lone.frame("a", { kind: "body_news", requestId: requestId(), ids: [keyOf("x")] });
    expect(lone.faultsOf("a")).toEqual(["unsolicited", "unsolicited", "unsolicited"]);
  });

  test("the bodies of a silent peer are requested from another one after its usual time", () => {
    const { lone, request } = askedForTwo();
    lone.clock.advance(40_000);
    expect([...(requests(lone, "b")[0]?.hashes ?? [])].sort()).toEqual([...request.hashes].sort());
  });

  test("a peer that sends a body ever more slowly loses its request", () => {
    const { lone, request } = askedForTwo(900_000);
    const [hash] = request.hashes;
    for (let i = 0; i < 15; i++) {
      const left = 900_000 + 64 - i * 60_000;
      parts(lone, "a", request.requestId, [{ status: "ok", left, bytes: new Uint8Array(60_000) }]);
      lone.clock.advance(25_000);
    }
    expect(requests(lone, "b").some(({ hashes }) => hashes.includes(hash ?? ""))).toBe(true);
  });

  test("a body of another length than announced is the fault of its author, not of the peer", () => {
    const lone = worldOf("a");
    const right = lone.story.task(author(0), lone.story.nowSeconds + 3600);
    const wrong = lone.story.withBody(author(1), right, { hash: hashOf(right), length: right.body.length + 1 });
    gossip(lone, "a", [wrong]);
    lone.clock.advance(10);
    const [request] = requests(lone, "a");
    parts(lone, "a", request?.requestId ?? "", [whole(right)]);
    end(lone, "a", request?.requestId ?? "");
    expect(lone.faultsOf("a")).toEqual([]);
    expect(lone.node.engine.missing().bodies.missing).toBe(0);
  });
});

describe("answers to requests for many bodies", () => {
  test("a peer may have eight requests open, which are answered in order, one after another", () => {
    const lone = worldOf("a");
    const made = lone.story.publish(lone.node, lone.story.task(author(0), lone.story.nowSeconds + 3600));
    lone.node.stalled.add("served");
    const ids = Array.from({ length: 9 }, () => requestId());
    for (const id of ids) lone.request("a", { kind: "bodies", requestId: id, hashes: [hashOf(made), keyOf("none")] });
    const served = () => lone.node.effects.flatMap((effect) => (effect.kind === "serve_bodies" ? [effect] : []));
    const ends = () =>
      lone.node.effects.flatMap((effect) =>
        effect.kind === "send_response" ? [[effect.requestId, effect.status]] : [],
      );
    expect(served().map(({ requestId: id }) => id)).toEqual([ids[0]]);
    expect(ends()).toEqual([[ids[8], "busy"]]);
    for (const id of ids.slice(0, 8))
      lone.node.step({ kind: "served", peer: "a", requestId: id, items: 1, bytes: 9, ok: true });
    expect(served().map(({ requestId: id }) => id)).toEqual(ids.slice(0, 8));
    expect(ends().slice(1)).toEqual(ids.slice(0, 8).map((id) => [id, "ok"]));
    const frame = lone.frames.find((sent) => sent.frame.kind === "bodies")?.frame;
    expect(frame?.kind === "bodies" && frame.parts).toEqual([whole(made), { status: "unknown" }]);
    expect(lone.node.engine.sizes().bundles_served).toBe(0);
  });

  test("the disk fails: the request ends with busy and the next one is answered", () => {
    const lone = worldOf("a");
    lone.node.stalled.add("served");
    const ids = [requestId(), requestId()];
    for (const id of ids) lone.request("a", { kind: "bodies", requestId: id, hashes: [keyOf("none")] });
    lone.node.step({ kind: "served", peer: "a", requestId: ids[0] ?? "", items: 0, bytes: 0, ok: false });
    lone.node.step({ kind: "served", peer: "a", requestId: ids[1] ?? "", items: 0, bytes: 0, ok: true });
    const ends = lone.node.effects.flatMap((effect) => (effect.kind === "send_response" ? [effect.status] : []));
    expect(ends).toEqual(["busy", "ok"]);
  });

  test("the kernel fails to check a proof: the request ends with busy and the next one is answered", () => {
    const lone = worldOf("a");
    for (const kind of ["proof_checked", "served"] as const) lone.node.stalled.add(kind);
    const [first, second] = [requestId(), requestId()];
    const access = { author: keyOf(author(1)), proof: "00".repeat(96) };
    lone.request("a", { kind: "bodies", requestId: first, hashes: [keyOf("none")], access });
    lone.request("a", { kind: "bodies", requestId: second, hashes: [keyOf("none")] });
    lone.node.step({ kind: "served", peer: "a", requestId: first, items: 0, bytes: 0, ok: false });
    lone.node.step({ kind: "served", peer: "a", requestId: second, items: 0, bytes: 0, ok: true });
    const ends = lone.node.effects.flatMap((effect) => (effect.kind === "send_response" ? [effect.status] : []));
    expect(ends).toEqual(["busy", "ok"]);
  });
});

function keyBytes(name: string): Uint8Array {
  return new TextEncoder().encode(keyOf(name));
}
