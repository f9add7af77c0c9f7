import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isInSync, type SyncVote } from "../../src/engine/sync/sync-votes.js";

const inbound = (group: string, equal?: boolean): SyncVote => ({ chosen: false, group, equal });
const chosen = (equal?: boolean): SyncVote => ({ chosen: true, group: "chosen", equal });
const many = (count: number, vote: SyncVote): SyncVote[] => Array(count).fill(vote);

const CASES: readonly (readonly [string, readonly SyncVote[], boolean])[] = [
  ["no peer", [], false],
  ["a peer that was not compared", [chosen()], false],
  ["the only chosen peer is equal", [chosen(true)], true],
  ["the only chosen peer is equal, and strangers differ", [chosen(true), ...many(9, inbound("a", false))], true],
  ["one of two chosen peers is equal", [chosen(true), chosen(false)], false],
  ["one of two chosen peers is equal, and one group", [chosen(true), chosen(false), inbound("a", true)], true],
  ["two of three chosen peers are equal", [chosen(true), chosen(true), chosen(false)], true],
  ["the chosen peer differs and many groups are equal", [chosen(false), inbound("a", true), inbound("b", true)], false],
  ["many equal identities of one group", many(48, inbound("a", true)), false],
  ["two equal groups", [inbound("a", true), inbound("b", true)], true],
  ["two equal groups beside a chosen peer that says nothing", [chosen(), inbound("a", true), inbound("b", true)], true],
  ["two equal groups and one that differs", [inbound("a", true), inbound("b", true), inbound("c", false)], false],
  [
    "three equal groups and one that differs",
    ["a", "b", "c"].map((g) => inbound(g, true)).concat(inbound("d", false)),
    true,
  ],
  ["a group that contradicts itself", [inbound("a", true), inbound("b", true), inbound("b", false)], false],
  ["groups that were not compared", [inbound("a", true), inbound("b", true), ...many(9, inbound("c"))], true],
];

describe("whether a strand is in sync", () => {
  test.each(CASES)("%s", (_name, votes, expected) => {
    expect(isInSync(votes, false)).toBe(expected);
    expect(isInSync([...votes].reverse(), false)).toBe(expected);
  });

  test("whether a strand is in sync is decided on loopback by any two peers, or by the only one", () => {
    expect(isInSync([], true)).toBe(false);
    expect(isInSync([inbound("loopback", true)], true)).toBe(true);
    expect(isInSync([inbound("loopback", true), inbound("loopback", false)], true)).toBe(false);
    expect(isInSync([inbound("loopback", true), inbound("loopback", true), chosen(false)], true)).toBe(true);
  });

  test("attackers decide the sync of a strand only with more than twice the honest address groups", () => {
    const counts = fc.record({ groups: fc.nat(12), perGroup: fc.integer({ min: 1, max: 8 }), honest: fc.nat(6) });
    fc.assert(
      fc.property(counts, fc.boolean(), ({ groups, perGroup, honest }, honestEqual) => {
        const attackers = Array.from({ length: groups * perGroup }, (_, i) => inbound(`x${i % groups}`, !honestEqual));
        const peers = Array.from({ length: honest }, (_, i) => inbound(`h${i}`, honestEqual));
        const [equal, unequal] = honestEqual ? [honest, groups] : [groups, honest];
        expect(isInSync([...attackers, ...peers], false)).toBe(equal >= 2 && equal > 2 * unequal);
      }),
    );
  });

  test("the chosen peers decide the sync of a strand against any number of peers that dialled in", () => {
    const voices = fc.array(fc.record({ group: fc.string(), equal: fc.option(fc.boolean(), { nil: undefined }) }));
    fc.assert(
      fc.property(voices, (strangers) => {
        const inbounds = strangers.map(({ group, equal }) => inbound(group, equal));
        expect(isInSync([chosen(false), ...inbounds], false)).toBe(false);
        expect(isInSync([chosen(true), ...inbounds], false)).toBe(true);
      }),
    );
  });
});
