import type { StoredEvent } from "../../src/engine/index.js";

/** A valid event with this number. */
export function storedEvent(sequence: number): StoredEvent {
  const body = {
    task_id: "aa".repeat(32),
    task_type: "GeneralTask",
    record_id: "bb".repeat(32),
    timestamp: 1_790_000_000,
    publisher: "cc".repeat(32),
  } as const;
  return { sequence, event: "task_cancelled", body };
}

/** An event with any name and body, as a damaged or older database has it. */
export function anyEvent(sequence: number, event: string, body: Readonly<Record<string, unknown>>): StoredEvent {
  return { ...JSON.parse("{}"), sequence, event, body };
}
