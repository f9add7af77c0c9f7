import { mkdir, readdir, readFile, readlink, rm, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readU16, readU48 } from "../../src/protocol/bytes.js";
import { ENVELOPE_OVERHEAD } from "../../src/protocol/envelope.js";
import { createKey } from "../../src/storage/signing/key-file.js";
import { MAX_WAITING_REQUESTS } from "../../src/storage/signing/signing-store.js";
import { DAY, fresh, madeElsewhere, NOON, opened, openSigning, request } from "./signing-setup.js";

const SUBJECT = `task:${"07".repeat(32)}`;

/** Number of open descriptors of the file in this process; 0 without /proc. */
async function openFiles(path: string): Promise<number> {
  if (process.platform !== "linux") return 0;
  const names = await readdir("/proc/self/fd");
  const targets = await Promise.all(names.map((name) => readlink(`/proc/self/fd/${name}`).catch(() => "")));
  return targets.filter((target) => target === path).length;
}

describe("a signing store", () => {
  test("a signing store numbers each type from 0 each UTC day and never goes back in time", async () => {
    const { store } = await fresh();
    const a = await store.reserve(request(0, "a"));
    expect(a).toMatchObject({ existing: false, intent: { type: 0, number: 0, day: 20_000, timestampSeconds: NOON } });
    expect(readU48(a.intent.head, 4)).toBe(NOON);
    const b = await store.reserve(request(0, "b", { nowSeconds: NOON - 10 }));
    expect(b.intent).toMatchObject({ number: 1, timestampSeconds: NOON });
    const c = await store.reserve(request(1, "c", { nowSeconds: NOON - 10, subject: SUBJECT, t0Seconds: NOON - 5 }));
    expect(c.intent).toMatchObject({ number: 0, timestampSeconds: NOON - 5 });
    const d = await store.reserve(request(0, "d", { nowSeconds: NOON + DAY }));
    expect(d.intent).toMatchObject({ number: 0, day: 20_001 });
    await expect(store.reserve(request(0, "e", { nowSeconds: NOON }))).rejects.toMatchObject({ code: "clock_behind" });
    const late = request(1, "f", { subject: "task:2", t0Seconds: NOON + 61 });
    await expect(store.reserve(late)).rejects.toMatchObject({ code: "clock_behind" });
  });

  test("concurrent requests get different numbers, also after a reopening", async () => {
    const { key, store } = await fresh();
    const first = await Promise.all(
      Array.from({ length: 200 }, (_, i) => store.reserve(request(2, `${i}`, { subject: `submission:${i}` }))),
    );
    expect(first.map(({ intent }) => intent.number)).toEqual(Array.from({ length: 200 }, (_, i) => i));
    await store.close();
    const again = await opened(key);
    expect((await again.reserve(request(2, "x", { subject: "submission:x" }))).intent.number).toBe(200);
  });

  test("a request beyond the quota is refused until the next day", async () => {
    const { store } = await fresh();
    const quotas = [2, 1, 1] as const;
    await store.reserve(request(0, "a", { quotas }));
    expect(store.left(quotas, NOON)).toEqual([1, 1, 1]);
    await store.reserve(request(0, "b", { quotas }));
    expect(store.left(quotas, NOON)).toEqual([0, 1, 1]);
    expect(store.left(quotas, NOON + 86_400)).toEqual([2, 1, 1]);
    await expect(store.reserve(request(0, "c", { quotas }))).rejects.toMatchObject({ code: "quota_exceeded" });
    expect((await store.reserve(request(0, "c", { quotas, nowSeconds: NOON + DAY }))).intent.number).toBe(0);
  });

  test("a subject is used once; the same meaning returns the same bytes", async () => {
    const { key, store } = await fresh();
    const asked = request(1, "a", { subject: SUBJECT, meaning: "m" });
    const first = await store.reserve(asked);
    const other = request(1, "b", { subject: SUBJECT, meaning: "n" });
    await expect(store.reserve(other)).rejects.toMatchObject({ code: "already_submitted" });
    await expect(store.reserve(request(1, "b", { subject: SUBJECT }))).rejects.toMatchObject({
      code: "already_submitted",
    });
    await store.close();
    const again = await opened(key);
    expect(await again.reserve({ ...asked, build: request(1, "z").build })).toEqual({ ...first, existing: true });
    await expect(again.reserve(other)).rejects.toMatchObject({ code: "already_submitted" });
  });

  test("a caller's key is idempotent, also within one group and after a reopening", async () => {
    const { key, store } = await fresh();
    const asked = request(0, "a", { callerKey: "k", callerDigest: "d" });
    const results = await Promise.all([store.reserve(request(0, "x")), store.reserve(asked), store.reserve(asked)]);
    expect(results.map(({ existing }) => existing)).toEqual([false, false, true]);
    expect(results[2]?.intent).toEqual(results[1]?.intent);
    await store.close();
    const again = await opened(key);
    expect((await again.reserve(asked)).intent).toEqual(results[1]?.intent);
    const other = request(0, "b", { callerKey: "k", callerDigest: "e" });
    await expect(again.reserve(other)).rejects.toMatchObject({ code: "bad_parameters" });
  });

  test("a builder that fails or returns a wrong head uses up no number", async () => {
    const { store } = await fresh();
    const failing = request(0, "", {
      build: () => {
        throw new RangeError("no");
      },
    });
    await expect(store.reserve(failing)).rejects.toThrow(RangeError);
    const lying = request(0, "", { build: (number, seconds) => request(0, "a").build(number + 1, seconds) });
    await expect(store.reserve(lying)).rejects.toMatchObject({ code: "bad_parameters" });
    await expect(store.reserve(request(1, "no subject"))).rejects.toMatchObject({ code: "bad_parameters" });
    await expect(store.reserve(request(6, "vote"))).rejects.toMatchObject({ code: "bad_parameters" });
    expect((await store.reserve(request(0, "a"))).intent.number).toBe(0);
  });

  test("an intent without a record is found at the next start, with its bytes and body", async () => {
    const { key, store } = await fresh();
    const build = (number: number, seconds: number) => ({
      ...request(0, "unfinished").build(number, seconds),
      body: new Uint8Array(100_000).fill(9),
    });
    const done = await store.reserve(request(0, "done"));
    const { intent } = await store.reserve(request(0, "", { build }));
    await store.close();
    const again = await opened(key);
    const isDone = async ({ number }: { number: number }): Promise<boolean> => number === done.intent.number;
    expect(await again.unfinished(isDone)).toEqual([intent]);
  });

  test("waiting requests are bounded, and a closed store refuses requests", async () => {
    const { store } = await fresh();
    const asked = Array.from({ length: MAX_WAITING_REQUESTS + 2 }, () =>
      store.reserve(request(0, "a", { callerKey: "k", callerDigest: "d" })).catch((error: unknown) => error),
    );
    const closing = store.close();
    expect((await Promise.all(asked)).at(-1)).toMatchObject({ code: "storage_failed" });
    await closing;
    await expect(store.reserve(request(0, "a"))).rejects.toMatchObject({ code: "stopped" });
  });

  test("a key can't be opened twice", async () => {
    const { key } = await fresh();
    await expect(openSigning(key)).rejects.toMatchObject({ code: "storage_locked" });
  });
});

describe("a key without its log", () => {
  test("a key without its log signs from the next UTC day and counts learned records", async () => {
    const { key, log, store } = await fresh();
    await store.close();
    await rm(log);
    const again = await opened(key);
    const before = madeElsewhere(1, 4, NOON, SUBJECT);
    await again.learn([before], NOON);
    const size = (await stat(log)).size;
    await again.learn([before], NOON);
    expect(again.stopped).toBeUndefined();
    expect((await stat(log)).size).toBe(size);
    await expect(again.reserve(request(0, "a"))).rejects.toMatchObject({ code: "store_missing" });
    await again.close();
    // A restart, also one on the next day, does not clear the learned records.
    const later = await opened(key, NOON + DAY);
    await expect(later.reserve(request(0, "a"))).rejects.toMatchObject({ code: "store_missing" });
    const nowSeconds = NOON + DAY;
    expect((await later.reserve(request(0, "a", { nowSeconds }))).intent).toMatchObject({ day: 20_001, number: 0 });
    const other = { nowSeconds, subject: "task:other" };
    expect((await later.reserve(request(1, "a", other))).intent.number).toBe(0);
    const known = request(1, "a", { nowSeconds, subject: SUBJECT, meaning: "m" });
    await expect(later.reserve(known)).rejects.toMatchObject({ code: "already_submitted" });
    expect((await later.unfinished(async () => false)).length).toBe(2);
  });

  test("a key refuses the log of another key", async () => {
    const { key, log, store } = await fresh();
    await store.close();
    const other = await createKey(join(key.directory, ".."), "other", {
      ...key,
      publicKey: new Uint8Array(32).fill(3),
      nowSeconds: NOON,
      firstDay: 0,
    });
    await writeFile(log, await readFile(join(other.directory, "signing.log")));
    await expect(openSigning(key)).rejects.toMatchObject({ code: "store_missing" });
  });
});

describe("a log on disk", () => {
  test("a log that is cut anywhere in its last entry loses only that entry", async () => {
    const { key, log, store } = await fresh();
    const first = await store.reserve(request(0, "first"));
    const whole = (await stat(log)).size;
    await store.reserve(request(0, "second"));
    await store.close();
    const bytes = await readFile(log);
    for (let size = whole; size < bytes.length; size += size < whole + 24 ? 1 : 17) {
      await writeFile(log, bytes.subarray(0, size));
      const again = await openSigning(key);
      expect(await again.unfinished(async () => false)).toEqual([first.intent]);
      expect((await again.reserve(request(0, "other"))).intent.number).toBe(1);
      await again.close();
    }
    // The file has its new length, but the content was not written.
    await writeFile(log, bytes.fill(0, whole));
    expect((await (await opened(key)).reserve(request(0, "other"))).intent.number).toBe(1);
  });

  test("a log with any damaged byte before its last entry signs nothing", async () => {
    const { key, log, store } = await fresh();
    await store.reserve(request(0, "first"));
    const whole = (await stat(log)).size;
    await store.reserve(request(0, "second"));
    await store.close();
    const bytes = await readFile(log);
    for (let at = 0; at < whole + 20; at += at > whole - 24 || at < 24 ? 1 : 11) {
      const damaged = Buffer.from(bytes);
      damaged[at] = (damaged[at] ?? 0) ^ 0x40;
      await writeFile(log, damaged);
      await expect(openSigning(key), `byte ${at}`).rejects.toMatchObject({ code: "storage_corrupt" });
    }
  });

  test("a log with a removed or repeated entry signs nothing", async () => {
    const { key, log, store } = await fresh();
    const sizes = [(await stat(log)).size];
    for (const text of ["a", "b", "c"]) {
      await store.reserve(request(0, text));
      sizes.push((await stat(log)).size);
    }
    await store.close();
    const bytes = await readFile(log);
    const [header = 0, a = 0, b = 0] = sizes;
    for (const parts of [
      [bytes.subarray(0, header), bytes.subarray(a)],
      [bytes.subarray(0, b), bytes.subarray(a)],
    ]) {
      await writeFile(log, Buffer.concat(parts));
      await expect(openSigning(key)).rejects.toMatchObject({ code: "storage_corrupt" });
    }
    await truncate(log, header - 1);
    await expect(openSigning(key)).rejects.toMatchObject({ code: "storage_corrupt" });
  });

  test("a log survives an interrupted rewrite", async () => {
    const { key, log, store } = await fresh();
    await store.reserve(request(0, "a"));
    await store.close();
    await writeFile(`${log}.tmp`, "half of");
    const again = await opened(key);
    expect((await again.reserve(request(0, "b"))).intent.number).toBe(1);
  });

  test("a log removes entries older than its retention and signs nothing for those days", async () => {
    const { key, log, store } = await fresh();
    const body = new Uint8Array(50_000);
    const build = (number: number, seconds: number) => ({ ...request(1, "old").build(number, seconds), body });
    await store.reserve(request(1, "old", { subject: SUBJECT, build }));
    await store.reserve(request(0, "young", { nowSeconds: NOON + 86 * DAY }));
    const before = (await stat(log)).size;
    await store.close();
    const again = await opened(key, NOON + 86 * DAY);
    expect((await stat(log)).size).toBeLessThan(before - body.length);
    expect((await stat(log)).mode & 0o777).toBe(0o600);
    const behind = request(1, "second", { subject: SUBJECT, nowSeconds: NOON + 40 * DAY });
    await expect(again.reserve(behind)).rejects.toMatchObject({ code: "clock_behind" });
    const now = { nowSeconds: NOON + 86 * DAY };
    expect((await again.reserve(request(0, "b", now))).intent.number).toBe(1);
  });

  test("a failed rewrite leaves no partial file and no open file", async () => {
    const { key, log, store } = await fresh();
    await store.reserve(request(0, "old"));
    await store.reserve(request(0, "young", { nowSeconds: NOON + 86 * DAY }));
    await store.close();
    // A directory in the place of the temporary file makes the rewrite fail.
    await mkdir(join(`${log}.tmp`, "held"), { recursive: true });
    await expect(openSigning(key, NOON + 86 * DAY)).rejects.toMatchObject({ kind: "storage" });
    expect(await openFiles(log)).toBe(0);
    await rm(`${log}.tmp`, { recursive: true });
    const again = await opened(key);
    const bytes = await readFile(log);
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    await writeFile(log, bytes);
    const now = { nowSeconds: NOON + 86 * DAY };
    await expect(again.reserve(request(0, "c", { ...now, quotas: [0, 0, 0] }))).rejects.toThrow("are used");
    // The last entry is damaged, not torn: it was acknowledged, so its number must not be used again.
    for (let i = 0; i < 2; i++) {
      await expect(again.reserve(request(0, "d", now))).rejects.toMatchObject({ code: "storage_corrupt" });
    }
    expect(await readdir(key.directory)).toEqual(["key.json", "signing.log", "votes.log"]);
  });

  test("a fast clock does not make a log remove entries", async () => {
    const { key, store } = await fresh();
    await store.reserve(request(1, "a", { subject: SUBJECT }));
    await store.close();
    await (await openSigning(key, NOON + 1000 * DAY)).close();
    const again = await opened(key);
    await expect(again.reserve(request(1, "b", { subject: SUBJECT }))).rejects.toMatchObject({
      code: "already_submitted",
    });
  });

  test("a log returns an entry only if its bytes are unchanged", async () => {
    const { log, store } = await fresh();
    const asked = request(0, "payload-to-rot", { callerKey: "k", callerDigest: "d" });
    const { intent } = await store.reserve(asked);
    expect(readU16(intent.head, 10)).toBe(0);
    expect(intent.head.length).toBeLessThan(ENVELOPE_OVERHEAD);
    const bytes = await readFile(log);
    bytes[bytes.indexOf("payload-to-rot")] = 0;
    await writeFile(log, bytes);
    await expect(store.reserve(asked)).rejects.toMatchObject({ code: "storage_corrupt" });
  });
});
