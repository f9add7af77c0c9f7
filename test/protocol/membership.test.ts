import { describe, expect, test } from "vitest";
import { checkMembership, dayOf, slotKey, windowOf } from "../../src/protocol/membership.js";
import type { RecordPayload } from "../../src/protocol/records.js";
import { DEFAULT_RULES } from "../../src/protocol/rules.js";
import { recordStrand } from "../../src/protocol/strand.js";
import {
  CANCEL_PAYLOAD,
  MINER,
  NOON,
  REF,
  SUBMISSION_PAYLOAD,
  TASK_PAYLOAD,
  VALIDATION_PAYLOAD,
} from "../support/samples.js";

const DAY = 86_400;
const head = (type: 0 | 1 | 2, timestampSeconds: number, number = 0) => ({ type, timestampSeconds, number });
const judge = (payload: RecordPayload, type: 0 | 1 | 2, t: number, now = t, number = 0) =>
  checkMembership(head(type, t, number), payload, DEFAULT_RULES, now);
const task = (t: number, deadlineSeconds: number) => judge({ ...TASK_PAYLOAD, deadlineSeconds }, 0, t);

describe("membership", () => {
  test("a record may be dated up to 60 seconds ahead of now", () => {
    expect(judge(SUBMISSION_PAYLOAD, 1, NOON + 60, NOON)).toBeUndefined();
    expect(judge(SUBMISSION_PAYLOAD, 1, NOON + 61, NOON)).toBe("future_dated");
  });

  test("a record may be up to 45 whole days old", () => {
    const midnight = NOON - (NOON % DAY);
    const old = { ...SUBMISSION_PAYLOAD, task: { ...REF, t0: midnight } };
    expect(judge(old, 1, midnight, midnight + 46 * DAY - 1)).toBeUndefined();
    expect(judge(old, 1, midnight, midnight + 46 * DAY)).toBe("past_horizon");
    expect(judge(old, 1, midnight + DAY - 1, midnight + 46 * DAY)).toBe("past_horizon");
  });

  test("a record is dated not before its task and at most 40 days after it, to the second", () => {
    for (const [payload, type] of [
      [SUBMISSION_PAYLOAD, 1],
      [VALIDATION_PAYLOAD, 2],
      [CANCEL_PAYLOAD, 0],
    ] as const) {
      expect(judge(payload, type, NOON - 1)).toBe("outside_task_max_age");
      expect(judge(payload, type, NOON)).toBeUndefined();
      expect(judge(payload, type, NOON + 40 * DAY)).toBeUndefined();
      expect(judge(payload, type, NOON + 40 * DAY + 1)).toBe("outside_task_max_age");
    }
  });

  test("a deadline is after the announcement, by at most 30 days", () => {
    expect(task(NOON, NOON)).toBe("bad_deadline");
    expect(task(NOON, NOON - 1)).toBe("bad_deadline");
    expect(task(NOON, NOON + 1)).toBeUndefined();
    expect(task(NOON, NOON + 30 * DAY)).toBeUndefined();
    expect(task(NOON, NOON + 30 * DAY + 1)).toBe("bad_deadline");
  });

  test("a number is below the quota of the type", () => {
    const payloads = [CANCEL_PAYLOAD, SUBMISSION_PAYLOAD, VALIDATION_PAYLOAD] as const;
    DEFAULT_RULES.quotas.forEach((quota, i) => {
      const type = i as 0 | 1 | 2;
      const payload = payloads[type];
      expect(judge(payload, type, NOON, NOON, quota - 1)).toBeUndefined();
      expect(judge(payload, type, NOON, NOON, quota)).toBe("over_quota");
    });
  });

  test("a body is no longer than the network allows", () => {
    const rules = { ...DEFAULT_RULES, bodyLimit: 2048 };
    const of = (length: number) => ({ ...SUBMISSION_PAYLOAD, body: { ...SUBMISSION_PAYLOAD.body, length } });
    expect(checkMembership(head(1, NOON), of(2048), rules, NOON)).toBeUndefined();
    expect(checkMembership(head(1, NOON), of(2049), rules, NOON)).toBe("payload_out_of_range");
  });
});

describe("slots, days and windows", () => {
  test("a slot is author, type, strand, day and number", () => {
    const strand = recordStrand(REF, 1);
    const slot = slotKey(MINER.key, head(1, NOON), strand);
    expect(slotKey(MINER.key, head(1, NOON + 43_199), strand)).toBe(slot);
    const others = [
      slotKey(REF.taskId, head(1, NOON), strand),
      slotKey(MINER.key, head(2, NOON), strand),
      slotKey(MINER.key, head(1, NOON), "010000"),
      slotKey(MINER.key, head(1, NOON + 43_200), strand),
      slotKey(MINER.key, head(1, NOON, 1), strand),
    ];
    expect(new Set([slot, ...others]).size).toBe(6);
  });

  test("days and windows round down", () => {
    expect([dayOf(0), dayOf(86_399), dayOf(86_400)]).toEqual([0, 0, 1]);
    expect([windowOf(599, DEFAULT_RULES), windowOf(600, DEFAULT_RULES)]).toEqual([0, 1]);
    expect(dayOf(2 ** 48 - 1)).toBeLessThan(2 ** 32);
  });
});
