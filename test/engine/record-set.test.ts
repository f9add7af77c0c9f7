import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { RecordSet } from "../../src/engine/set/record-set.js";
import type { TaskRecord } from "../../src/engine/set/task-record.js";
import type { MemberEntry } from "../../src/engine/writes.js";
import { toHex } from "../../src/protocol/bytes.js";
import { windowState } from "../../src/protocol/digests.js";
import { dayOf } from "../../src/protocol/membership.js";
import { DAY_SECONDS, DEFAULT_RULES } from "../../src/protocol/rules.js";
import { announce, blake3, entryOf, hash, key, NOON, submit, world } from "../support/engine-world.js";

function newSet(maxRecords?: number): RecordSet {
  return new RecordSet(blake3, DEFAULT_RULES, maxRecords === undefined ? {} : { maxRecords });
}

/** The whole content of the set, in a comparable form. */
function contents(set: RecordSet): unknown {
  return set.strands().map((strand) => ({
    strand,
    windows: set.windows(strand).map((window) => ({
      ids: set
        .windowIds(strand, window)
        .map((id) => [id, set.equivocatedPair(id), set.slot(set.entry(id) as MemberEntry)]),
      state: set.states.window(strand, window),
    })),
  }));
}

/** Records of one slot, ascending by id. */
function slotMates(count: number): MemberEntry[] {
  const mates = Array.from({ length: count }, (_, nonce) => entryOf(announce({ author: key(0), nonce })));
  return mates.sort((a, b) => (a.id < b.id ? -1 : 1));
}

const shuffledWorld = world.chain((records) =>
  fc.tuple(fc.constant(records), fc.shuffledSubarray([...records], { minLength: records.length })),
);

describe("RecordSet", () => {
  it("the set is the same for any order of admission", () => {
    fc.assert(
      fc.property(shuffledWorld, ([records, shuffled]) => {
        const [one, other] = [newSet(), newSet()];
        for (const member of records) one.admit(entryOf(member));
        for (const member of shuffled) {
          other.admit(entryOf(member));
          // A read in between must not keep an old state.
          other.states.window(member.strand, entryOf(member).window);
          other.windows(member.strand);
        }
        expect(contents(other)).toEqual(contents(one));
        expect(other.size).toBe(one.size);
      }),
    );
  });

  it("the members of an author are those of all members, after any removals", () => {
    fc.assert(
      fc.property(shuffledWorld, fc.array(fc.nat()), ([records, shuffled], picks) => {
        const set = newSet();
        for (const member of records) set.admit(entryOf(member));
        for (const pick of picks) set.lose((records[pick % records.length] as TaskRecord).id);
        for (const member of shuffled.slice(0, records.length / 2)) set.admit(entryOf(member));
        for (const author of new Set(records.map((record) => record.author))) {
          const ids = [...set.entriesOf(author)].map(({ id }) => id).sort();
          const held = records.filter((record) => record.author === author && set.has(record.id));
          expect(ids).toEqual([...new Set(held.map(({ id }) => id))].sort());
        }
      }),
    );
  });

  it("the set is the same again when lost members return, in any order", () => {
    fc.assert(
      fc.property(shuffledWorld, fc.nat({ max: 20 }), ([records, shuffled], count) => {
        const [set, whole] = [newSet(), newSet()];
        for (const member of records) for (const each of [set, whole]) each.admit(entryOf(member));
        const lost = shuffled
          .map((record) => entryOf(record))
          .filter(({ id }) => set.has(id))
          .slice(0, count);
        for (const entry of lost) {
          expect(set.lose(entry.id)).toEqual(entry);
          expect(set.has(entry.id)).toBe(false);
          expect(set.slot(entry)).not.toContain(entry.id);
        }
        expect(set.size).toBe(whole.size - lost.length);
        for (const entry of lost.reverse()) expect(set.admit(entry).outcome).toBe("added");
        expect(contents(set)).toEqual(contents(whole));
      }),
    );
  });

  it("the set keeps the two lowest ids of each slot, and no others, in any order", () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(slotMates(5), { minLength: 5 }), (order) => {
        const set = newSet();
        for (const entry of order) set.admit(entry);
        const [low, high] = slotMates(5) as [MemberEntry, MemberEntry];
        expect(set.slot(low)).toEqual([low.id, high.id]);
        expect(set.size).toBe(2);
        expect(set.windowIds(low.strand, low.window)).toEqual([low.id, high.id]);
        expect(order.filter(({ id }) => set.equivocatedPair(id) !== undefined).length).toBe(2);
      }),
    );
  });

  it("returns the outcome of each record", () => {
    const [a, b, c, d] = slotMates(4) as [MemberEntry, MemberEntry, MemberEntry, MemberEntry];
    const set = newSet();
    expect(set.admit(b)).toEqual({ outcome: "added", equivocated: false, evicted: undefined });
    expect(set.admit(b)).toEqual({ outcome: "known" });
    expect(set.admit(c)).toEqual({ outcome: "added", equivocated: true, evicted: undefined });
    expect(set.admit(d)).toEqual({ outcome: "refused" });
    expect(set.admit(a)).toEqual({ outcome: "added", equivocated: true, evicted: c });
    expect(set.has(c.id)).toBe(false);
    expect(set.equivocatedPair(c.id)).toBeUndefined();
    expect(set.equivocatedPair(b.id)).toEqual([a.id, b.id]);
  });

  it("a full set drops no member, and still admits a lower id in an equivocated slot", () => {
    const [a, b, c] = slotMates(3) as [MemberEntry, MemberEntry, MemberEntry];
    const set = newSet(2);
    set.admit(b);
    set.admit(c);
    expect(set.admit(entryOf(announce({ author: key(1) })))).toEqual({ outcome: "full" });
    expect(set.admit(a)).toEqual({ outcome: "added", equivocated: true, evicted: c });
    expect(set.size).toBe(2);
  });

  it("the set gives a certificate no slot, and a window by t0", () => {
    const set = newSet();
    const certificate = (id: string): MemberEntry => ({
      ...entryOf(announce({ author: key(0) })),
      id: hash(id),
      type: 8,
      strand: "000100",
    });
    for (const id of ["a", "b", "c"])
      expect(set.admit(certificate(id))).toMatchObject({ outcome: "added", equivocated: false });
    expect(set.windowIds("000100", Math.floor(NOON / 600))).toEqual(["a", "b", "c"].map(hash).sort());
    expect(set.expire(dayOf(NOON) + 1)).toHaveLength(3);
    expect(set.size).toBe(0);
  });

  it("the set computes the state of a window from its ids alone", () => {
    const set = newSet();
    const members = [0, 1, 2].map((number) => entryOf(announce({ author: key(0), number })));
    for (const entry of members) set.admit(entry);
    const { strand, window } = members[0] as MemberEntry;
    const ids = members.map(({ id }) => id).sort();
    const state = toHex(windowState(blake3, ids));
    expect(set.states.window(strand, window)).toEqual({ strand, window, count: 3, state });
    expect(set.states.window(strand, window + 1)).toBeUndefined();
  });

  it("expires whole days, and is then as if it had never held them", () => {
    const days = fc.array(
      fc.record({ author: fc.nat({ max: 3 }), day: fc.nat({ max: 4 }), nonce: fc.nat({ max: 2 }) }),
    );
    fc.assert(
      fc.property(days, fc.nat({ max: 5 }), (drawn, cut) => {
        const records = drawn.map(({ author, day, nonce }) =>
          announce({ author: key(author), nonce, timestampSeconds: NOON + day * DAY_SECONDS + nonce }),
        );
        const isKept = ({ timestampSeconds }: TaskRecord): boolean => dayOf(timestampSeconds) >= dayOf(NOON) + cut;
        const [all, kept] = [newSet(), newSet()];
        for (const member of records) all.admit(entryOf(member));
        for (const member of records.filter(isKept)) kept.admit(entryOf(member));
        const before = all.size;
        const ids = all.ids("000000", dayOf(NOON) + cut);
        const gone = all.expire(dayOf(NOON) + cut);
        expect(contents(all)).toEqual(contents(kept));
        expect(gone.length).toBe(before - kept.size);
        expect(ids).toEqual(kept.ids("000000", 0));
        for (const entry of gone) expect([all.slot(entry), all.equivocatedPair(entry.id)]).toEqual([[], undefined]);
      }),
    );
  });

  it("expires only the old day of a window that crosses midnight", () => {
    const rules = { ...DEFAULT_RULES, windowSeconds: 50_000 };
    const set = new RecordSet(blake3, rules);
    const midnight = (dayOf(NOON) + 1) * DAY_SECONDS;
    const [before, after] = [-1, 0].map((offset) =>
      entryOf(announce({ author: key(0), timestampSeconds: midnight + offset }), rules),
    ) as [MemberEntry, MemberEntry];
    set.admit(before);
    set.admit(after);
    expect(before.window).toBe(after.window);
    expect(set.ids("000000", dayOf(midnight))).toEqual([after.id]);
    expect(set.expire(dayOf(midnight))).toEqual([before]);
    expect(set.states.window("000000", after.window)?.count).toBe(1);
  });

  it("the set counts the active authors without a walk over the records", () => {
    const set = newSet();
    const task = announce({ author: key(9) });
    set.admit(entryOf(task));
    for (const [author, timestampSeconds] of [
      [1, NOON + 9000],
      [1, NOON + 100],
      [2, NOON + 5000],
    ] as const)
      set.admit(entryOf(submit(task, { author: key(author), timestampSeconds })));
    const walk = vi.spyOn(set, "entry");
    expect(set.workersSince(NOON)).toBe(2);
    expect(set.workersSince(NOON + 5000)).toBe(1);
    expect(set.workersSince(NOON + 9000)).toBe(0);
    expect(walk).not.toHaveBeenCalled();
    set.expire(dayOf(NOON) + 1);
    expect(set.workersSince(0)).toBe(0);
  });
});
