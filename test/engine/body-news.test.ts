import { describe, expect, test } from "vitest";
import { BODY_BUNDLES } from "../../src/engine/index.js";
import { keyOf } from "../support/simulation/fake-signer.js";
import type { LoneWorld } from "../support/simulation/lone-world.js";
import type { Made } from "../support/simulation/story.js";
import { askedForTwo, end, parts, requests, whole } from "./bundle-world.js";
import { requestId } from "./lone-exchange.js";

describe("news of bodies", () => {
  test("a peer that waits for the body says so, and is asked again when its news comes", () => {
    const { lone, made, request } = askedForTwo();
    lone.node.step({ kind: "peer_gone", peer: "b" });
    parts(lone, "a", request.requestId, [{ status: "awaited" }, { status: "awaited" }]);
    end(lone, "a", request.requestId);
    lone.clock.advance(20_000);
    expect(requests(lone, "a").length).toBe(1);
    lone.frame("a", { kind: "body_news", requestId: "0".repeat(32), ids: [...request.hashes].sort() });
    const [, again] = requests(lone, "a");
    expect([...(again?.hashes ?? [])].sort()).toEqual([...request.hashes].sort());
    parts(
      lone,
      "a",
      again?.requestId ?? "",
      (again?.hashes ?? []).map((hash) => whole(made.get(hash) as Made)),
    );
    expect(lone.node.disk.bodies.size).toBe(2);
    lone.frame("a", { kind: "body_news", requestId: "0".repeat(32), ids: request.hashes.slice(0, 1) });
    expect(lone.faultsOf("a")).toEqual(["unsolicited"]);
  });

  test("without news the body is requested again within minutes", () => {
    const { lone, request } = askedForTwo();
    lone.node.step({ kind: "peer_gone", peer: "b" });
    parts(lone, "a", request.requestId, [{ status: "awaited" }, { status: "awaited" }]);
    end(lone, "a", request.requestId);
    lone.clock.advance(80_000);
    expect(requests(lone, "a").length).toBeGreaterThan(1);
  });

  test("each peer that asked gets news once, in one frame, when the bodies come", () => {
    const { lone, made, request } = askedForTwo();
    for (const peer of ["b", "c", "gone"]) lone.peer(peer, { addressGroup: peer, features: [BODY_BUNDLES] });
    for (const peer of ["b", "c", "gone"])
      lone.request(peer, { kind: "bodies", requestId: requestId(), hashes: [...request.hashes, keyOf("none")] });
    const answers = lone.node.effects.flatMap((effect) => (effect.kind === "serve_bodies" ? [effect] : []));
    expect(answers[0]?.bodies.map(({ status }) => status)).toEqual(["awaited", "awaited", "unknown"]);
    lone.node.step({ kind: "peer_gone", peer: "gone" });
    parts(
      lone,
      "a",
      request.requestId,
      request.hashes.map((hash) => whole(made.get(hash) as Made)),
    );
    lone.clock.advance(20_000);
    const news = lone.frames.flatMap(({ to, frame }) => (frame.kind === "body_news" ? [{ to, ids: frame.ids }] : []));
    const ids = [...request.hashes].sort();
    expect(news).toEqual([
      { to: "b", ids },
      { to: "c", ids },
    ]);
    expect(lone.node.engine.sizes().body_news).toBe(0);
  });
});

describe("the order of news and answers", () => {
  const news = (lone: LoneWorld) => lone.frames.filter(({ frame }) => frame.kind === "body_news").length;

  test("news do not overtake the answer that promises them, and do not follow one that was not sent", () => {
    for (const ok of [true, false]) {
      const { lone, made, request } = askedForTwo();
      lone.node.stalled.add("served");
      const id = requestId();
      lone.request("b", { kind: "bodies", requestId: id, hashes: request.hashes });
      const answers = request.hashes.map((hash) => whole(made.get(hash) as Made));
      parts(lone, "a", request.requestId, answers);
      lone.clock.advance(2000);
      expect(news(lone)).toBe(0);
      lone.node.step({ kind: "served", peer: "b", requestId: id, items: 0, bytes: 0, ok });
      lone.clock.advance(10);
      expect(news(lone)).toBe(ok ? 1 : 0);
      expect(lone.node.engine.sizes().body_news).toBe(0);
    }
  });

  test("news of a body that came from elsewhere, and of a request that ran out of time, are no faults", () => {
    const { lone, made, request } = askedForTwo();
    const [first = "", second = ""] = request.hashes;
    lone.story.publish(lone.node, made.get(first) as Made);
    parts(lone, "a", request.requestId, [{ status: "awaited" }]);
    lone.clock.advance(40_000);
    parts(lone, "a", request.requestId, [{ status: "awaited" }]);
    lone.frame("a", { kind: "body_news", requestId: "0".repeat(32), ids: [first, second].sort() });
    expect(lone.faultsOf("a")).toEqual([]);
  });
});
