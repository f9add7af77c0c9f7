import { describe, expect, test } from "vitest";
import type { Difference } from "../../src/protocol/difference-frames.js";
import { keyOf } from "../support/simulation/fake-signer.js";
import { DAY, DifferenceWorld, NOON_WINDOW, STRAND, WINDOWS_PER_DAY } from "./difference-world.js";
import { statuses } from "./lone-exchange.js";

const NOTHING = { high: 1, low: 2 };
const cell = { high: 0x12345678, low: 0x9abcdef0, check: 3, count: 7 };
const scope = (chunk: number, window = NOON_WINDOW, length = 1, cells = 8): Difference => ({
  kind: "scope",
  chunk,
  cells,
  runs: [{ strand: 0, window, length }],
});

type Act = (world: DifferenceWorld) => void;

/** The exchange is over, and the peer is charged once. */
function expectFault(world: DifferenceWorld, code = "unsolicited"): void {
  expect(world.lone.faultsOf("a")).toEqual([code]);
  expect(world.open).toBe(0);
  expect(world.isEqual).toBe(false);
}

describe("an opener that breaks the rules", () => {
  test.each<[string, Act]>([
    ["days before its roots", (world) => world.fingerprints(world.day(DAY))],
    ["windows", (world) => world.fingerprints({ kind: "windows", last: true, groups: [] })],
    ["a chunk before its roots", (world) => world.difference(scope(0))],
    ["an end before its roots", (world) => world.difference({ kind: "end", prints: ["00".repeat(16)] })],
    ["cells", (world) => world.difference({ kind: "cells", chunk: 0, cells: [cell] })],
    ["roots from another day", (world) => world.fingerprints(world.otherRoots(DAY))],
    [
      "its roots twice",
      (world) => {
        world.fingerprints(world.otherRoots());
        world.fingerprints(world.otherRoots());
      },
    ],
    [
      "a day that was not asked for",
      (world) => {
        world.fingerprints(world.otherRoots());
        world.fingerprints(world.day(DAY - 2));
      },
    ],
  ])("%s end the exchange and are charged", (_, act) => {
    const world = new DifferenceWorld("acceptor");
    world.publish(0);
    world.begin();
    act(world);
    expectFault(world);
  });

  test.each<[string, Act]>([
    ["a chunk out of order", (world) => world.difference(scope(1))],
    ["a window of a day that was not asked for", (world) => world.difference(scope(0, NOON_WINDOW - 288))],
    ["windows past the last day", (world) => world.difference(scope(0, NOON_WINDOW, WINDOWS_PER_DAY))],
    ["more cells than two for each record and 1,024", (world) => world.difference(scope(0, NOON_WINDOW, 1, 2000))],
    [
      "a window twice",
      (world) => {
        world.difference(scope(0));
        world.difference(scope(1));
      },
    ],
    [
      "cells without end",
      (world) => {
        world.difference(scope(0));
        for (let turn = 0; turn < 12; turn++) world.difference({ kind: "more", chunk: 0, cells: 100 });
      },
    ],
    [
      "the list twice",
      (world) => {
        world.difference(scope(0, NOON_WINDOW, 1, 0));
        world.difference({ kind: "more", chunk: 0, cells: 0 });
      },
    ],
    [
      "more open chunks than 16",
      (world) => {
        for (let chunk = 0; chunk < 17; chunk++) world.difference(scope(chunk, NOON_WINDOW - chunk));
      },
    ],
    [
      "more wants than the node has records",
      (world) => {
        world.difference(scope(0));
        const wants = Array.from({ length: 4 }, () => NOTHING);
        world.difference({ kind: "found", chunk: 0, last: true, left: 0, wants, offers: [] });
      },
    ],
    [
      "an end while a chunk is open",
      (world) => {
        world.difference(scope(0));
        world.difference({ kind: "end", prints: ["00".repeat(16)] });
      },
    ],
    [
      "what it found of an unknown chunk",
      (world) => world.difference({ kind: "found", chunk: 0, last: true, left: 0, wants: [], offers: [] }),
    ],
  ])("%s in the chunks end the exchange and are charged", (_, act) => {
    const world = new DifferenceWorld("acceptor");
    world.untilChunks(3);
    act(world);
    expectFault(world);
  });

  test("bytes that are no content of the frame are charged as malformed", () => {
    const world = new DifferenceWorld("acceptor");
    world.begin();
    world.lone.frame("a", { kind: "difference", requestId: world.id, bytes: new Uint8Array(9).fill(255) });
    expectFault(world, "frame_malformed");
  });

  test("the node's own prints, sent back, make nothing equal", () => {
    const world = new DifferenceWorld("acceptor");
    world.publish(0);
    world.begin();
    const [roots] = world.sent();
    if (roots?.kind !== "roots") throw new Error("the node sends its roots first");
    world.fingerprints(roots);
    world.fingerprints({ kind: "days", last: true, groups: [] });
    world.difference({ kind: "end", prints: [roots.roots[0]?.print ?? ""] });
    expect(statuses(world.lone, world.id)).toEqual(["ok"]);
    expect(world.isEqual).toBe(false);
  });

  test("an opener that says it found nothing is not equal without the print of the same root", () => {
    const world = new DifferenceWorld("acceptor");
    world.untilChunks(3);
    world.difference(scope(0));
    world.difference({ kind: "found", chunk: 0, last: true, left: 0, wants: [], offers: [] });
    world.difference({ kind: "end", prints: [world.print(0, 0)] });
    expect(statuses(world.lone, world.id)).toEqual(["ok"]);
    expect(world.isEqual).toBe(false);
  });

  test("wants of records that are not held are passed over", () => {
    const world = new DifferenceWorld("acceptor");
    world.untilChunks(3);
    world.difference(scope(0));
    world.difference({ kind: "found", chunk: 0, last: true, left: 0, wants: [NOTHING], offers: [] });
    expect(world.lone.node.effects.filter(({ kind }) => kind === "serve_records")).toEqual([]);
    expect(world.lone.faultsOf("a")).toEqual([]);
  });

  test("an opener that says nothing more is forgotten after 30 s", () => {
    const world = new DifferenceWorld("acceptor");
    world.untilChunks(3);
    world.lone.clock.advance(31_000);
    expect(statuses(world.lone, world.id)).toEqual(["unknown"]);
    expect(world.open).toBe(0);
    expect(world.lone.faultsOf("a")).toEqual([]);
  });
});

describe("an acceptor that breaks the rules", () => {
  const opener = (records = 3): DifferenceWorld => {
    const world = new DifferenceWorld("opener");
    world.untilChunks(records, Math.max(5, records));
    return world;
  };
  const asked = (world: DifferenceWorld): Extract<Difference, { kind: "scope" }> => {
    const found = world.sent().find(({ kind }) => kind === "scope");
    if (found?.kind !== "scope") throw new Error("the node opens a chunk");
    return found;
  };

  test.each<[string, Act]>([
    ["days before its roots", (world) => world.fingerprints(world.day(DAY))],
    ["cells before its roots", (world) => world.difference({ kind: "cells", chunk: 0, cells: [cell] })],
    ["a horizon before the asked days", (world) => world.fingerprints(world.otherRoots(DAY - 46))],
    [
      "windows before its days have ended",
      (world) => {
        world.fingerprints(world.otherRoots(DAY - 45));
        world.fingerprints({ kind: "windows", last: true, groups: [] });
      },
    ],
    [
      "a scope",
      (world) => {
        world.fingerprints(world.otherRoots(DAY - 45));
        world.difference(scope(0));
      },
    ],
  ])("%s end the exchange and are charged", (_, act) => {
    const world = new DifferenceWorld("opener");
    world.publish(0);
    world.begin();
    act(world);
    expectFault(world);
  });

  test("cells beyond those that were asked for end the exchange and are charged", () => {
    const world = opener(120);
    const { cells } = asked(world);
    expect(cells).toBeGreaterThan(0);
    world.difference({ kind: "cells", chunk: 0, cells: Array.from({ length: cells + 1 }, () => cell) });
    expectFault(world);
  });

  test("cells that come after the difference is known are no fault, as long as they were asked for", () => {
    const world = new DifferenceWorld("opener");
    const ids = Array.from({ length: 60 }, (__, number) => world.publish(number).id);
    world.begin();
    world.fingerprints(world.otherRoots(DAY - 45));
    world.fingerprints(world.day(DAY, 60));
    world.fingerprints({ kind: "windows", last: true, groups: [] });
    const { cells: count } = asked(world);
    const cells = world.cells([...ids.slice(1), keyOf("theirs")], count);
    world.difference({ kind: "cells", chunk: 0, cells: cells.slice(0, 12) });
    const [found] = world.sent();
    const [wants, offers] = [[world.short(keyOf("theirs"))], [world.short(ids[0] ?? "")]];
    expect(found).toEqual({ kind: "found", chunk: 0, last: true, left: 0, wants, offers });
    world.difference({ kind: "cells", chunk: 0, cells: cells.slice(12) });
    expect(world.lone.faultsOf("a")).toEqual([]);
    world.difference({ kind: "cells", chunk: 0, cells: cells.slice(0, 1) });
    expectFault(world);
  });

  test("cells of no set make the node ask for the list, which may not be longer than the set", () => {
    const world = opener(120);
    let { cells } = asked(world);
    expect(cells).toBeGreaterThan(0);
    for (let turn = 0; cells > 0 && turn < 20; turn++) {
      world.difference({
        kind: "cells",
        chunk: 0,
        cells: Array.from({ length: cells }, (__, at) => ({ ...cell, low: at })),
      });
      const more = world.sent().find(({ kind }) => kind === "more");
      cells = more?.kind === "more" ? more.cells : 0;
    }
    expect(world.lone.faultsOf("a")).toEqual([]);
    const ids = Array.from({ length: 2000 }, (__, at) => ({ high: at, low: at }));
    world.difference({ kind: "list", chunk: 0, last: false, ids });
    expectFault(world);
  });

  test("records that it lists and does not send leave the strand unequal, whatever it answers", () => {
    const world = opener(0);
    expect(asked(world).cells).toBe(0);
    world.difference({ kind: "list", chunk: 0, last: true, ids: [NOTHING] });
    expect(world.sent().at(-1)).toMatchObject({ kind: "found", wants: [NOTHING] });
    world.difference({ kind: "wanted", chunk: 0, last: true, left: 0, wants: [] });
    expect(world.sent().at(-1)?.kind).toBe("end");
    world.lone.respond("a", { requestId: world.id, status: "ok", items: 1, bytes: 1n });
    expect(world.open).toBe(0);
    expect(world.isEqual).toBe(false);
  });

  test("an answer before the end makes nothing equal", () => {
    const world = opener();
    world.lone.respond("a", { requestId: world.id, status: "ok", items: 0, bytes: 0n });
    expect(world.open).toBe(0);
    expect(world.isEqual).toBe(false);
  });

  test("a horizon that leaves days out makes nothing equal", () => {
    const world = new DifferenceWorld("opener");
    world.begin();
    world.fingerprints(world.otherRoots(DAY));
    world.fingerprints({ kind: "days", last: true, groups: [] });
    world.fingerprints({ kind: "windows", last: true, groups: [] });
    world.lone.respond("a", { requestId: world.id, status: "ok", items: 0, bytes: 0n });
    expect(world.open).toBe(0);
    expect(world.isEqual).toBe(false);
  });

  test("wants that were not offered end the exchange and are charged", () => {
    const world = opener(0);
    world.difference({ kind: "list", chunk: 0, last: true, ids: [] });
    world.difference({ kind: "wanted", chunk: 0, last: true, left: 0, wants: [NOTHING] });
    expectFault(world);
  });

  test("records that were not asked for are dropped and charged", () => {
    const world = opener(0);
    const { story } = world.lone;
    const [asks, extra] = [
      story.task(keyOf("x"), story.nowSeconds + 60),
      story.task(keyOf("y"), story.nowSeconds + 60),
    ];
    world.difference({ kind: "list", chunk: 0, last: true, ids: [world.short(asks.id)] });
    world.lone.records("a", world.id, [extra.envelope, asks.envelope]);
    expect(world.lone.node.engine.entry(extra.id)).toBeUndefined();
    expect(world.lone.node.engine.entry(asks.id)).toBeDefined();
    expect(world.lone.faultsOf("a")).toEqual(["unsolicited"]);
  });

  test("a peer without the feature gets the plain form", () => {
    const world = new DifferenceWorld("acceptor");
    world.lone.peer("b");
    world.lone.request("b", {
      kind: "windows",
      requestId: "cd".repeat(16),
      strands: [STRAND],
      fromDay: DAY,
      toDay: DAY,
    });
    expect(world.lone.frames.map(({ frame }) => frame.kind)).toEqual(["ids"]);
  });
});
