import { blake3 as hash } from "@noble/hashes/blake3.js";
import { describe, expect, test } from "vitest";
import { concatBytes, fromHex, toHex } from "../../src/protocol/bytes.js";
import {
  acceptanceRank,
  type DigestStrand,
  type DigestTask,
  dayDigest,
  groupState,
  registryDigest,
  rosterDigest,
  sortKeys,
  stateDigest,
  taskDigest,
  trimRoster,
  windowState,
} from "../../src/protocol/digests.js";
import { hashBytes } from "../../src/protocol/records.js";
import { blake3, DEVNET, filled, filledHex } from "../support/samples.js";

/** BLAKE3 of `tos-ai-sync/<name>/v1`, a zero byte, and bytes spelled as hex. */
function spelled(name: string, ...hex: readonly string[]): string {
  const tag = [...new TextEncoder().encode(`tos-ai-sync/${name}/v1\0`)];
  return toHex(hash(Uint8Array.from([...tag, ...(fromHex(hex.join("")) ?? [])])));
}

const one = filledHex(1);
const two = filledHex(2);
const genesis = toHex(DEVNET.genesis);

describe("hashes of windows, days and sets", () => {
  test("the states of a window, a day and the root are the hashes of the protocol", () => {
    const window = windowState(blake3, [one, two]);
    expect(toHex(window)).toBe(spelled("window", "00000002", one, two));
    const day = groupState(blake3, [{ number: 0x01020304, state: window }]);
    expect(toHex(day)).toBe(spelled("window", "00000001", "01020304", toHex(window)));
    expect(toHex(windowState(blake3, []))).toBe(spelled("window", "00000000"));
  });

  test("the digest of a day is the hash of the protocol", () => {
    const tasks = concatBytes([hashBytes(one), hashBytes(two)]);
    expect(toHex(dayDigest(blake3, hashBytes(two), tasks))).toBe(spelled("day", two, "00000002", one, two));
  });

  test("the rank for acceptance is the hash of the protocol", () => {
    expect(toHex(acceptanceRank(blake3, one, two))).toBe(spelled("seat", one, two));
  });
});

describe("registries and rosters", () => {
  const entries = [
    { key: two, weight: 5 },
    { key: one, weight: 10_000 },
  ];

  test("registries and rosters are hashed ascending by key, whatever the order given", () => {
    const expected = [one, "2710", two, "0005"];
    expect(toHex(registryDigest(blake3, DEVNET.genesis, entries))).toBe(
      spelled("registry", genesis, "00000002", ...expected),
    );
    expect(toHex(rosterDigest(blake3, DEVNET.genesis, 20_000, entries))).toBe(
      spelled("roster", genesis, "00004e20", "0002", ...expected),
    );
    expect(sortKeys(entries).map(({ key }) => key)).toEqual([one, two]);
  });

  test("a roster above the maximum keeps the largest weights, and ties go to the lower key", () => {
    const three = filledHex(3);
    const members = [...entries, { key: three, weight: 5 }];
    expect(trimRoster(members, 2).map(({ key }) => key)).toEqual([one, two]);
    expect(trimRoster(members, 3)).toHaveLength(3);
  });
});

describe("state digest", () => {
  const strand = (taskType: number): DigestStrand => ({
    strand: Uint8Array.of(taskType, 0, 0),
    days: [{ day: 0x01020304, digest: hashBytes(one) }],
  });
  const task = {
    id: one,
    equivocated: false,
    cancelled: false,
    hasRoster: false,
    submissions: [
      {
        id: two,
        n: 2,
        sum: 162n,
        sumOfSquares: 13_140n,
        weightSum: 3n,
        weightedSum: 2n ** 33n,
        reached: true,
        certified: undefined,
      },
    ],
    excludedAuthors: [filledHex(7)],
  };

  test("the digest of a task is the hash of the written-out fields of the protocol", () => {
    expect(toHex(taskDigest(blake3, task))).toBe(
      spelled(
        "task",
        one,
        "00",
        "0001",
        two,
        "00000002",
        "00000000000000a2",
        "0000000000003354",
        "0000000000000003",
        "0000000200000000",
        "01",
        "00".repeat(32),
        "0001",
        "07".repeat(32),
      ),
    );
  });

  test("an equivocated slot, a cancellation and a roster are a flag each in the digest of a task", () => {
    const none = { ...task, submissions: [], excludedAuthors: [] };
    const flagged = (flags: Partial<DigestTask>) => toHex(taskDigest(blake3, { ...none, ...flags }));
    const expected = (flags: string) => spelled("task", one, flags, "0000", "0000");
    expect(flagged({ equivocated: true })).toBe(expected("01"));
    expect(flagged({ cancelled: true })).toBe(expected("02"));
    expect(flagged({ hasRoster: true })).toBe(expected("04"));
  });

  test("the state digest is the hash of the written-out fields of the protocol", () => {
    const digest = stateDigest(blake3, DEVNET.genesis, DEVNET.rulesDigest, 1_795_348_800, [strand(0)]);
    const head = [genesis, toHex(DEVNET.rulesDigest), "000000006b02d940", "0001"];
    expect(toHex(digest)).toBe(spelled("state", ...head, "000000", "0001", "01020304", one));
  });

  test("the strands of a state digest are sorted", () => {
    const of = (strands: readonly DigestStrand[]) => toHex(stateDigest(blake3, DEVNET.genesis, filled(0), 60, strands));
    expect(of([strand(1), strand(0)])).toBe(of([strand(0), strand(1)]));
  });
});
