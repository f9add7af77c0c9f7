import { expect, test } from "vitest";
import { lastEventNumber, lastEventWrite, SKIPPED_NUMBERS } from "../../src/manager/assembly/event-numbers.js";

/** A store whose newest event has this number, and with the meta value of an orderly stop. */
function storeWith(newest: number, stoppedAt?: number): Parameters<typeof lastEventNumber>[0] {
  const write = stoppedAt === undefined ? undefined : lastEventWrite(stoppedAt);
  return {
    newestEvent: async () => newest,
    meta: async (key) => (write?.kind === "put_meta" && write.key === key ? write.value : undefined),
  };
}

test("event numbers begin at 1 in an empty store", async () => {
  expect(await lastEventNumber(storeWith(0))).toBe(0);
});

test("event numbers go on without a gap after an orderly stop", async () => {
  expect(await lastEventNumber(storeWith(42, 42))).toBe(42);
});

test("a start skips numbers after an end without a stop, since readers may have seen lost events", async () => {
  expect(await lastEventNumber(storeWith(42))).toBe(42 + SKIPPED_NUMBERS);
  expect(await lastEventNumber(storeWith(42, 40))).toBe(42 + SKIPPED_NUMBERS);
});
