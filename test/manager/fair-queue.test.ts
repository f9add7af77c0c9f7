import { describe, expect, it } from "vitest";
import type { Source } from "../../src/engine/events.js";
import { FairQueue } from "../../src/manager/inbound/fair-queue.js";

const KIB = 1024;
const ALL = () => true;

function rig() {
  const queue = new FairQueue();
  const add = (peer: string, bytes: number, ended?: AbortSignal): void => {
    const source: Source = { kind: "sync", peer, requestId: "00" };
    queue.add({ bundle: new Uint8Array(bytes), source, ended });
  };
  /** The peers of what is taken, in order. */
  const take = (maxBundles: number, maxBytes: number, serves = ALL as (peer: string) => boolean): string =>
    queue
      .take(maxBundles, maxBytes, serves)
      .map(({ source }) => ("peer" in source ? source.peer : source.kind))
      .join("");
  return { queue, add, take };
}

describe("FairQueue", () => {
  it("Bundles of one peer keep their order, and a queue that is taken empty has no bytes.", () => {
    const { queue, add } = rig();
    for (const bytes of [1, 2, 3]) add("a", bytes);
    expect(queue.take(10, KIB, ALL).map(({ bundle }) => bundle.length)).toEqual([1, 2, 3]);
    expect([queue.bundles, queue.bytes]).toEqual([0, 0]);
  });

  it("A peer with much to send delays a peer with little by one turn at most.", () => {
    const { add, take } = rig();
    for (let i = 0; i < 100; i++) add("a", 16 * KIB);
    add("b", 100);
    expect(take(64, 64 * KIB)).toBe("abaa");
  });

  it("Peers get equal bytes, not equal numbers of bundles.", () => {
    const { add, take } = rig();
    for (let i = 0; i < 10; i++) add("a", 32 * KIB);
    for (let i = 0; i < 400; i++) add("b", KIB);
    const taken = Array.from({ length: 4 }, () => take(1000, 64 * KIB)).join("");
    expect([taken.split("a").length - 1, taken.split("b").length - 1]).toEqual([4, 128]);
  });

  it("A take is bounded in bundles and bytes, and takes one bundle of any size.", () => {
    const { add, take } = rig();
    for (let i = 0; i < 5; i++) add("a", 10);
    expect(take(2, KIB)).toBe("aa");
    expect(take(10, 20)).toBe("aa");
    expect(take(10, 5)).toBe("a");
    expect(take(10, 5)).toBe("");
  });

  it("A turn that the end of a take cut short goes on at the next take.", () => {
    const { add, take } = rig();
    for (let i = 0; i < 8; i++) add("a", 4 * KIB);
    for (let i = 0; i < 8; i++) add("b", 4 * KIB);
    expect([take(3, KIB * KIB), take(3, KIB * KIB), take(3, KIB * KIB)]).toEqual(["aaa", "abb", "bba"]);
  });

  it("Peers that are not served keep their bundles and their turn.", () => {
    const { queue, add, take } = rig();
    for (const peer of ["a", "b", "a"]) add(peer, 10);
    expect(take(10, KIB, (peer) => peer !== "a")).toBe("b");
    expect(take(10, KIB, (peer) => peer === "c")).toBe("");
    expect([queue.bundles, queue.bytes]).toEqual([2, 20]);
    expect(take(10, KIB)).toBe("aa");
  });

  it("Bundles of ended connections are removed and returned.", () => {
    const { queue, add, take } = rig();
    const connection = new AbortController();
    add("a", 10, connection.signal);
    add("a", 20);
    add("b", 30, connection.signal);
    connection.abort();
    expect(queue.takeEnded().map(({ bundle }) => bundle.length)).toEqual([10, 30]);
    expect([queue.bundles, queue.bytes]).toEqual([1, 20]);
    expect(take(10, KIB)).toBe("a");
  });
});
