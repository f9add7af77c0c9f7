import { describe, expect, test } from "vitest";
import { BODY_BUNDLES } from "../../src/engine/index.js";
import { BodyBook, bodyOf } from "../../src/engine/set/body-book.js";
import { type Announced, announced, catchUp, Fetching } from "../support/fetching.js";
import { keyOf } from "../support/simulation/fake-signer.js";
import { START_SECONDS } from "../support/simulation/story.js";

describe("bodies that members announce", () => {
  const seed = Number(process.env.SIM_SEED ?? Date.now() % 100_000);
  console.info(`SIM_SEED=${seed}`);

  test("all arrive across a restart, when one peer lacks bodies, one is silent and one reconnects", () => {
    catchUp(4000, seed);
  });

  test("all arrive across a restart by requests for many bodies", () => {
    catchUp(8000, seed, [BODY_BUNDLES]);
  });

  test("a peer that lacks many bodies gets one request for at most 256 of them in a second", () => {
    const records = Array.from({ length: 2000 }, (_, i) => announced(i));
    const node = new Fetching(records, START_SECONDS * 1000);
    for (const name of ["a", "b"]) node.connect(name, () => "not_yet", [BODY_BUNDLES]);
    node.run(600);
    const before = node.asked.length;
    node.run(600);
    expect((node.asked.length - before) / 600 / 2).toBeLessThanOrEqual(256);
  });

  test("bodies that no peer holds cause few requests, stay wanted, and arrive when a peer has them", () => {
    const records = Array.from({ length: 500 }, (_, i) => announced(i));
    const node = new Fetching(records, START_SECONDS * 1000);
    for (const name of ["a", "b", "c"]) node.connect(name, () => "unknown");
    const during = (hour: number): number =>
      node.asked.filter(({ atMs }) => Math.floor((atMs - (node.asked[0]?.atMs ?? 0)) / 3_600_000) === hour).length;
    node.run(6 * 3600);
    // 500 bodies of 3 peers, each once an hour.
    for (const hour of [3, 4, 5]) expect(during(hour)).toBeLessThanOrEqual(500 * 3 * 1.4);
    const inSeconds = new Map<string, number>();
    for (const { peer, atMs } of node.asked.slice(3 * 500)) {
      const second = `${peer} ${Math.floor(atMs / 1000)}`;
      inSeconds.set(second, (inSeconds.get(second) ?? 0) + 1);
    }
    expect(Math.max(...inSeconds.values())).toBeLessThanOrEqual(2);
    expect(node.missing).toBe(500);
    expect(node.fetch.counts().unavailable).toBe(500);
    node.connect("late", () => "serves");
    node.run(60, () => node.missing === 0);
    expect(node.missing).toBe(0);
  });

  test("each peer is asked for a body again in turn, so that the only holder is among them", () => {
    const node = new Fetching([announced(0)], START_SECONDS * 1000);
    const names = ["a", "b", "c", "d", "e", "f", "g", "h"];
    for (const name of names) node.connect(name, () => "not_yet");
    node.run(3600);
    const times = names.map((name) => node.asked.filter(({ peer }) => peer === name).length);
    expect(Math.min(...times)).toBeGreaterThanOrEqual(2);
  });

  test("bodies that no peer holds cause at most one request a second to each peer", () => {
    const records = Array.from({ length: 2000 }, (_, i) => announced(i));
    const node = new Fetching(records, START_SECONDS * 1000);
    for (const name of ["a", "b"]) node.connect(name, () => "not_yet");
    node.run(600);
    const before = node.asked.length;
    node.run(600);
    expect((node.asked.length - before) / 600).toBeLessThanOrEqual(2);
  });

  test("a body of a busy peer is requested again soon, beside peers that lack it, and a lasting one less often", () => {
    const records = [announced(0)];
    const node = new Fetching(records, START_SECONDS * 1000);
    const gate = { open: false };
    node.connect("holder", () => (gate.open ? "serves" : "busy"));
    node.connect("other", () => "unknown");
    node.run(10);
    gate.open = true;
    node.run(10, () => node.missing === 0);
    expect(node.missing).toBe(0);

    const lasting = new Fetching(records, START_SECONDS * 1000);
    lasting.connect("holder", () => "busy");
    lasting.run(600);
    const before = lasting.asked.length;
    expect(before).toBeLessThanOrEqual(12);
    lasting.run(7 * 3600);
    expect(lasting.asked.length - before).toBeLessThanOrEqual(14);
    expect(lasting.fetch.counts()).toMatchObject({ missing: 1, unavailable: 0 });
  });

  test("a body is requested again soon after the only peer with it was silent, and less often if that lasts", () => {
    const records = [announced(0)];
    const node = new Fetching(records, START_SECONDS * 1000);
    const gate = { open: false };
    node.connect("holder", () => (gate.open ? "serves" : "silent"));
    node.connect("other", () => "unknown");
    // The holder's disk stalls for longer than the body counts as new.
    node.run(90);
    gate.open = true;
    node.run(90, () => node.missing === 0);
    expect(node.missing).toBe(0);

    const lasting = new Fetching(records, START_SECONDS * 1000);
    lasting.connect("holder", () => "silent");
    lasting.run(900);
    const before = lasting.asked.length;
    expect(before).toBeLessThanOrEqual(12);
    lasting.run(7 * 3600);
    expect(lasting.asked.length - before).toBeLessThanOrEqual(14);
  });

  test("announced bodies are requested from a peer that names them, even before they are due", () => {
    const records = Array.from({ length: 3 }, (_, i) => announced(i));
    const node = new Fetching(records, START_SECONDS * 1000);
    const gate = { open: false };
    node.connect("a", () => (gate.open ? "serves" : "unknown"));
    node.run(2000);
    const before = node.asked.length;
    gate.open = true;
    for (const { record } of records) node.fetch.addHolder(record.id, "a");
    node.run(2);
    expect(node.asked.length).toBe(before + 3);
    expect(node.missing).toBe(0);
  });

  test("no announced body is unavailable while a connected peer has not been asked", () => {
    const [lost, wanted] = [0, 50].map((i) => announced(i)) as [Announced, Announced];
    const node = new Fetching([lost], START_SECONDS * 1000);
    for (const name of ["a", "b", "c"]) node.connect(name, () => "unknown");
    const hash = bodyOf(wanted.record)?.hash;
    node.connect("last", () => "unknown");
    node.run(5 * 3600);
    expect(node.fetch.counts()).toMatchObject({ missing: 1, unavailable: 1 });
    node.fetch.expect(wanted.record, "a");
    node.run(10);
    const whom = () => new Set(node.asked.filter((request) => request.hash === hash).map(({ peer }) => peer));
    expect(whom().size).toBe(3);
    expect(node.fetch.counts()).toMatchObject({ missing: 2, unavailable: 1 });
    node.run(600);
    expect(whom().size).toBe(4);
    expect(node.fetch.counts()).toMatchObject({ missing: 2, unavailable: 2 });
  });

  test("a peer that lacks the body of a new record is asked again within seconds, later after minutes", () => {
    const node = new Fetching([announced(0)], START_SECONDS * 1000);
    node.connect("a", () => "unknown");
    node.run(60);
    const early = node.asked.length;
    expect(early).toBeGreaterThanOrEqual(4);
    expect(early).toBeLessThanOrEqual(7);
    node.run(120);
    expect(node.asked.length - early).toBeLessThanOrEqual(1);
  });

  test("announced bodies are requested ever less often with more peers than a node remembers", () => {
    const node = new Fetching([announced(0)], START_SECONDS * 1000);
    for (let i = 0; i < 40; i++) node.connect(`peer ${i}`, () => "unknown");
    node.run(24 * 3600);
    const before = node.asked.length;
    node.run(12 * 3600);
    expect(node.asked.length - before).toBeLessThanOrEqual(12 * 3 * 2);
    expect(node.fetch.counts().unavailable).toBe(1);
  });

  test("announced bodies are unavailable after an hour, or sooner when another body of the same author is", () => {
    const records = [0, 50, 100, 1].map((i) => announced(i));
    const node = new Fetching(records.slice(0, 1), START_SECONDS * 1000);
    node.connect("a", () => "unknown");
    node.run(3000);
    expect(node.fetch.counts()).toEqual({ missing: 1, unavailable: 0, withheld: 0, late: 1 });
    node.run(4 * 3600);
    expect(node.fetch.counts()).toEqual({ missing: 1, unavailable: 1, withheld: 0, late: 0 });
    for (const { record } of records.slice(1)) node.fetch.expect(record, "a");
    node.run(10);
    expect(node.fetch.counts()).toEqual({ missing: 4, unavailable: 3, withheld: 0, late: 1 });
  });

  test("a turn looks at 256 of the bodies that become due at once, and the next turns follow within milliseconds", () => {
    const records = Array.from({ length: 2000 }, (_, i) => announced(i));
    const [startMs, deadlineMs] = [START_SECONDS * 1000, START_SECONDS * 1000 + 3_600_000];
    const node = new Fetching(records, startMs, new Map(), { kind: "not_before", deadlineMs });
    node.run(3600);
    expect(node.fetch.counts().withheld).toBe(2000);
    node.access = { kind: "open" };
    node.run(10, () => node.fetch.counts().withheld < 2000);
    expect(node.fetch.counts().withheld).toBe(2000 - 256);
    for (let left = 2000 - 256; left > 0; left = node.fetch.counts().withheld) {
      expect(node.fetch.nextDueMs).toBeLessThanOrEqual(node.context.nowMs + 5);
      node.turn(5);
      expect(left - node.fetch.counts().withheld).toBeLessThanOrEqual(256);
    }
    node.turn(5);
    expect(node.fetch.nextDueMs).toBeUndefined();
  });
});

describe("the book of bodies", () => {
  const hash = keyOf("body");

  test("the book of bodies keeps a body for the next task that refers to it when the first one leaves", () => {
    const book = new BodyBook(10);
    expect(book.add({ hash, taskId: "a", kind: "submission" })).toBe(true);
    expect(book.claim({ hash, taskId: "b", kind: "task" })).toBe("referred");
    expect(book.get(hash)).toEqual({ hash, taskId: "a", kind: "submission" });
    expect(book.drop("a")).toEqual({ hashes: [hash], reassigned: [{ hash, taskId: "b", kind: "task" }] });
    expect(book.get(hash)).toEqual({ hash, taskId: "b", kind: "task" });
    expect(book.drop("b")).toEqual({ hashes: [hash], reassigned: [] });
    expect(book.size).toBe(0);
  });

  test("returns the tasks that refer to a body that the disk lost", () => {
    const book = new BodyBook(10);
    book.add({ hash, taskId: "a", kind: "task" });
    book.claim({ hash, taskId: "b", kind: "task" });
    expect(book.lose(hash)).toEqual(["a", "b"]);
    expect(book.claim({ hash, taskId: "b", kind: "task" })).toBe("absent");
    expect(book.drop("a").hashes).toEqual([]);
  });
});
