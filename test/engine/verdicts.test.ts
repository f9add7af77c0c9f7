import { describe, expect, test } from "vitest";
import { decodeBundle } from "../../src/protocol/bundle.js";
import { alertsTopic, strandTopic } from "../../src/protocol/strand.js";
import { encodeAlert } from "../../src/protocol/verdict-messages.js";
import { signEnvelope, signRecord } from "../support/simulation/fake-signer.js";
import { LoneWorld } from "../support/simulation/lone-world.js";
import { author, type Made } from "../support/simulation/story.js";

function damaged({ envelope }: Made): Uint8Array {
  const copy = envelope.slice();
  copy[copy.length - 1] = (copy[copy.length - 1] as number) ^ 1;
  return copy;
}

function world(): { world: LoneWorld; task: () => Made } {
  const made = new LoneWorld();
  made.peer("a");
  made.peer("b");
  let count = 0;
  return { world: made, task: () => made.story.task(author(count++), made.story.nowSeconds + 3600) };
}

function ownBundles({ published, identity }: LoneWorld): number[] {
  return published
    .filter(({ forwarded }) => !forwarded)
    .map(({ bundle }) => {
      const decoded = decodeBundle(bundle, identity.rules);
      return decoded.ok ? decoded.value.length : -1;
    });
}

describe("gossip verdicts", () => {
  test("a bundle of new, valid records is forwarded unchanged", () => {
    const { world: lone, task } = world();
    expect(lone.gossip("a", [task().envelope, task().envelope])).toEqual({ acceptance: "accept", code: undefined });
    expect(lone.published).toHaveLength(1);
    expect(lone.published[0]?.forwarded).toBe(true);
    expect(lone.faultsOf("a")).toEqual([]);
  });

  test("a bundle with an invalid envelope is a fault of its sender; its valid records go into an own bundle", () => {
    const { world: lone, task } = world();
    const good = task();
    expect(lone.gossip("a", [good.envelope, damaged(task())])).toEqual({ acceptance: "reject", code: "bad_signature" });
    expect(lone.node.engine.entry(good.id)).toBeDefined();
    expect(ownBundles(lone)).toEqual([1]);
    expect(lone.faultsOf("a")).toEqual(["bad_signature"]);
  });

  test("a padded bundle is ignored, and its new record is sent once", () => {
    const { world: lone, task } = world();
    const [old, fresh] = [task(), task()];
    lone.gossip("a", [old.envelope]);
    expect(lone.gossip("b", [old.envelope, fresh.envelope])).toEqual({ acceptance: "ignore", code: "already_known" });
    expect(lone.gossip("a", [fresh.envelope, old.envelope]).acceptance).toBe("ignore");
    expect(ownBundles(lone)).toEqual([1]);
    expect([...lone.faultsOf("a"), ...lone.faultsOf("b")]).toEqual([]);
  });

  test("the same envelope twice in one bundle is padding", () => {
    const { world: lone, task } = world();
    const made = task();
    expect(lone.gossip("a", [made.envelope, made.envelope]).acceptance).toBe("ignore");
    expect(ownBundles(lone)).toEqual([1]);
  });

  test("a damaged copy does not block the valid record", () => {
    const { world: lone, task } = world();
    const made = task();
    expect(lone.gossip("a", [damaged(made)]).acceptance).toBe("reject");
    expect(lone.node.engine.entry(made.id)).toBeUndefined();
    expect(lone.gossip("b", [made.envelope]).acceptance).toBe("accept");
  });

  test("envelopes of a peer that sent a bad signature are verified in the suspect lane", () => {
    const { world: lone, task } = world();
    lone.gossip("a", [damaged(task())]);
    lone.gossip("a", [task().envelope]);
    lone.gossip("b", [task().envelope]);
    const lanes = lone.node.effects.flatMap((effect) => (effect.kind === "verify" ? [effect.lane] : []));
    expect(lanes).toEqual(["clean", "suspect", "clean"]);
  });

  test("an envelope that is invalid for every node is rejected without a check of its signature", () => {
    const { world: lone, task } = world();
    const { story } = lone;
    const now = story.nowSeconds;
    const other = strandTopic(3, 1, 0);
    expect(lone.gossip("a", [task().envelope], other)).toEqual({ acceptance: "reject", code: "wrong_topic" });
    expect(lone.gossip("a", [story.task(author(1), now + 60, { number: 64 }).envelope]).code).toBe("over_quota");
    expect(lone.gossip("a", [story.task(author(1), now - 1).envelope]).code).toBe("bad_deadline");
    const early = story.submission(author(2), { ...task().task, t0: now + 5 });
    expect(lone.gossip("a", [early.envelope]).code).toBe("outside_task_max_age");
    const request = signEnvelope(
      lone.identity,
      { type: 3, sender: author(1), timestampSeconds: now },
      new Uint8Array(),
    );
    expect(lone.gossip("a", [request]).code).toBe("type_not_gossiped");
    expect(lone.node.effects.some(({ kind }) => kind === "verify")).toBe(false);
    expect(lone.node.verdicts.every(({ acceptance }) => acceptance === "reject")).toBe(true);
  });

  test("a record that is invalid only by the clock of this node is ignored without a fault", () => {
    const { world: lone } = world();
    const { story } = lone;
    const now = story.nowSeconds;
    const stale = story.task(author(1), now + 60, { seconds: now - 1201 });
    expect(lone.gossip("a", [stale.envelope])).toEqual({ acceptance: "ignore", code: "stale" });
    const far = story.task(author(1), now + 9000, { seconds: now + 601 });
    expect(lone.gossip("a", [far.envelope])).toEqual({ acceptance: "ignore", code: "future_dated" });
    expect(lone.faultsOf("a")).toEqual([]);
  });

  test("a record dated a little ahead is held until its time and then sent", () => {
    const { world: lone } = world();
    const { story } = lone;
    const ahead = story.task(author(1), story.nowSeconds + 9000, { seconds: story.nowSeconds + 300 });
    expect(lone.gossip("a", [ahead.envelope]).code).toBe("future_dated");
    lone.clock.advance(200_000);
    expect(lone.node.engine.entry(ahead.id)).toBeUndefined();
    lone.clock.advance(45_000);
    expect(lone.node.engine.entry(ahead.id)).toBeDefined();
    expect(ownBundles(lone)).toEqual([1]);
  });

  test("a third record of a slot is sent by sync, never by gossip", () => {
    const { world: lone } = world();
    const { story } = lone;
    const deadline = story.nowSeconds + 3600;
    const slot = [0, 1, 2].map((i) => story.task(author(9), deadline + i, { number: 7 }));
    const [low, middle, high] = slot.sort((a, b) => (a.id < b.id ? -1 : 1)) as [Made, Made, Made];
    expect(lone.gossip("a", [middle.envelope]).acceptance).toBe("accept");
    expect(lone.gossip("a", [high.envelope]).acceptance).toBe("accept");
    expect(lone.gossip("a", [low.envelope])).toEqual({ acceptance: "ignore", code: "slot_equivocated" });
    expect([low, middle, high].map(({ id }) => lone.node.engine.entry(id) !== undefined)).toEqual([true, true, false]);
    expect([...lone.node.disk.records.keys()].sort()).toEqual([low.id, middle.id]);
    expect(lone.gossip("b", [high.envelope]).acceptance).toBe("ignore");
  });

  test("records of unknown authors are ignored, and admitted with a later registry", () => {
    const known = author(1);
    const listed = (keys: readonly string[], digest: string) => ({
      registry: { kind: "listed" as const, authors: new Map(keys.map((key) => [key, { weight: 1, fromSeconds: 0 }])) },
      registryDigest: digest.repeat(64),
      registryTimeSeconds: 2n ** 64n - 1n,
      rosters: [],
    });
    const lone = new LoneWorld({}, listed([known], "1"));
    lone.peer("a");
    const stranger = lone.story.task(author(2), lone.story.nowSeconds + 60);
    expect(lone.gossip("a", [stranger.envelope])).toEqual({ acceptance: "ignore", code: "unknown_author" });
    lone.node.step({ kind: "chain", facts: listed([known, author(2)], "2") });
    expect(lone.gossip("a", [stranger.envelope]).acceptance).toBe("accept");
  });

  test("a full disk stops admission and drops no member", () => {
    const { world: lone, task } = world();
    const before = task();
    lone.gossip("a", [before.envelope]);
    lone.node.step({ kind: "disk_full" });
    const made = task();
    expect(lone.gossip("a", [made.envelope])).toEqual({ acceptance: "ignore", code: "storage_full" });
    expect(lone.node.engine.health().diskFull).toBe(true);
    expect(lone.node.engine.entry(before.id)).toBeDefined();
    lone.node.step({ kind: "disk_ready" });
    expect(lone.gossip("a", [made.envelope]).acceptance).toBe("accept");
  });

  test("a bundle is not judged when the kernel fails, and may be sent again", () => {
    const { world: lone, task } = world();
    const made = task();
    lone.node.failVerify = true;
    expect(lone.gossip("a", [made.envelope])).toEqual({ acceptance: "ignore", code: "kernel_failed" });
    lone.node.failVerify = false;
    expect(lone.faultsOf("a")).toEqual([]);
    expect(lone.gossip("b", [made.envelope]).acceptance).toBe("accept");
  });

  test("an own record is synced to disk before its result, and published in one bundle", () => {
    const { world: lone, task } = world();
    for (const made of [task(), task()]) lone.story.publish(lone.node, made);
    lone.clock.advance(10);
    const { effects, ownResults } = lone.node;
    const persist = effects.find(({ kind }) => kind === "persist");
    expect(persist).toMatchObject({ sync: true });
    expect(effects.indexOf(persist as never)).toBeLessThan(effects.findIndex(({ kind }) => kind === "own_result"));
    expect(ownResults.map(({ code }) => code)).toEqual([undefined, undefined]);
    expect(ownBundles(lone)).toEqual([2]);
  });
});

describe("fraud alerts", () => {
  function alert(lone: LoneWorld, kind: 1 | 2, pair: readonly [Made, Made]): Uint8Array {
    const [first, second] = [...pair].sort((a, b) => (a.id < b.id ? -1 : 1)) as [Made, Made];
    const payload = encodeAlert({ alertKind: kind, first: first.envelope, second: second.envelope });
    return signEnvelope(
      lone.identity,
      { type: 7, sender: author(50), timestampSeconds: lone.story.nowSeconds },
      payload,
    );
  }

  test("fraud alerts that hold are forwarded, and both of their records join the set", () => {
    const { world: lone, task } = world();
    const { story } = lone;
    const made = task();
    lone.gossip("a", [made.envelope]);
    const pair = [
      story.submission(author(5), made.task, {}, "x"),
      story.submission(author(5), made.task, {}, "y"),
    ] as const;
    expect(lone.gossip("a", [alert(lone, 2, pair)], alertsTopic(3)).acceptance).toBe("accept");
    for (const { id } of pair) expect(lone.node.engine.entry(id)).toBeDefined();
    const view = lone.node.engine.task(made.id, story.nowSeconds);
    expect(view?.excludedAuthors.map(({ author: who }) => who)).toEqual([author(5)]);
    expect(lone.gossip("b", [alert(lone, 2, pair)], alertsTopic(3)).acceptance).toBe("ignore");
  });

  test("fraud alerts that do not hold, by their bytes or by an inner signature, are rejected", () => {
    const { world: lone, task } = world();
    const { story } = lone;
    const made = task();
    const honest = [story.submission(author(5), made.task), story.submission(author(6), made.task)] as const;
    expect(lone.gossip("a", [alert(lone, 2, honest)], alertsTopic(3)).code).toBe("alert_does_not_hold");
    const [x, y] = [story.submission(author(5), made.task, {}, "x"), story.submission(author(5), made.task, {}, "y")];
    const forged = { ...y, envelope: damaged(y) };
    expect(lone.gossip("a", [alert(lone, 2, [x, forged])], alertsTopic(3)).code).toBe("alert_does_not_hold");
    expect(lone.node.engine.entry(x.id)).toBeUndefined();
  });

  test("about two lengths of the same body are rejected, and the fold excludes no author", () => {
    const { world: lone, task } = world();
    const { story } = lone;
    const made = task();
    lone.gossip("a", [made.envelope]);
    const first = story.submission(author(5), made.task);
    if (first.payload.kind !== "submission") throw new TypeError("a submission");
    const payload = { ...first.payload, body: { ...first.payload.body, length: first.payload.body.length + 1 } };
    const second = { ...first, ...signRecord(lone.identity, author(5), payload, story.nowSeconds, 9) };
    expect(lone.gossip("a", [alert(lone, 2, [first, second])], alertsTopic(3)).code).toBe("alert_does_not_hold");
    lone.gossip("b", [first.envelope, second.envelope]);
    expect(lone.node.engine.task(made.id, story.nowSeconds)).toMatchObject({ excludedAuthors: [], recordCount: 3 });
  });
});
