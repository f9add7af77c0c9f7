import { describe, expect, it } from "vitest";
import { encodeBundle } from "../../src/protocol/bundle.js";
import { toHex } from "../../src/protocol/bytes.js";
import type { Author } from "../support/envelopes.js";
import { codeTask } from "../support/local-node.js";
import { Adversary } from "./adversary.js";
import { damaged, type Forged, newAuthor, nowSeconds, task } from "./forge.js";
import { stillTalk, WatchedNode } from "./watched-node.js";

const bundle = (...forged: readonly Forged[]): Uint8Array => encodeBundle(forged.map(({ envelope }) => envelope));

/** A node, an honest neighbour, and a peer that is connected to the node only. */
async function threesome(): Promise<{ victim: WatchedNode; honest: WatchedNode; adversary: Adversary }> {
  const victim = await WatchedNode.forTest();
  const honest = await WatchedNode.forTest({ bootstrap: [victim.address] });
  await honest.until("the hello", () => honest.control.peers().length === 1);
  const adversary = await Adversary.join(victim);
  return { victim, honest, adversary };
}

/** Records of one slot, ascending by id: the same author, day and number, with different rewards. */
function doubles(by: Author, count: number): Forged[] {
  return Array.from({ length: count }, (_, i) => task(by, { number: 3 }, { rewardNano: BigInt(i + 1) })).sort((a, b) =>
    a.id < b.id ? -1 : 1,
  );
}

describe("a poisoned bundle", () => {
  it("the valid records of a poisoned bundle reach other nodes once; only the deliverer is charged", async () => {
    const { victim, honest, adversary } = await threesome();
    const good = [task(newAuthor()), task(newAuthor())];
    const poison = damaged(task(newAuthor()).envelope, -96);
    const poisoned = encodeBundle([good[0]?.envelope, poison, good[1]?.envelope].filter((one) => one !== undefined));
    await adversary.isCharged(() => adversary.gossip(poisoned), "bad_signature");
    for (const { id } of good) await honest.until("a good record", () => honest.holds(id));
    expect(victim.count("bundles_in", "reject")).toBe(1);
    expect(victim.count("bundles_out", "sent")).toBe(1);
    expect(honest.count("bundles_in", "accept")).toBe(1);
    expect(honest.control.info().records).toBe(2);
    expect(honest.count("records_in", "already_known")).toBe(0);
    expect(victim.scoreOf(honest.peer)).toBeGreaterThanOrEqual(0.5);
    expect(honest.scoreOf(victim.peer)).toBeGreaterThan(0.5);
    expect(await victim.belief()).toEqual(await honest.belief());
    await stillTalk(honest, victim);
  });
});

describe("a padded bundle", () => {
  it("a padded bundle is not forwarded, its new records are forwarded once, and padding is no fault", async () => {
    const { victim, honest, adversary } = await threesome();
    const known = task(newAuthor());
    await adversary.gossip(bundle(known));
    await honest.until("the first", () => honest.holds(known.id));
    const added = task(newAuthor());
    await adversary.gossip(bundle(known, added));
    await honest.until("what was new", () => honest.holds(added.id));
    expect(victim.count("gossip_refused", "already_known")).toBe(1);
    expect(honest.count("bundles_in", "accept")).toBe(2);
    expect(honest.count("records_in", "already_known")).toBe(0);
    await adversary.gossip(bundle(added, known));
    await victim.until("only known ones", () => victim.count("gossip_refused", "already_known") === 2);
    await stillTalk(honest, victim);
    expect(honest.count("bundles_in", "accept")).toBe(2);
    expect(victim.counts()).not.toHaveProperty("peer_faults bad_signature");
  });

  it("a bundle with one record twice counts as one record", async () => {
    const { victim, honest, adversary } = await threesome();
    const twice = task(newAuthor());
    await adversary.gossip(bundle(twice, twice));
    await honest.until("the record", () => honest.holds(twice.id));
    expect(victim.control.info().records).toBe(1);
    expect(honest.count("records_in", "already_known")).toBe(0);
    await stillTalk(honest, victim);
  });
});

describe("a damaged copy", () => {
  it.each([
    ["before the good one", (good: Uint8Array, bad: Uint8Array) => [encodeBundle([bad]), encodeBundle([good])]],
    ["in one bundle with it", (good: Uint8Array, bad: Uint8Array) => [encodeBundle([bad, good])]],
    ["as many as a bundle holds", (good: Uint8Array, bad: Uint8Array) => [encodeBundle([...copies(bad, 63), good])]],
  ])("a damaged copy of a record does not block the valid one: %s", async (_what, order) => {
    const { victim, honest, adversary } = await threesome();
    const record = task(newAuthor());
    // Both have the same signed message, so the same record id.
    for (const bytes of order(record.envelope, damaged(record.envelope, -90))) await adversary.gossip(bytes);
    await honest.until("the good one", () => honest.holds(record.id));
    expect(victim.control.info().records).toBe(1);
    await stillTalk(honest, victim);
  });
});

function copies(envelope: Uint8Array, count: number): Uint8Array[] {
  return Array.from({ length: count }, () => envelope);
}

describe("two records on one slot", () => {
  it("two records in one slot count on no node, and both nodes keep a proof; a third comes by sync only", async () => {
    const { victim, honest, adversary } = await threesome();
    const by = newAuthor();
    const [low, middle, high] = doubles(by, 3) as [Forged, Forged, Forged];
    await adversary.gossip(bundle(high));
    await honest.until("the first", () => honest.holds(high.id));
    expect((await honest.control.taskDetails(high.id)).view.status).toBe("Published");

    await adversary.gossip(bundle(middle));
    const equivocated = [middle.id, high.id];
    for (const node of [victim, honest]) {
      await node.until("the proof", async () => (await proof(node, high.id)) !== undefined);
      expect(await proof(node, high.id)).toEqual(equivocated);
      expect(await proof(node, middle.id)).toEqual(equivocated);
      const { view } = await node.control.taskDetails(high.id);
      expect(view).toMatchObject({ status: "Cancelled", announcement: undefined });
      expect(node.control.info().records).toBe(2);
    }

    // One of the two nodes gossips one alert; the other keeps it. The alert changes no score.
    for (const node of [victim, honest]) {
      node.forward(6);
      await node.until("the alert", () => node.control.fraudAlerts(undefined, 10).length === 1);
      const [alert] = node.control.fraudAlerts(high.id, 10);
      expect(alert).toMatchObject({
        alertKind: 1,
        equivocator: toHex(by.publicKey),
        recordIds: equivocated,
        taskIds: equivocated,
      });
      expect((await node.control.taskDetails(middle.id)).alerts).toEqual([alert]);
    }

    // The lowest id replaces the highest in the set, but is not forwarded by gossip.
    await adversary.gossip(bundle(low));
    await victim.until("the verdict", () => victim.count("gossip_refused", "slot_equivocated") === 1);
    expect(victim.control.info().records).toBe(2);
    expect(await proof(victim, low.id)).toEqual([low.id, middle.id]);
    expect(await victim.holds(high.id)).toBe(false);
    await stillTalk(victim, honest);
    // It arrives by sync, or with the alert that names it.
    for (const node of [victim, honest]) node.forward(31);
    await honest.until("the third", () => honest.holds(low.id));
    expect(await proof(honest, low.id)).toEqual([low.id, middle.id]);
    expect(await honest.belief()).toEqual(await victim.belief());

    // The highest id is refused, from gossip and from sync.
    const other = task(newAuthor());
    await adversary.gossip(bundle(high, other));
    await honest.until("what was new beside it", () => honest.holds(other.id));
    await victim.until("the second refusal", () => victim.count("gossip_refused", "slot_equivocated") === 2);
    expect(await victim.holds(high.id)).toBe(false);
    expect(victim.scoreOf(adversary.peer)).toBeGreaterThanOrEqual(0.5);
    await stillTalk(honest, victim);
  });
});

/** The two record ids of the node's proof against the author of a task. */
async function proof(node: WatchedNode, taskId: string): Promise<readonly string[] | undefined> {
  const { view } = await node.control.taskDetails(taskId);
  return view.excludedAuthors.find(({ reason }) => reason === "slot")?.proof;
}

describe("a record dated ahead", () => {
  it("a record dated ahead, alone in its bundle, is forwarded at its time", async () => {
    const { victim, honest, adversary } = await threesome();
    const early = task(newAuthor(), { timestampSeconds: nowSeconds() + 120 });
    await adversary.gossip(bundle(early));
    await victim.until("the verdict", () => victim.count("gossip_refused", "future_dated") === 1);
    expect(victim.count("bundles_out", "sent")).toBe(0);
    // The clock of the other node stays behind, so its verdict on the record shows that gossip brought it, not sync.
    victim.forward(61);
    await honest.until("the forwarded bundle", () => honest.count("gossip_refused", "future_dated") === 1);
    expect(victim.count("bundles_out", "sent")).toBe(1);
    expect(await victim.holds(early.id)).toBe(true);
  });

  it("a record dated ahead waits, becomes a member, and is forwarded", async () => {
    const { victim, honest, adversary } = await threesome();
    const early = task(newAuthor(), { timestampSeconds: nowSeconds() + 120 });
    const before = await victim.belief();
    await adversary.gossip(bundle(early));
    await victim.until("the verdict", () => victim.count("gossip_refused", "future_dated") === 1);
    expect(await victim.belief(before.atSeconds)).toEqual(before);
    expect(await honest.holds(early.id)).toBe(false);
    // Sent again while it waits: a record is held only once.
    await adversary.gossip(bundle(early, task(newAuthor())));
    await victim.until("the verdict", () => victim.count("gossip_refused", "already_known") === 1);
    for (const node of [victim, honest]) node.forward(61);
    await honest.until("its time", () => honest.holds(early.id));
    expect(victim.control.info().records).toBe(2);
    expect(victim.scoreOf(adversary.peer)).toBeGreaterThanOrEqual(0.5);
    await stillTalk(honest, victim);
  });
});

describe("records above an author's quota", () => {
  it("a record number above the quota is refused", async () => {
    const { victim, honest, adversary } = await threesome();
    const by = newAuthor();
    const last = task(by, { number: 63 });
    await adversary.gossip(bundle(last));
    await honest.until("the last of the day", () => honest.holds(last.id));
    const more = task(by, { number: 64 });
    await adversary.isCharged(() => adversary.gossip(bundle(more)), "over_quota");
    expect(await victim.holds(more.id)).toBe(false);
    await stillTalk(honest, victim);
  });

  it("the API refuses to publish above the author's quota, and the node continues to run", async () => {
    const victim = await WatchedNode.forTest();
    const refused: unknown[] = [];
    const drafts = Array.from({ length: 66 }, (_, i) => codeTask(`task ${i}`));
    const published = await Promise.allSettled(drafts.map((draft) => victim.control.publishTask(draft)));
    for (const result of published) if (result.status === "rejected") refused.push(result.reason.code);
    expect(refused).toEqual(["quota_exceeded", "quota_exceeded"]);
    expect(victim.control.info().records).toBe(64);
    const numbers = published.flatMap((result) => (result.status === "fulfilled" ? [result.value.record.number] : []));
    expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: 64 }, (_, i) => i));
    expect(victim.control.health().status).toBe("ok");
  });
});
