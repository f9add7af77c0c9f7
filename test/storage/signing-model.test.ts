import { open, stat, truncate } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { expect, onTestFinished, test, vi } from "vitest";
import { toHex } from "../../src/protocol/bytes.js";
import { NetworkError } from "../../src/protocol/errors.js";
import type { StoredKey } from "../../src/storage/signing/key-file.js";
import type { ReserveRequest, SigningStore } from "../../src/storage/signing/signing-store.js";
import { scratchDirectory } from "../support/scratch.js";
import { NOON, newKey, openSigning, request } from "./signing-setup.js";

const QUOTAS = [3, 4, 5] as const;

/** Random requests with few subjects, meanings and idempotency keys, so that they collide. */
const asked = fc.record({
  type: fc.constantFrom(0 as const, 1 as const, 2 as const),
  subject: fc.integer({ min: 0, max: 3 }),
  meaning: fc.option(fc.integer({ min: 0, max: 1 }), { nil: undefined }),
  callerKey: fc.option(fc.integer({ min: 0, max: 2 }), { nil: undefined }),
  text: fc.string({ maxLength: 40 }),
});
type Asked = typeof asked extends fc.Arbitrary<infer T> ? T : never;

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant("reserve" as const), group: fc.array(asked, { maxLength: 4 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("clock" as const), seconds: fc.integer({ min: -90_000, max: 90_000 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("reopen" as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("crash" as const),
      group: fc.array(asked, { maxLength: 4 }),
      kept: fc.nat(100),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("disk fails" as const),
      group: fc.array(asked, { minLength: 1, maxLength: 3 }),
    }),
  },
);

/** Every acknowledged reservation: its record may have been signed. */
class Signed {
  readonly #slots = new Map<string, string>();
  readonly #subjects = new Map<string, string>();

  async reserve(store: SigningStore, asked: Asked, nowSeconds: number): Promise<void> {
    try {
      const { intent } = await store.reserve(requestOf(asked, nowSeconds));
      const head = toHex(intent.head);
      this.#once(this.#slots, `${intent.type}:${intent.day}:${intent.number}`, head);
      if (intent.subject !== undefined) this.#once(this.#subjects, intent.subject, head);
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
    }
  }

  #once(held: Map<string, string>, key: string, head: string): void {
    expect(held.get(key) ?? head, key).toBe(head);
    held.set(key, head);
  }
}

function requestOf({ type, subject, meaning, callerKey, text }: Asked, nowSeconds: number): ReserveRequest {
  return request(type, text, {
    nowSeconds,
    quotas: QUOTAS,
    ...(type === 0 ? {} : { subject: `${type}:${subject}` }),
    ...(meaning === undefined ? {} : { meaning: `${meaning}` }),
    ...(callerKey === undefined ? {} : { callerKey: `${callerKey}`, callerDigest: `${type}:${subject}:${meaning}` }),
  });
}

test("no slot and no subject gets two different records, after any sequence of events", async () => {
  const keys = await scratchDirectory();
  let opened: SigningStore | undefined;
  onTestFinished(() => opened?.close());
  const file = await open(keys, "r");
  const handles: { datasync: () => Promise<void> } = Object.getPrototypeOf(file);
  await file.close();
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      await opened?.close();
      const key = await newKey(join(keys, `${run++}`));
      opened = await play(key, handles, steps);
    }),
    { numRuns: 60 },
  );
});

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

async function play(
  key: StoredKey,
  handles: { datasync: () => Promise<void> },
  steps: readonly Step[],
): Promise<SigningStore> {
  const log = join(key.directory, "signing.log");
  const signed = new Signed();
  let nowSeconds = NOON;
  let store = await openSigning(key, nowSeconds);
  for (const step of steps) {
    switch (step.kind) {
      case "reserve":
        await Promise.all(step.group.map((asked) => signed.reserve(store, asked, nowSeconds)));
        break;
      case "clock":
        nowSeconds += step.seconds;
        break;
      case "reopen":
        await store.close();
        store = await openSigning(key, nowSeconds);
        break;
      case "crash": {
        // The machine stops during the write of the group: no caller gets an answer, and any part may be on the disk.
        const before = (await stat(log)).size;
        await Promise.all(
          step.group.map((asked) => store.reserve(requestOf(asked, nowSeconds)).catch(() => undefined)),
        );
        await store.close();
        const after = (await stat(log)).size;
        await truncate(log, before + Math.floor(((after - before) * step.kept) / 100));
        store = await openSigning(key, nowSeconds);
        break;
      }
      case "disk fails": {
        const failing = vi.spyOn(handles, "datasync").mockRejectedValue(new Error("input/output error"));
        await Promise.all(step.group.map((asked) => signed.reserve(store, asked, nowSeconds)));
        failing.mockRestore();
        break;
      }
    }
  }
  return store;
}
