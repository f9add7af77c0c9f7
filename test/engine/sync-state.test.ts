import { describe, expect, test } from "vitest";
import { GIVE_UP_MS, PEERS_PER_ATTEMPT, RETRY_MS } from "../../src/engine/exchange/index.js";
import { type PendingSync, SyncState } from "../../src/engine/exchange/sync-state.js";

const TIMEOUT_MS = 5000;

function stateOf(cap = 16): SyncState<string> {
  return new SyncState(cap, 4, (value) => value);
}

function entryOf(state: SyncState<string>, key: string): PendingSync<string> {
  const entry = state.get(key);
  if (entry === undefined) throw new Error(`${key} does not wait`);
  return entry;
}

/** Starts a request to the peer that the state chooses, and fails it. Returns the peer. */
function fail(state: SyncState<string>, key: string, ranked: readonly string[], nowMs: number): string | undefined {
  const entry = entryOf(state, key);
  const peer = state.candidate(entry, ranked, () => true, nowMs);
  if (peer === undefined) return undefined;
  state.start(entry, peer, "id", nowMs, TIMEOUT_MS);
  const more = state.candidate(entry, ranked, () => true, nowMs) !== undefined;
  state.failed(entry, "not_found", nowMs, more);
  return peer;
}

describe("a wait", () => {
  test("a wait asks three peers in an attempt, the holder first, and no peer again while others are left", () => {
    const state = stateOf();
    const ranked = ["a", "b", "c", "d", "e", "f", "holder"];
    state.add("task", "subject", "author", "holder", 0);
    const first = Array.from({ length: PEERS_PER_ATTEMPT }, () => fail(state, "task", ranked, 0));
    expect(first).toEqual(["holder", "a", "b"]);
    expect([...state.due(RETRY_MS - 1)]).toEqual([]);
    const second = Array.from({ length: PEERS_PER_ATTEMPT }, () => fail(state, "task", ranked, RETRY_MS));
    expect(second).toEqual(["holder", "c", "d"]);
  });

  test("a wait is given up with the last reason after three attempts", () => {
    const state = stateOf();
    state.add("task", "subject", "author", undefined, 0);
    for (let attempt = 0; attempt < 3; attempt++) fail(state, "task", ["a"], attempt * RETRY_MS);
    expect(state.size).toBe(0);
    expect(state.givenUp()).toEqual([{ key: "task", code: "not_found", atMs: 2 * RETRY_MS, attempts: 3 }]);
    state.add("task", "subject", "author", undefined, 3 * RETRY_MS);
    expect(state.givenUp()).toEqual([]);
  });

  test("a wait is given up after an hour without a peer to ask, but not while a request runs", () => {
    const state = stateOf();
    state.add("idle", "subject", "author", undefined, 0);
    state.add("asked", "subject", "author", undefined, 0);
    state.start(entryOf(state, "asked"), "a", "id", GIVE_UP_MS - 1, TIMEOUT_MS);
    expect(state.overdue(GIVE_UP_MS)).toEqual([]);
    expect(state.givenUp().map(({ key, code }) => [key, code])).toEqual([["idle", "peer_gone"]]);
    expect(state.overdue(GIVE_UP_MS - 1 + TIMEOUT_MS).map(({ key }) => key)).toEqual(["asked"]);
  });

  test("a wait asks a peer that has just connected between two attempts, and counts no attempt for it", () => {
    const state = stateOf();
    state.add("task", "subject", "author", undefined, 0);
    fail(state, "task", ["a"], 0);
    state.peerArrived("new", 1000);
    const entry = entryOf(state, "task");
    expect([...state.due(1000)]).toEqual([entry]);
    expect(fail(state, "task", ["a", "new"], 1000)).toBe("new");
    expect(entry.attempts).toBe(1);
    expect([...state.due(1000)]).toEqual([]);
    expect(entry.dueMs).toBe(RETRY_MS);
  });

  test("extends the deadline of a request that makes progress, up to five minutes from its start", () => {
    const state = stateOf();
    state.add("task", "subject", "author", undefined, 0);
    const entry = entryOf(state, "task");
    state.start(entry, "a", "id", 0, TIMEOUT_MS);
    state.progressed(entry, 4000, TIMEOUT_MS);
    expect(entry.active?.deadlineMs).toBe(9000);
    state.progressed(entry, 299_000, TIMEOUT_MS);
    expect(entry.active?.deadlineMs).toBe(300_000);
  });
});

describe("a full state", () => {
  test("a full state drops the oldest wait of the owner with the most, never one whose request runs", () => {
    const state = stateOf(3);
    for (const key of ["1", "2", "3"]) state.add(key, "subject", "flooder", undefined, 0);
    state.start(entryOf(state, "1"), "a", "id", 0, TIMEOUT_MS);
    expect(state.add("other", "subject", "honest", undefined, 0)).toBe(false);
    expect(["1", "2", "3", "other"].filter((key) => state.has(key))).toEqual(["1", "3", "other"]);
    expect(state.add("4", "subject", "flooder", undefined, 0)).toBe(false);
    expect(state.has("4")).toBe(false);
  });

  test("a full state serves owners in turn, so many waits of one do not delay the wait of another", () => {
    const state = stateOf();
    for (const key of ["1", "2", "3"]) state.add(key, "subject", "flooder", undefined, 0);
    state.add("other", "subject", "honest", undefined, 0);
    expect([...state.due(0)].map(({ key }) => key)).toEqual(["1", "other", "2", "3"]);
  });
});
