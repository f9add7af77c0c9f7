import { describe, expect, test } from "vitest";
import { projectRoot, runNode } from "../checks/temporary-tree.js";
import { Explorer } from "./explore.js";
import { controlCode, SENT_CODES } from "./member-code.js";
import type { Canary } from "./moves.js";
import { VisitedSet } from "./visited-set.js";
import { Walk } from "./walk.js";
import { canonical, offerFor, START } from "./world-state.js";

function explorerOf(canary: Canary, rounds: number, maxStates: number): Explorer {
  return new Explorer({ canary, rounds, maxStates, maxSeconds: 600, nowMs: () => 0 });
}

describe("the search", () => {
  const explorer = explorerOf("none", 3, 1_000_000);
  const report = explorer.run();

  test("three rounds of four members with one byzantine have no two certificates, in every schedule", () => {
    const { complete, conflict, depth, states, certified } = report;
    expect({ complete, conflict }).toEqual({ complete: true, conflict: undefined });
    expect(depth).toBeGreaterThan(12);
    expect(states).toBeGreaterThan(100_000);
    expect(certified).toBeGreaterThan(10_000);
  });

  test("the search ends at its bound of states", () => {
    const { complete, states } = explorerOf("none", 3, 5000).run();
    expect(complete).toBe(false);
    expect(states).toBeLessThanOrEqual(5000);
  });

  test("each state of random schedules with all votes, leaders and times is one that the search visited", () => {
    let compared = 0;
    for (let seed = 1; seed <= 300; seed++) {
      const walk = new Walk({ seed, members: 4, byzantine: 1, actions: 0, canary: "none" });
      for (let action = 0; action < 200; action++) {
        walk.act();
        const { members } = walk;
        // A member that has seen a certificate stops in the middle of a move; the search lets it go on.
        if (members.some(({ state }) => state.end !== undefined || (state.round ?? 0) > 2)) break;
        const world = members.map((member) => controlCode(member) * SENT_CODES + member.sent);
        expect(explorer.has([world[0] as number, world[1] as number, world[2] as number]), `seed ${seed}`).toBe(true);
        compared++;
      }
    }
    expect(compared).toBeGreaterThan(5000);
  });

  test.each([
    ["no-hold", "waits half a round"],
    ["low-quorum", "hears prepares"],
    ["no-write", "crashes and restarts"],
  ] as const)("with the part %s broken it finds two certificates and prints the schedule", (canary, step) => {
    const { conflict } = explorerOf(canary, 3, 200_000).run();
    expect(conflict?.kind).toBe("certificates");
    expect(conflict?.schedule.join("\n")).toContain(step);
    const votes = conflict?.schedule.join("\n") ?? "";
    expect(votes).toMatch(/commit a in round/);
    expect(votes).toMatch(/commit b in round/);
  });

  test("worlds that differ in the names of members and values are one", () => {
    const world = [5, 1, 3] as const;
    expect(canonical(world).world).toEqual(canonical([1, 3, 5]).world);
    expect(canonical(START).world).toEqual([0, 0, 0]);
  });

  test("a vote is delivered only after it was sent", () => {
    expect(offerFor(START, 0, { kind: "quorum", round: 0, value: 1 }, 3, 3)).toBeUndefined();
    expect(offerFor(START, 0, { kind: "follow", round: 1, own: 1 }, 3, 3)).toBeUndefined();
  });
});

describe("the set of visited states", () => {
  test("has each state once, and tells states with equal parts apart", () => {
    const set = new VisitedSet(10_000);
    for (let i = 0; i < 10_000; i++) expect(set.add(i % 100, Math.floor(i / 100), 2 ** 33)).toBe(true);
    for (let i = 0; i < 10_000; i++) expect(set.add(i % 100, Math.floor(i / 100), 2 ** 33)).toBe(false);
    expect(set.add(0, 0, 0)).toBe(true);
    expect(set.size).toBe(10_001);
  });
});

describe("random schedules of seven members with two byzantine", () => {
  test("have no two certificates, reach later rounds, and certify often", () => {
    const reports = Array.from({ length: 20 }, (_, i) =>
      new Walk({ seed: i + 1, members: 7, byzantine: 2, actions: 400, canary: "none" }).run(),
    );
    expect(reports.filter(({ conflict }) => conflict !== undefined)).toEqual([]);
    expect(Math.max(...reports.map(({ round }) => round))).toBeGreaterThan(2);
    expect(reports.filter(({ certified }) => certified).length).toBeGreaterThan(5);
  });

  test("with a lower quorum have two certificates in some schedule", () => {
    let found: readonly string[] | undefined;
    for (let seed = 1; seed <= 200 && found === undefined; seed++) {
      found = new Walk({ seed, members: 7, byzantine: 2, actions: 400, canary: "low-quorum" }).run().conflict;
    }
    expect(found?.at(-1)).toMatch(/sends .*commit/);
  });
});

test("the command prints states, depth and time of each search, and ends with 0 if all is as it must be", () => {
  const args = ["test/model/model.mjs", "--rounds", "1", "--seeds", "1..3", "--json"];
  const { status, stdout } = runNode(args, projectRoot);
  const [search, walk, last] = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(search).toMatchObject({ search: "exhaustive", rounds: 1, complete: true });
  expect(search.states).toBeGreaterThan(10);
  expect(Object.keys(search)).toEqual(expect.arrayContaining(["states", "depth", "seconds"]));
  expect(walk).toMatchObject({ search: "walk", members: 7, byzantine: 2, seeds: 3, conflicts: 0 });
  expect({ status, last }).toEqual({ status: 0, last: { ok: true } });
});
