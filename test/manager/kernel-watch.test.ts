import { expect, onTestFinished, test, vi } from "vitest";
import type { KernelBackend } from "../../src/kernel/types.js";
import { KernelWatch, SILENT_CALLS_MAX } from "../../src/manager/faults/kernel-watch.js";

const BYTES = new Uint8Array(1);

/** A kernel that answers when the test says so. */
function rig(backend: KernelBackend = "native") {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const answers: ((verdicts: Uint8Array) => void)[] = [];
  const ask = (): Promise<Uint8Array> => new Promise((resolve) => answers.push(resolve));
  const watch = new KernelWatch({ backend, verify: ask, verifyMessages: ask });
  onTestFinished(watch.start());
  const outcomes: string[] = [];
  const note = (call: Promise<Uint8Array>): void => {
    call.then(
      () => outcomes.push("answered"),
      (error: { code?: string; message?: string }) => outcomes.push(`${error.code}: ${error.message}`),
    );
  };
  const pass = (seconds: number) => vi.advanceTimersByTimeAsync(seconds * 1000);
  return { watch, answers, outcomes, note, pass };
}

test("A call that the kernel never answers fails after a minute.", async () => {
  const { watch, answers, outcomes, note, pass } = rig();
  note(watch.verify(BYTES, BYTES, BYTES, BYTES));
  note(watch.verifyMessages(BYTES));
  await pass(30);
  answers[1]?.(BYTES);
  note(watch.verifyMessages(BYTES));
  await pass(31);
  expect(outcomes).toEqual(["answered", "kernel_failed: the kernel has not answered for 60 s"]);
  await pass(30);
  expect(outcomes).toHaveLength(3);
  expect(watch.silent).toBe(2);
});

test("A kernel with too many unanswered calls gets new ones once it answers one.", async () => {
  const { watch, answers, outcomes, note, pass } = rig();
  for (let i = 0; i < SILENT_CALLS_MAX; i++) note(watch.verifyMessages(BYTES));
  await pass(61);
  note(watch.verifyMessages(BYTES));
  await pass(0);
  expect(answers).toHaveLength(SILENT_CALLS_MAX);
  expect(outcomes).toHaveLength(SILENT_CALLS_MAX + 1);
  answers[0]?.(BYTES);
  await pass(0);
  expect(watch.silent).toBe(SILENT_CALLS_MAX - 1);
  note(watch.verifyMessages(BYTES));
  answers.at(-1)?.(BYTES);
  await pass(0);
  expect(outcomes.at(-1)).toBe("answered");
});

test("A process that was suspended for an hour fails no call.", async () => {
  const { watch, answers, outcomes, note, pass } = rig();
  note(watch.verifyMessages(BYTES));
  vi.setSystemTime(Date.now() + 3_600_000);
  await pass(2);
  answers[0]?.(BYTES);
  await pass(0);
  expect(outcomes).toEqual(["answered"]);
});

test("A call that waits for earlier ones does not fail; a call that later ones overtake does.", async () => {
  const { watch, answers, outcomes, note, pass } = rig();
  for (let i = 0; i < 4; i++) note(watch.verify(BYTES, BYTES, BYTES, BYTES));
  for (const answer of [0, 1, 3]) {
    await pass(40);
    answers[answer]?.(BYTES);
  }
  await pass(21);
  expect(outcomes).toEqual(["answered", "answered", "answered", "kernel_failed: the kernel has not answered for 60 s"]);
});

test("Calls of the reference kernel have no time limit.", async () => {
  const { watch, answers, outcomes, note, pass } = rig("reference");
  note(watch.verifyMessages(BYTES));
  await pass(600);
  answers[0]?.(BYTES);
  await pass(0);
  expect(outcomes).toEqual(["answered"]);
});
