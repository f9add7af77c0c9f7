import { describe, expect, test } from "vitest";
import { type CountedVote, electorateOf, type Quorum, VoteTally } from "../../../src/engine/voting/index.js";
import { A, B, C, D, ELECTORATE, Member, vote } from "./voting-world.js";

function tallyOf(votes: readonly CountedVote[], held?: Quorum, electorate = ELECTORATE): VoteTally {
  return votes.reduce((tally, next) => tally.with(next, electorate, held), VoteTally.EMPTY);
}

describe("a tally", () => {
  test("counts a voter once for a value, and a double voter for both values", () => {
    const twice = tallyOf([vote(A, 0, "prepare", "x"), vote(A, 0, "prepare", "x", 1), vote(B, 0, "prepare", "x")]);
    expect(twice.quorum("prepare", ELECTORATE)).toBeUndefined();
    const both = twice.with(vote(A, 0, "prepare", "y"), ELECTORATE, undefined);
    expect(both.with(vote(C, 0, "prepare", "x"), ELECTORATE, undefined).quorum("prepare", ELECTORATE)?.value).toBe("x");
  });

  test("ignores a vote of a key that is no member", () => {
    expect(tallyOf([vote("e".repeat(64), 0, "prepare", "x")])).toBe(VoteTally.EMPTY);
  });

  test("keeps two values of a voter in a step, and drops a third", () => {
    const tally = tallyOf(["x", "y", "z"].map((value) => vote(A, 0, "prepare", value)));
    expect(tally.prepared(A, 0)).toEqual(["x", "y"]);
  });

  test("a double voter who sends other values first does not hide a quorum", () => {
    const garbage = [vote(D, 0, "prepare", "x"), vote(D, 0, "prepare", "y")];
    const honest = [vote(A, 0, "prepare", "v"), vote(B, 0, "prepare", "v")];
    const tally = tallyOf([...garbage, ...honest, vote(D, 0, "prepare", "v")]);
    expect(tally.quorum("prepare", ELECTORATE)).toEqual({ round: 0, value: "v" });
    // Two values stay, so the proof of the double vote stays.
    expect(tally.prepared(D, 0)).toEqual(["x", "v"]);
  });

  test("a voter of a far round has no votes but those of that round", () => {
    const far = [...Array(50).keys()].map((round) => vote(D, 100 * round, "prepare", "x"));
    expect(tallyOf(far).votes.map(({ round }) => round)).toEqual([0, 4900]);
  });

  test("votes of rounds that more than a third has left are dropped, except those of the held quorum", () => {
    const votes = [A, B, C].flatMap((voter) => [0, 1, 2, 3].map((round) => vote(voter, round, "prepare", "x")));
    expect(new Set(tallyOf(votes).votes.map(({ round }) => round))).toEqual(new Set([3]));
    const held = { round: 1, value: "x" };
    expect(new Set(tallyOf(votes, held).votes.map(({ round }) => round))).toEqual(new Set([1, 3]));
  });

  test("256 voters, a third of them with any votes, keep at most 3,072 votes in 10 rounds", () => {
    const roster = Array.from({ length: 256 }, (_, i) => ({ key: i.toString(16).padStart(64, "0"), weight: 1 }));
    const electorate = electorateOf(roster, "", "");
    let tally = VoteTally.EMPTY;
    let most = 0;
    for (let round = 0; round < 10; round++) {
      for (const [i, { key }] of roster.entries()) {
        for (const step of ["prepare", "commit"] as const) {
          const values = i < 85 ? ["x", "y", "z"] : ["x"];
          for (const value of values) tally = tally.with(vote(key, round, step, value), electorate, undefined);
        }
      }
      most = Math.max(most, tally.votes.length);
    }
    expect(most).toBeLessThanOrEqual(256 * 4 * 3);
  });
});

describe("a held quorum that one member alone saw", () => {
  test("reaches the others although they dropped its votes, and frees them", () => {
    // A saw D's prepare of v in round 0, the others saw other values of D. All have gone on to round 5.
    const a = new Member(A);
    a.tick(0);
    a.receive(0, vote(B, 0, "prepare", "own"), vote(D, 0, "prepare", "own"));
    expect(a.state.held).toEqual({ round: 0, value: "own" });
    const c = new Member(C);
    c.own = "new";
    c.judgement = "refused";
    c.tick(0);
    c.receive(0, vote(B, 0, "prepare", "own"), vote(D, 0, "prepare", "y"), vote(D, 0, "prepare", "z"));
    const later = [vote(B, 5, "prepare", "new"), vote(D, 5, "prepare", "z")];
    a.receive(1, ...later);
    c.receive(1, ...later);
    // A's prepare claims a quorum of round 0; its repetition brings the votes.
    c.receive(1, { ...vote(A, 5, "prepare", "own"), held: 1 });
    const repeat = a.tick(100_000).find(({ kind }) => kind === "repeat");
    const held = repeat?.kind === "repeat" ? repeat.held : [];
    expect(held.map(({ voter }) => voter)).toEqual([B, D]);
    c.receive(2, vote(A, 0, "prepare", "own"), ...held);
    expect(c.votes.at(-1)).toMatchObject({ round: 5, step: "prepare", held: 1, value: "own" });
  });
});
