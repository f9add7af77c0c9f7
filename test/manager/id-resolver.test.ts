import { expect, it } from "vitest";
import { RecordSet } from "../../src/engine/set/record-set.js";
import { resolveId } from "../../src/manager/answers/id-resolver.js";
import { NetworkError } from "../../src/protocol/errors.js";
import { DEFAULT_RULES } from "../../src/protocol/rules.js";
import { announce, blake3, entryOf, key, submit } from "../support/engine-world.js";

function refusal(run: () => unknown): NetworkError {
  try {
    run();
  } catch (error) {
    if (error instanceof NetworkError) return error;
    throw error;
  }
  throw new Error("it was not refused");
}

it("an id is resolved by its first digits, and one that begins several ids is refused with some of them", () => {
  const set = new RecordSet(blake3, DEFAULT_RULES);
  const task = announce({ author: key(0) });
  const submission = submit(task, { author: key(1) });
  const heads = ["abcd1", "abcd2", "abcd3", "abcd4", "abcd5", "abcd6"];
  const ids = heads.map((head) => head.padEnd(64, "0"));
  for (const [number, id] of ids.entries()) set.admit({ ...entryOf(task), id, number, taskId: id });
  set.admit({ ...entryOf(submission), id: "abcd7".padEnd(64, "0") });

  expect(resolveId(set, "abcd2", "task")).toEqual({ id: ids[1], kind: "task", taskId: ids[1] });
  expect(resolveId(set, "abcd", "submission")).toMatchObject({ id: "abcd7".padEnd(64, "0"), kind: "submission" });
  expect(refusal(() => resolveId(set, "abcd7", "task")).code).toBe("not_found");
  const { code, details, message } = refusal(() => resolveId(set, "abcd", "task"));
  expect(code).toBe("ambiguous_id");
  expect(message).toMatch(/^several ids of a task begin with abcd: give more digits \(abcd/);
  const { matches } = details ?? {};
  expect(matches).toHaveLength(5);
  expect(ids).toEqual(expect.arrayContaining(Array.isArray(matches) ? matches : []));
});
