import { expect, test } from "vitest";
import type { StoreWrite } from "../../src/engine/index.js";
import {
  lastEventNumber,
  lastEventWrite,
  SKIPPED_NUMBERS,
  startedWrite,
} from "../../src/manager/assembly/event-numbers.js";

/** A store whose newest event has this number, after these writes. */
function storeWith(newest: number, ...writes: readonly StoreWrite[]): Parameters<typeof lastEventNumber>[0] {
  const values = new Map(writes.flatMap((write) => (write.kind === "put_meta" ? [[write.key, write.value]] : [])));
  return { newestEvent: async () => newest, meta: async (key) => values.get(key) };
}

test("event numbers begin at 1 in an empty store", async () => {
  expect(await lastEventNumber(storeWith(0))).toBe(0);
});

test("event numbers go on without a gap after an orderly stop", async () => {
  expect(await lastEventNumber(storeWith(42, startedWrite(7), lastEventWrite(42)))).toBe(42);
  // All events are too old to be kept, or none was emitted.
  expect(await lastEventNumber(storeWith(0, startedWrite(7), lastEventWrite(42)))).toBe(42);
  expect(await lastEventNumber(storeWith(0, startedWrite(0), lastEventWrite(0)))).toBe(0);
});

test("a start skips numbers after an end without a stop, since readers may have seen lost events", async () => {
  expect(await lastEventNumber(storeWith(42))).toBe(42 + SKIPPED_NUMBERS);
  expect(await lastEventNumber(storeWith(42, lastEventWrite(40)))).toBe(42 + SKIPPED_NUMBERS);
  expect(await lastEventNumber(storeWith(42, startedWrite(7)))).toBe(42 + SKIPPED_NUMBERS);
});

test("event numbers stay apart when a power cut loses all events of a start", async () => {
  const first = await lastEventNumber(storeWith(0, startedWrite(0)));
  expect(first).toBe(SKIPPED_NUMBERS);
  expect(await lastEventNumber(storeWith(0, startedWrite(first)))).toBe(2 * SKIPPED_NUMBERS);
  // The stop before the lost start was orderly.
  expect(await lastEventNumber(storeWith(42, lastEventWrite(42), startedWrite(42)))).toBe(42 + SKIPPED_NUMBERS);
});

test("an undecodable note of the last event counts as an end without a stop", async () => {
  const value = new TextEncoder().encode("4x2");
  expect(await lastEventNumber(storeWith(42, { kind: "put_meta", key: "last-event", value }))).toBe(
    42 + SKIPPED_NUMBERS,
  );
});
