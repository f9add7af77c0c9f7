import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { importDay } from "../../src/storage/signing/key-file.js";
import { readSigningState, statePath, writeSigningState } from "../../src/storage/signing/signing-state.js";
import { MAX_WAITING_REQUESTS } from "../../src/storage/signing/signing-store.js";
import { AHEAD_SECONDS, DAY, fresh, madeElsewhere, NOON, opened, openSigning, request } from "./signing-setup.js";
import { hash } from "./values.js";

const SUBJECT = `task:${"07".repeat(32)}`;

describe("a key that also signs on another node", () => {
  test("a key stops at the first record that its log did not reserve, also after a restart", async () => {
    const { key, store } = await fresh();
    const { intent } = await store.reserve(request(0, "a"));
    await store.learn([{ id: hash(7), head: intent.head, type: 0, number: 0, timestampSeconds: NOON }], NOON);
    expect((await store.reserve(request(0, "b"))).intent.number).toBe(1);
    const waiting = store.learn([madeElsewhere(0, 2, NOON + 5)], NOON + 6);
    await expect(store.reserve(request(0, "c"))).rejects.toMatchObject({
      code: "key_used_elsewhere",
      message: expect.stringContaining("key new"),
      details: { record: hash(8) },
    });
    await waiting;
    await store.close();
    const again = await opened(key, NOON + DAY);
    expect(again.stopped).toEqual({
      kind: "stopped",
      reason: "key_used_elsewhere",
      atSeconds: NOON + 6,
      records: [hash(8)],
    });
    await expect(again.reserve(request(0, "c", { nowSeconds: NOON + DAY }))).rejects.toMatchObject({
      code: "key_used_elsewhere",
    });
    // A proof is the strongest reason; a weaker one does not replace it.
    await again.stop("key_equivocated", [hash(8), hash(9)], NOON + DAY);
    await again.learn([madeElsewhere(0, 3, NOON + DAY)], NOON + DAY);
    expect(again.stopped?.reason).toBe("key_equivocated");
  });

  test("a stopped key gives a repeated request its record, and no other request a slot", async () => {
    const { store } = await fresh();
    const made = request(1, "made", { subject: SUBJECT, meaning: "m", callerKey: "k", callerDigest: "d" });
    const { intent } = await store.reserve(made);
    await store.stop("key_equivocated", [hash(8), hash(9)], NOON);
    expect(await store.reserve(made)).toEqual({ intent, existing: true });
    const other = request(1, "changed", { subject: SUBJECT, meaning: "n", callerKey: "l", callerDigest: "d" });
    await expect(store.reserve(other)).rejects.toMatchObject({ code: "key_equivocated" });
    expect(await store.recall(made)).toEqual(intent);
    expect(await store.recall({ callerKey: "other", callerDigest: "d" })).toBeUndefined();
    await expect(store.recall({ callerKey: "k", callerDigest: "e" })).rejects.toMatchObject({ code: "bad_parameters" });
    expect(() => store.assertSigns(intent)).toThrow(expect.objectContaining({ code: "key_equivocated" }));
    await expect(store.reserve(request(0, "other"))).rejects.toMatchObject({ code: "key_equivocated" });
  });

  test("a key stops at a record on a slot that its log gave to another record", async () => {
    const { store } = await fresh();
    await store.reserve(request(0, "a"));
    await store.learn([madeElsewhere(0, 0, NOON)], NOON);
    expect(store.stopped?.reason).toBe("key_used_elsewhere");
  });

  test("a key is stopped although the disk refuses the mark, which is written at the close", async () => {
    const { key, store } = await fresh();
    await mkdir(join(statePath(key.directory), "in-the-way"), { recursive: true });
    await expect(store.learn([madeElsewhere(0, 0, NOON)], NOON)).rejects.toMatchObject({ code: "storage_failed" });
    await expect(store.reserve(request(0, "a"))).rejects.toMatchObject({ code: "key_used_elsewhere" });
    await rm(statePath(key.directory), { recursive: true });
    await store.close();
    expect(await readSigningState(key.directory)).toMatchObject({ kind: "stopped", reason: "key_used_elsewhere" });
  });

  test("the mark of a stopped key is written as soon as the disk accepts it", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const { key, store } = await fresh();
    const inTheWay = statePath(key.directory);
    await mkdir(join(inTheWay, "in-the-way"), { recursive: true });
    await expect(store.stop("key_equivocated", [hash(8), hash(9)], NOON)).rejects.toMatchObject({
      code: "storage_failed",
    });
    await rm(inTheWay, { recursive: true });
    vi.runOnlyPendingTimers();
    await vi.waitFor(async () =>
      expect(await readSigningState(key.directory)).toMatchObject({ kind: "stopped", reason: "key_equivocated" }),
    );
  });

  test("a resumed key signs from the next UTC day and stops again at a record of that day", async () => {
    const { key, store } = await fresh();
    await store.learn([madeElsewhere(0, 0, NOON)], NOON);
    await store.close();
    await writeSigningState(key.directory, { kind: "resumed", atSeconds: NOON, firstDay: importDay(NOON, 60) });
    const again = await opened(key);
    await again.learn([madeElsewhere(0, 1, NOON + 60)], NOON);
    await expect(again.reserve(request(0, "a"))).rejects.toMatchObject({
      code: "store_missing",
      details: { signs_again_at: 20_001 * DAY },
    });
    const tomorrow = { nowSeconds: NOON + DAY };
    expect((await again.reserve(request(0, "a", tomorrow))).intent).toMatchObject({ day: 20_001, number: 0 });
    await again.learn([madeElsewhere(0, 1, NOON + DAY)], NOON + DAY);
    await expect(again.reserve(request(0, "b", tomorrow))).rejects.toMatchObject({ code: "key_used_elsewhere" });
  });

  test("a resumed key signs no earlier intent, because the other node may have used its number", async () => {
    const { key, store } = await fresh();
    const begun = request(1, "begun", { subject: SUBJECT, meaning: "m", callerKey: "k", callerDigest: "d" });
    const { intent } = await store.reserve(begun);
    await store.learn([madeElsewhere(1, intent.number, NOON)], NOON);
    await store.close();
    await writeSigningState(key.directory, { kind: "resumed", atSeconds: NOON, firstDay: importDay(NOON, 60) });
    const again = await opened(key, NOON + DAY);
    expect(await again.unfinished(async () => false)).toEqual([]);
    const asked = await again.reserve({ ...begun, nowSeconds: NOON + DAY });
    expect([asked.existing, asked.intent.number]).toEqual([true, intent.number]);
    expect(() => again.assertSigns(asked.intent)).toThrow(expect.objectContaining({ code: "key_used_elsewhere" }));
    const { intent: later } = await again.reserve(request(0, "new", { nowSeconds: NOON + DAY }));
    again.assertSigns(later);
    expect(await again.unfinished(async () => false)).toEqual([later]);
  });

  test("a resumed key stops again at a record of its days that it learned while it was stopped", async () => {
    const { key, store } = await fresh();
    await store.learn([madeElsewhere(0, 0, NOON)], NOON);
    await store.learn([madeElsewhere(0, 0, NOON + DAY)], NOON + DAY);
    await store.close();
    await writeSigningState(key.directory, { kind: "resumed", atSeconds: NOON, firstDay: importDay(NOON, 60) });
    const again = await opened(key, NOON + DAY);
    await again.learn([madeElsewhere(0, 0, NOON)], NOON + DAY);
    expect(again.stopped).toBeUndefined();
    await again.learn([madeElsewhere(0, 0, NOON + DAY)], NOON + DAY);
    expect(again.stopped?.reason).toBe("key_used_elsewhere");
  });

  test("a key stops although a full queue keeps the record out of the log", async () => {
    const { store } = await fresh();
    const waiting = Array.from({ length: MAX_WAITING_REQUESTS + MAX_WAITING_REQUESTS }, (_, n) =>
      store.reserve(request(0, `waiting ${n}`)).catch(() => undefined),
    );
    const learned = store.learn([madeElsewhere(0, 70, NOON)], NOON).catch(() => undefined);
    expect(store.stopped?.reason).toBe("key_used_elsewhere");
    await Promise.all([learned, ...waiting]);
    await expect(store.reserve(request(0, "after"))).rejects.toMatchObject({ code: "key_used_elsewhere" });
  });

  test("a key does not sign while its state file is damaged", async () => {
    const { key, store } = await fresh();
    await store.close();
    await writeFile(statePath(key.directory), '{"version":1,"state":"fine"}', { mode: 0o600 });
    await expect(openSigning(key)).rejects.toMatchObject({ code: "storage_corrupt" });
  });
});

test("a refusal because of the clock says when the key signs again", async () => {
  const { store } = await fresh();
  await store.reserve(request(0, "ahead", { nowSeconds: NOON + 3600 }));
  const refused = store.reserve(request(0, "back", { nowSeconds: NOON }));
  await expect(refused).rejects.toMatchObject({
    code: "clock_behind",
    message: expect.stringContaining("2024-10-04T12:59:00Z"),
    details: { signs_again_at: NOON + 3540, clock: NOON },
  });
  expect(store.signsFrom(AHEAD_SECONDS)).toBe(NOON + 3540);
  expect((await store.reserve(request(0, "back", { nowSeconds: NOON + 3540 }))).intent.number).toBe(1);
  // Other types are not delayed, and for a task dated ahead the error names that task's time.
  const early = request(1, "early", { nowSeconds: NOON, subject: SUBJECT, t0Seconds: NOON + 100 });
  await expect(store.reserve(early)).rejects.toMatchObject({ details: { signs_again_at: NOON + 40 } });
});
