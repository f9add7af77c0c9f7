import { expect, test } from "vitest";
import { FailureLog } from "../../src/manager/faults/failure-log.js";
import { NetworkError } from "../../src/protocol/errors.js";

function rig() {
  const lines: string[] = [];
  const counts: string[] = [];
  const faults: string[] = [];
  const clock = { nowMs: 0 };
  const failures = new FailureLog({
    nowMs: () => clock.nowMs,
    log: (level, text, fields) => lines.push(`${level} ${text} ${fields?.times ?? ""}`.trim()),
    count: (name, label) => counts.push(`${name} ${label}`),
    raise: ({ code, lastsMs }) => faults.push(`${code} ${lastsMs}`),
  });
  return { failures, lines, counts, faults, clock };
}

test("The same failure is counted each time and logged once a minute with its number.", () => {
  const { failures, lines, counts, clock } = rig();
  for (; clock.nowMs < 120_000; clock.nowMs += 1000) {
    failures.failed("load_task", new NetworkError("storage_failed", "EIO"));
  }
  failures.failed("serve", new NetworkError("storage_failed", "EIO"));
  expect(counts).toHaveLength(121);
  expect(lines).toEqual(["warn load_task: EIO", "warn load_task: EIO 60", "warn serve: EIO"]);
});

test("Only failures that show the state of a part are faults for a time.", () => {
  const { failures, faults } = rig();
  failures.failed("kernel", new NetworkError("kernel_failed", "a batch could not be verified"));
  failures.failed("gossip", new Error("the stream is gone"));
  failures.failed("serve", new NetworkError("storage_corrupt", "damaged"));
  failures.failed("serve", new NetworkError("not_found", "the body has left the disk"));
  failures.failed("send", new NetworkError("peer_gone", "gone"));
  expect(faults).toEqual(["failing undefined", "gossip_failed 60000", "read_failed 60000"]);
});

test("An error that is no NetworkError is logged as an error, a peer that leaves at debug level.", () => {
  const { failures, lines, counts } = rig();
  failures.failed("send", new NetworkError("peer_gone", "gone"));
  failures.failed("persist", new TypeError("undefined is no function"));
  expect(lines).toEqual(["debug send: gone", "error persist: undefined is no function"]);
  expect(counts).toEqual(["failures peer_gone", "failures unexpected"]);
});

test("A failed kernel is a fault until a minute after its next success.", () => {
  const { failures, faults } = rig();
  failures.kernelWorked();
  failures.failed("kernel", new NetworkError("kernel_failed", "a batch could not be verified"));
  expect(faults).toEqual(["failing undefined"]);
  failures.kernelWorked();
  failures.kernelWorked();
  expect(faults).toEqual(["failing undefined", "failing 60000"]);
});
