import { describe, expect, test } from "vitest";
import { electorateOf } from "../../../src/engine/voting/index.js";
import { A, B, C, Cluster, D, MEMBERS, Member, vote } from "./voting-world.js";

/** Each member with its own list. */
function cluster(...lists: readonly (readonly [string, string])[]): Cluster {
  return new Cluster(
    lists.map(([key, own]) => {
      const member = new Member(key);
      member.own = own;
      return member;
    }),
  );
}

describe("one member", () => {
  test("it starts at its time, prepares its own list in round 0, and votes once", () => {
    const member = new Member(A);
    member.startMs = 5000;
    expect(member.tick(4999)).toEqual([]);
    const own = { round: 0, step: "prepare", held: 0, value: "own", timestampSeconds: 5 };
    expect(member.tick(5000)).toEqual([
      { kind: "persist", record: { round: 0, held: undefined, prepare: own, commit: undefined } },
      { kind: "vote", vote: own },
    ]);
    expect(member.tick(6000)).toEqual([]);
  });

  test("votes of more than a third of the weight start it before its time, votes of a third do not", () => {
    const member = new Member(A);
    member.startMs = undefined;
    member.receive(0, vote(B, 0, "prepare", "x"));
    expect(member.round).toBeUndefined();
    member.receive(0, vote(C, 0, "prepare", "x"));
    expect(member.votes).toMatchObject([{ round: 0, step: "prepare", value: "own" }]);
  });

  test("it commits the value of a prepare quorum of its round, and writes what it holds before", () => {
    const member = new Member(A);
    member.tick(0);
    expect(member.receive(1, vote(B, 0, "prepare", "own"))).toEqual([]);
    const effects = member.receive(2, vote(C, 0, "prepare", "own"));
    expect(effects.map(({ kind }) => kind)).toEqual(["persist", "vote"]);
    expect(member.disk).toMatchObject({ round: 0, held: { round: 0, value: "own" }, commit: { value: "own" } });
  });

  test("a quorum of an earlier round is held and not committed, and its value is prepared from then on", () => {
    const member = new Member(A);
    member.judgement = "refused";
    member.tick(0);
    member.receive(0, vote(B, 1, "prepare", "z"), vote(C, 1, "prepare", "y"));
    expect(member.round).toBe(1);
    member.receive(1, vote(B, 0, "prepare", "x"), vote(C, 0, "prepare", "x"), vote(D, 0, "prepare", "x"));
    expect(member.state.held).toBeUndefined();
    // The claim of a latest prepare says for which earlier quorum votes are kept.
    member.receive(1, vote(D, 1, "prepare", "x", 1));
    member.receive(1, vote(B, 0, "prepare", "x"), vote(C, 0, "prepare", "x"), vote(D, 0, "prepare", "x"));
    expect(member.votes.at(-1)).toMatchObject({ round: 1, step: "prepare", held: 1, value: "x" });
    expect(member.votes.some(({ step }) => step === "commit")).toBe(false);
  });

  test("it prepares the leader's list within half the round if that is acceptable, else its own", () => {
    for (const judgement of ["acceptable", "refused"] as const) {
      const member = new Member(A);
      member.judgement = judgement;
      member.tick(0);
      member.receive(0, vote(B, 1, "prepare", "x"), vote(D, 1, "prepare", "led"));
      if (judgement === "refused") {
        member.tick(9999);
        expect(member.votes).toHaveLength(1);
        member.tick(10_000);
      }
      expect(member.votes.at(-1)).toMatchObject({ round: 1, value: judgement === "acceptable" ? "led" : "own" });
    }
  });

  test("it requests the list of the leader once, and prepares it when the list is here", () => {
    const member = new Member(A);
    member.judgement = "unknown";
    member.tick(0);
    const effects = member.receive(0, vote(B, 1, "prepare", "x"), vote(D, 1, "prepare", "led"));
    expect(effects).toEqual([{ kind: "want_list", value: "led" }]);
    expect(member.tick(1)).toEqual([]);
    member.judgement = "acceptable";
    member.tick(2);
    expect(member.votes.at(-1)).toMatchObject({ round: 1, value: "led" });
  });

  test("the leader prepares its own list at once", () => {
    const member = new Member(D);
    member.tick(0);
    member.receive(0, vote(B, 1, "prepare", "x"), vote(C, 1, "prepare", "y"));
    expect(member.votes.at(-1)).toMatchObject({ round: 1, value: "own" });
  });

  test("it repeats its votes and those of the held quorum every 30 s", () => {
    const member = new Member(A);
    member.tick(0);
    member.receive(0, vote(B, 0, "prepare", "own"), vote(C, 0, "prepare", "own"));
    expect(member.tick(29_999).some(({ kind }) => kind === "repeat")).toBe(false);
    const repeat = member.tick(30_000).find(({ kind }) => kind === "repeat");
    expect(repeat).toMatchObject({
      own: [{ round: 1, step: "prepare" }],
      held: [vote(B, 0, "prepare", "own"), vote(C, 0, "prepare", "own")],
    });
  });

  test("after a restart it repeats the same votes and casts no other in the round", () => {
    const member = new Member(A);
    member.tick(1000);
    const cast = member.votes;
    member.own = "other";
    member.restart(2000);
    const effects = member.tick(2000);
    expect(effects).toEqual([{ kind: "repeat", own: cast, held: [] }]);
  });

  test("after a restart it prepares the held value in the next round", () => {
    const member = new Member(A);
    member.tick(0);
    member.receive(0, vote(B, 0, "prepare", "own"), vote(C, 0, "prepare", "own"));
    member.own = "other";
    member.restart(1000);
    member.receive(1000, vote(B, 1, "prepare", "other"), vote(C, 1, "prepare", "other"));
    expect(member.votes.at(-1)).toMatchObject({ round: 1, step: "prepare", held: 1, value: "own" });
  });

  test("a vote of its own key that it did not cast ends its voting", () => {
    for (const strange of [vote(A, 1, "prepare", "own"), vote(A, 0, "prepare", "x"), vote(A, 0, "commit", "own")]) {
      const member = new Member(A);
      member.tick(0);
      expect(member.receive(1, vote(A, 0, "prepare", "own"))).toEqual([]);
      expect(member.receive(1, strange)).toEqual([{ kind: "ended", end: { kind: "key_used_elsewhere" } }]);
      expect(member.receive(2, vote(B, 2, "prepare", "x"), vote(C, 2, "prepare", "x"))).toEqual([]);
    }
  });
});

describe("four members", () => {
  test("equal lists are certified in round 0, also without the fourth", () => {
    const world = cluster([A, "x"], [B, "x"], [C, "x"]);
    world.run(0);
    expect(world.members.map(({ certified }) => certified)).toEqual(["x", "x", "x"]);
  });

  test("different lists are certified by the leader's value", () => {
    const world = cluster([A, "x"], [B, "y"], [C, "z"], [D, "w"]);
    world.run(12);
    expect(world.members.map(({ certified, round }) => [certified, round])).toEqual(Array(4).fill(["w", 1]));
  });

  test("members that vote apart agree when the parts meet", () => {
    const world = cluster([A, "x"], [B, "x"], [C, "y"], [D, "y"]);
    const left = [A, B];
    world.reaches = (from, to) => left.includes(from) === left.includes(to);
    world.run(3600);
    expect(world.members.some(({ certified }) => certified !== undefined)).toBe(false);
    world.reaches = () => true;
    world.run(60);
    expect(new Set(world.members.map(({ certified }) => certified))).toEqual(new Set(["y"]));
  });

  test("a member that was alone for a day decides with two that come back, in their first rounds", () => {
    const [a, b, c] = [new Member(A), new Member(B), new Member(C)];
    const alone = new Cluster([a]);
    alone.run(86_400);
    expect(a.round).toBe(0);
    const world = new Cluster([a, b, c]);
    world.nowMs = alone.nowMs;
    world.run(60);
    expect([a.certified, b.certified, c.certified]).toEqual(["own", "own", "own"]);
  });

  test("a member that is a round ahead waits for a quorum in its round", () => {
    const leaderOf = (round: number) => MEMBERS[round % MEMBERS.length];
    const [a, b, c] = [new Member(A, { leaderOf }), new Member(B, { leaderOf }), new Member(C, { leaderOf })];
    a.own = "x";
    b.own = c.own = "y";
    a.tick(0);
    // With the votes of D the others seem to be in round 1. No quorum votes in round 2, so A stays there for any time.
    a.receive(0, vote(D, 1, "prepare", "z"), vote(B, 1, "prepare", "w"));
    for (const seconds of [10, 30, 45, 3600]) a.tick(1000 * seconds);
    expect(a.round).toBe(2);
    const world = new Cluster([a, b, c]);
    world.nowMs = 3_600_000;
    world.run(300);
    // A leads round 4.
    expect(world.members.map(({ certified, round }) => [certified, round])).toEqual(Array(3).fill(["x", 4]));
  });
});

describe("an electorate", () => {
  test.each([
    [1, 1, 1],
    [3, 3, 2],
    [4, 3, 2],
    [6, 5, 3],
    [7, 5, 3],
    [100, 67, 34],
  ])("of %i equal members has a quorum of %i, and more than a third with %i", (count, quorum, third) => {
    const roster = Array.from({ length: count }, (_, i) => ({ key: i.toString(16).padStart(64, "0"), weight: 1 }));
    const others = electorateOf(roster, "e".repeat(64), "f".repeat(64));
    expect([others.members.length, others.quorum, others.third]).toEqual([count, quorum, third]);
  });

  test("has a quorum of more than a third of the roster, however heavy publisher and submitter are", () => {
    const roster = [
      { key: A, weight: 10 },
      { key: B, weight: 10 },
      { key: C, weight: 10 },
      { key: D, weight: 4 },
    ];
    expect(electorateOf(roster, A, B)).toMatchObject({ quorum: 12, third: 5 });
    expect(electorateOf(roster, A, A)).toMatchObject({ quorum: 17, third: 9 });
  });

  test("without members has no quorum", () => {
    expect(electorateOf([{ key: A, weight: 1 }], A, B)).toMatchObject({ members: [], quorum: 1 });
  });
});
