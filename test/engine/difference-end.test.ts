import { describe, expect, test } from "vitest";
import type { Difference } from "../../src/protocol/difference-frames.js";
import { author } from "../support/simulation/story.js";
import { DifferenceWorld, NOON_WINDOW } from "./difference-world.js";
import { statuses } from "./lone-exchange.js";

const SCOPE: Difference = {
  kind: "scope",
  chunk: 0,
  cells: 8,
  runs: [{ strand: 0, window: NOON_WINDOW, length: 1 }],
};

describe("the end of an exchange that a peer opened", () => {
  test("an end that comes before the records were verified waits for them", () => {
    const world = new DifferenceWorld("acceptor");
    const { lone } = world;
    const offered = lone.story.task(author(7), lone.story.nowSeconds + 60, { number: 0 });
    world.untilChunks(3);
    world.difference(SCOPE);
    world.difference({ kind: "found", chunk: 0, last: true, left: 0, wants: [], offers: [world.short(offered.id)] });
    world.difference({ kind: "end", prints: [world.print(0, 0)] });
    expect(statuses(lone, world.id)).toEqual([]);
    lone.records("a", world.id, [offered.envelope]);
    expect(lone.node.disk.records.has(offered.id)).toBe(true);
    expect(statuses(lone, world.id)).toEqual(["ok"]);
    expect(lone.faultsOf("a")).toEqual([]);
  });

  test("records that were offered and do not come end it with the status unknown after 30 s", () => {
    const world = new DifferenceWorld("acceptor");
    const offers = [{ high: 1, low: 2 }];
    world.untilChunks(3);
    world.difference(SCOPE);
    world.difference({ kind: "found", chunk: 0, last: true, left: 0, wants: [], offers });
    expect(world.sent().at(-1)).toEqual({ kind: "wanted", chunk: 0, last: true, left: 0, wants: offers });
    world.difference({ kind: "end", prints: [world.print(0, 0)] });
    world.lone.clock.advance(31_000);
    expect(statuses(world.lone, world.id)).toEqual(["unknown"]);
    expect(world.isEqual).toBe(false);
  });
});
