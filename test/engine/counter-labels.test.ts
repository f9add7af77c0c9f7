import { expect, test } from "vitest";
import { answerLabel, COUNTER_LABELS, envelopeLabel } from "../../src/engine/metrics.js";
import { MessageType } from "../../src/protocol/envelope.js";

test("every type of envelopes has its labels, and a type that cannot be read has labels too", () => {
  for (const verdict of ["new", "ignored", "bad"] as const) {
    const labels = [...Object.values(MessageType), 9, 255].map((type) => envelopeLabel(type, verdict));
    expect(new Set(labels).size).toBe(Object.keys(MessageType).length + 1);
    for (const label of labels) expect(COUNTER_LABELS.envelopes_in).toContain(label);
  }
  expect(envelopeLabel(MessageType.ConsensusVote, "new")).toBe("vote_new");
  expect(envelopeLabel(255, "bad")).toBe("unreadable_bad");
});

test("the time of an answer has the least label that it does not exceed", () => {
  const times: [number, string][] = [
    [0, "task_50ms"],
    [50, "task_50ms"],
    [51, "task_200ms"],
    [1000, "task_1s"],
    [5000, "task_5s"],
    [5001, "task_longer"],
  ];
  for (const [tookMs, label] of times) {
    expect(answerLabel("task", tookMs)).toBe(label);
    expect(COUNTER_LABELS.requests_answered).toContain(label);
  }
});
