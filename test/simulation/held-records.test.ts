import { expect, test } from "vitest";
import type { MemberEntry } from "../../src/engine/index.js";
import { HeldRecords } from "./node/held-records.js";

function entry(id: string): MemberEntry {
  const place = { strand: "040000", window: 1, timestampSeconds: 3600, number: 0 };
  return { id: id.repeat(64), author: "a".repeat(64), taskId: "1".repeat(64), type: 1, ...place };
}

test("the held records of a start are those of the index by task, which the engine reads", async () => {
  const [both, byWindow, byTask] = [entry("2"), entry("3"), entry("4")];
  const held = new HeldRecords();
  await held.load(
    {
      members: async function* () {
        yield both;
        yield byWindow;
      },
      taskRecords: async () => [both, byTask].map((one) => ({ entry: one, envelope: new Uint8Array() })),
      bodies: async function* () {},
    },
    0,
  );
  expect([...held.records.keys()]).toEqual([both.id, byTask.id]);
});
