import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import type { NetworkError } from "../../src/protocol/errors.js";
import { SigningStore } from "../../src/storage/signing/signing-store.js";
import { scratchDirectory } from "../support/scratch.js";
import { AHEAD_SECONDS, NOON, newKey, RETENTION, request } from "./signing-setup.js";

/** Makes every sync fail with this error until the returned function is called. */
async function refusingDisk(code: string): Promise<() => void> {
  const handle = await open(process.execPath, "r");
  const prototype: FileHandle = Object.getPrototypeOf(handle);
  await handle.close();
  const refuse = (): Promise<never> => Promise.reject(Object.assign(new Error(`${code}: no`), { code }));
  const spies = [vi.spyOn(prototype, "sync"), vi.spyOn(prototype, "datasync")];
  for (const spy of spies) spy.mockImplementation(refuse);
  const end = (): void => {
    for (const spy of spies) spy.mockRestore();
  };
  onTestFinished(end);
  return end;
}

async function opened(): Promise<{ store: SigningStore; states: (string | undefined)[]; healed: Promise<void> }> {
  const key = await newKey(join(await scratchDirectory(), "keys"));
  const states: (string | undefined)[] = [];
  let heal: () => void = () => undefined;
  const healed = new Promise<void>((resolve) => {
    heal = resolve;
  });
  const onState = (refusal: NetworkError | undefined): void => {
    states.push(refusal?.code);
    if (refusal === undefined) heal();
  };
  const times = { nowSeconds: NOON, aheadSeconds: AHEAD_SECONDS, retention: RETENTION };
  const store = await SigningStore.open({ key, ...times, onState });
  onTestFinished(() => store.close());
  return { store, states, healed };
}

test.each([
  ["ENOSPC", "storage_full"],
  ["EROFS", "storage_failed"],
])("a log that can't be written reports the reason once and recovers by itself: %s", async (errno, code) => {
  const { store, states, healed } = await opened();
  const first = await store.reserve(request(0, "first"));
  const takeAgain = await refusingDisk(errno);
  for (const text of ["a", "b", "c"]) await expect(store.reserve(request(0, text))).rejects.toMatchObject({ code });
  expect(states).toEqual([code]);
  takeAgain();
  // Without any request.
  await healed;
  expect(states).toEqual([code, undefined]);
  expect((await store.reserve(request(0, "second"))).intent.number).toBe(first.intent.number + 1);
});

test("a closed log does not retry refused writes", async () => {
  const { store, states } = await opened();
  await refusingDisk("EIO");
  await expect(store.reserve(request(0, "a"))).rejects.toMatchObject({ code: "storage_failed" });
  vi.useFakeTimers();
  onTestFinished(() => {
    vi.useRealTimers();
  });
  await expect(store.reserve(request(0, "b"))).rejects.toMatchObject({ code: "storage_failed" });
  vi.useRealTimers();
  await store.close();
  expect(states).toEqual(["storage_failed"]);
});
