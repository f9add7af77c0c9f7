import fc from "fast-check";
import { expect, test } from "vitest";
import { type StoredEvent, TASK_STATUSES } from "../../src/engine/index.js";
import { toHex } from "../../src/protocol/bytes.js";
import { TASK_TYPES } from "../../src/protocol/enumerations.js";
import { eventKey } from "../../src/storage/keys.js";
import { decodeEvent, encodeEvent } from "../../src/storage/records/event-codec.js";
import { anyEvent } from "../support/stored-event.js";

const SEQUENCE = 7;
const id = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(toHex);
const int = fc.maxSafeNat();
const type = fc.constantFrom(...TASK_TYPES);
const status = fc.constantFrom(...TASK_STATUSES);
const record = { task_id: id, task_type: type, record_id: id, timestamp: int };
const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String);

function event<Name extends StoredEvent["event"]>(name: Name, body: Record<string, fc.Arbitrary<unknown>>) {
  return fc.record(body).map((made) => anyEvent(SEQUENCE, name, made));
}

const published = fc
  .record({ ...record, publisher: id, deadline: int, reward: u64 })
  .map((body) => anyEvent(SEQUENCE, "task_published", { ...body, record_id: body.task_id }));
const received = fc
  .record({ ...record, submitter: id })
  .map(({ submitter, ...body }) =>
    anyEvent(SEQUENCE, "submission_received", { ...body, submission_id: body.record_id, submitter }),
  );
const events = fc.oneof(
  published,
  received,
  // Ids that differ where they are mostly equal.
  event("task_published", { ...record, publisher: id, deadline: int, reward: u64 }),
  event("submission_received", { ...record, submission_id: id, submitter: id }),
  event("task_cancelled", { ...record, publisher: id }),
  event("validation_completed", {
    ...record,
    submission_id: id,
    validator: id,
    score: int,
    seconds_after_submission: fc.option(fc.nat()),
  }),
  event("task_status_changed", { task_id: id, previous: fc.option(status), status, final: fc.boolean() }),
  event("consensus_changed", {
    task_id: id,
    submission_id: id,
    reached: fc.boolean(),
    final: fc.boolean(),
    n: int,
    sum: int,
    sum_of_squares: int,
    weight_sum: int,
    weighted_sum: int,
  }),
  event("author_excluded", { task_id: id, author: id, reason: fc.constant("slot"), proof: fc.array(id) }),
  event("fraud_detected", { equivocator: id, kind: fc.nat(9), task_id: id, proof: fc.array(id) }),
);

function stored(made: StoredEvent): Uint8Array {
  const encoded = encodeEvent(made);
  return typeof encoded === "string" ? new TextEncoder().encode(encoded) : encoded.slice();
}

test("an event is read as it was written", () => {
  fc.assert(
    fc.property(events, (made) => {
      expect(decodeEvent(eventKey(SEQUENCE), stored(made))).toEqual(made);
    }),
  );
});

test("a value that was cut or extended, and any other bytes, are no event", () => {
  fc.assert(
    fc.property(fc.oneof(published, received), fc.nat(), (made, cut) => {
      const bytes = stored(made);
      expect(decodeEvent(eventKey(SEQUENCE), bytes.subarray(0, cut % bytes.length))).toBeUndefined();
      expect(decodeEvent(eventKey(SEQUENCE), Uint8Array.of(...bytes, 0))).toBeUndefined();
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      fc.pre(bytes.length !== 67 && bytes.length !== 35);
      const read = decodeEvent(eventKey(SEQUENCE), bytes);
      expect(read === undefined || bytes.length > 35).toBe(true);
    }),
  );
});

test("the events that come with records take a third of their JSON", () => {
  const [task, sender, of] = ["11", "22", "33"].map((byte) => byte.repeat(32));
  const body = { task_id: task, task_type: "CodeAnalysis", record_id: of, timestamp: 1_790_000_000 };
  const rest = { submission_id: sender, validator: sender, score: 90, seconds_after_submission: null };
  const made = anyEvent(SEQUENCE, "validation_completed", { ...body, ...rest });
  const type = TASK_TYPES.indexOf("CodeAnalysis").toString(16).padStart(2, "0");
  expect(toHex(stored(made))).toBe(`04${task}${type}${of}80f7c4d506${sender}${sender}5a00`);
  expect(3 * stored(made).length).toBeLessThan(JSON.stringify({ event: made.event, body: made.body }).length + 20);
});

test("an event that an earlier build stored as JSON is read", () => {
  fc.assert(
    fc.property(events, ({ event: name, body, sequence }) => {
      const json = new TextEncoder().encode(JSON.stringify({ event: name, body }));
      expect(decodeEvent(eventKey(sequence), json)).toEqual({ sequence, event: name, body });
    }),
  );
});

test("an event with a member that the form does not have is stored as JSON", () => {
  for (const [name, body] of [
    ["task_cancelled", { task_id: "short" }],
    ["task_status_changed", { task_id: "11".repeat(32), previous: "Unknown", status: "Expired", final: true }],
    ["another", {}],
  ] as const) {
    expect(encodeEvent(anyEvent(SEQUENCE, name, body))).toBe(JSON.stringify({ event: name, body }));
  }
});
