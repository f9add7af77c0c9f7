import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import type { StoredKey } from "../../src/storage/signing/key-file.js";
import { decodeHistory, encodeHistory, type SigningHistory } from "../../src/storage/signing/signing-history.js";
import { readSigningState, writeSigningState } from "../../src/storage/signing/signing-state.js";
import { exportSigning, importSigning } from "../../src/storage/signing/signing-transfer.js";
import { VOTE_LOG_NAME, VoteLog } from "../../src/storage/signing/vote-log.js";
import type { OwnBallot } from "../../src/storage/signing/vote-rules.js";
import { scratchDirectory } from "../support/scratch.js";
import {
  AHEAD_SECONDS,
  DAY,
  madeElsewhere,
  NOON,
  newKey,
  opened,
  openSigning,
  RETENTION,
  request,
} from "./signing-setup.js";
import { hash } from "./values.js";

const GENESIS = hash(0x77);
const [V, W] = [hash(0x0a), hash(0x0b)];
const [S, T] = ["submission:1", "submission:2"];

function vote(change: Partial<OwnBallot> = {}): OwnBallot {
  const ballot = {
    submissionId: hash(5),
    roster: hash(2),
    t0: NOON,
    round: 0,
    step: "prepare",
    held: 0,
    value: V,
  } as const;
  return { ...ballot, ...change };
}

async function votesOf(key: StoredKey, nowSeconds = NOON): Promise<VoteLog> {
  const log = await VoteLog.open({ key, nowSeconds, aheadSeconds: AHEAD_SECONDS, retention: RETENTION });
  onTestFinished(() => log.close());
  return log;
}

/** The key as it is on a machine to which only its key.json was copied. */
async function copied(): Promise<StoredKey> {
  const key = await newKey(join(await scratchDirectory(), "keys"));
  for (const log of ["signing.log", VOTE_LOG_NAME]) await rm(join(key.directory, log));
  return key;
}

function exported(key: StoredKey, nowSeconds = NOON): Promise<SigningHistory> {
  return exportSigning({ key, genesis: GENESIS, nowSeconds }, AHEAD_SECONDS);
}

function imported(key: StoredKey, history: SigningHistory, nowSeconds = NOON): Promise<void> {
  return importSigning({ key, genesis: GENESIS, nowSeconds }, history);
}

/** A key that has signed a task, a validation of S, and votes; its history as it comes out of the file. */
async function moved(): Promise<{ key: StoredKey; history: SigningHistory }> {
  const key = await newKey(join(await scratchDirectory(), "keys"));
  const store = await openSigning(key);
  await store.reserve(request(0, "a task"));
  await store.reserve(request(2, "80 points", { subject: S, meaning: "80" }));
  await store.close();
  const log = await votesOf(key);
  await log.reserve(vote());
  await log.reserve(vote({ step: "commit" }));
  await log.reserve(vote({ round: 1 }));
  await log.close();
  return { key, history: decodeHistory(encodeHistory(await exported(key))) };
}

describe("a key that moves to another machine", () => {
  test("signs there at once, and no second record about an earlier subject or on an earlier number", async () => {
    const { history } = await moved();
    const key = await copied();
    await imported(key, history);
    const store = await opened(key);
    const second = request(2, "10 points", { subject: S, meaning: "10" });
    await expect(store.reserve(second)).rejects.toMatchObject({ code: "already_validated" });
    const { intent } = await store.reserve(request(2, "90 points", { subject: T, meaning: "90" }));
    expect(intent.number).toBe(1);
    const task = await store.reserve(request(0, "another task", { nowSeconds: NOON - 10 }));
    expect(task.intent).toMatchObject({ number: 1, timestampSeconds: NOON });
  });

  test("casts no vote there that contradicts an earlier one", async () => {
    const { history } = await moved();
    const key = await copied();
    await imported(key, history);
    const log = await votesOf(key);
    const refused = { code: "slot_used" };
    await expect(log.reserve(vote({ value: W }))).rejects.toMatchObject(refused);
    await expect(log.reserve(vote({ round: 1, value: W }))).rejects.toMatchObject(refused);
    await expect(log.reserve(vote({ round: 2, value: W, held: 1 }))).rejects.toMatchObject(refused);
    await log.reserve(vote({ round: 1 }));
    await log.reserve(vote({ round: 2, value: W, held: 2 }));
  });

  test("is not stopped there by its earlier records, and is by one that the other machine signs afterwards", async () => {
    const { history } = await moved();
    const key = await copied();
    await imported(key, history);
    const store = await opened(key);
    await store.learn([madeElsewhere(2, 0, NOON, S)], NOON);
    expect(store.stopped).toBeUndefined();
    await store.learn([madeElsewhere(2, 1, NOON, T)], NOON);
    expect(store.stopped?.reason).toBe("key_used_elsewhere");
  });

  test("signs no more on the machine that it leaves, until a person resumes it", async () => {
    const { key } = await moved();
    const store = await opened(key);
    await expect(store.reserve(request(0, "a third task"))).rejects.toMatchObject({ code: "key_used_elsewhere" });
  });

  test("is exported again with the same content after a crash of the first export", async () => {
    const { key, history } = await moved();
    expect(await exported(key, NOON + 1)).toEqual({ ...history, exportedSeconds: NOON + 1 });
  });

  test("keeps the day from which it was resumed, also in a second export", async () => {
    const key = await newKey(join(await scratchDirectory(), "keys"));
    const firstDay = Math.floor(NOON / DAY) + 1;
    await writeSigningState(key.directory, { kind: "resumed", atSeconds: NOON, firstDay });
    for (let i = 0; i < 2; i++) expect(await exported(key)).toMatchObject({ firstDay, votesFirstDay: firstDay });
  });

  test("takes a stop with it, also over a second move", async () => {
    const { key } = await moved();
    const stop = { kind: "stopped", reason: "key_equivocated", atSeconds: NOON, records: [hash(3), hash(4)] } as const;
    await writeSigningState(key.directory, stop);
    const second = await copied();
    await imported(second, decodeHistory(encodeHistory(await exported(key))), NOON + 5);
    const third = await copied();
    await imported(third, await exported(second), NOON + 9);
    expect(await readSigningState(third.directory)).toEqual({ ...stop, atSeconds: NOON + 9 });
  });
});

describe("the import of a signing history", () => {
  test("keeps what the key has signed here, and lowers no day, number, time or round", async () => {
    const { history } = await moved();
    const key = await newKey(join(await scratchDirectory(), "keys"));
    const store = await openSigning(key);
    for (const text of ["a", "b", "c"]) await store.reserve(request(0, text, { nowSeconds: NOON + 50 }));
    await store.close();
    const log = await votesOf(key);
    await log.reserve(vote({ round: 4, value: W }));
    await log.close();
    await imported(key, { ...history, firstDay: 0, votesFirstDay: 0 });
    const after = await opened(key);
    const { intent } = await after.reserve(request(0, "d", { nowSeconds: NOON }));
    expect(intent).toMatchObject({ number: 3, timestampSeconds: NOON + 50 });
    const again = request(2, "10 points", { subject: S, meaning: "10" });
    await expect(after.reserve(again)).rejects.toMatchObject({ code: "already_validated" });
    const votes = await votesOf(key);
    await expect(votes.reserve(vote({ round: 4 }))).rejects.toMatchObject({ code: "slot_used" });
    await expect(votes.reserve(vote({ round: 1 }))).rejects.toMatchObject({ code: "slot_used" });
  });

  test("raises the days before which the key signs and votes", async () => {
    const { history } = await moved();
    const key = await newKey(join(await scratchDirectory(), "keys"));
    const later = Math.floor(NOON / DAY) + 1;
    await imported(key, { ...history, firstDay: later, votesFirstDay: later });
    await imported(key, history);
    const store = await opened(key);
    await expect(store.reserve(request(0, "today"))).rejects.toMatchObject({ code: "store_missing" });
    await store.reserve(request(0, "tomorrow", { nowSeconds: NOON + DAY }));
    const votes = await votesOf(key);
    await expect(votes.reserve(vote())).rejects.toMatchObject({ code: "store_missing" });
    await votes.reserve(vote({ submissionId: hash(6), t0: NOON + DAY }));
  });

  test("is the same when it is repeated", async () => {
    const { history } = await moved();
    const key = await copied();
    const logs = (): Promise<Buffer[]> =>
      Promise.all(["signing.log", VOTE_LOG_NAME].map((log) => readFile(join(key.directory, log))));
    await imported(key, history);
    const before = await logs();
    await imported(key, history);
    expect(await logs()).toEqual(before);
  });

  test.each([
    ["network", { network: "testnet" }],
    ["genesis", { genesis: hash(0x78) }],
    ["key", { key: hash(0x79) }],
  ] as const)("of another %s is refused, and changes nothing", async (_what, change) => {
    const { history } = await moved();
    const key = await copied();
    await expect(imported(key, { ...history, ...change })).rejects.toMatchObject({ code: "storage_foreign" });
    await expect(readFile(join(key.directory, "signing.log"))).rejects.toMatchObject({ code: "ENOENT" });
    await expect(readFile(join(key.directory, VOTE_LOG_NAME))).rejects.toMatchObject({ code: "ENOENT" });
  });

  test("is refused while this process signs with the key, and so is an export", async () => {
    const { history } = await moved();
    const key = await newKey(join(await scratchDirectory(), "keys"));
    await opened(key);
    await expect(imported(key, history)).rejects.toMatchObject({ code: "storage_locked" });
    await expect(exported(key)).rejects.toMatchObject({ code: "storage_locked" });
  });
});

describe("the file of a signing history", () => {
  test("with any byte changed, removed or added, or cut at any place, is refused", async () => {
    const { history } = await moved();
    const bytes = encodeHistory(history);
    expect(decodeHistory(bytes)).toEqual(history);
    const codes = new Set<string>();
    const refuse = (changed: Uint8Array): void => {
      try {
        decodeHistory(changed);
        codes.add("accepted");
      } catch (error) {
        codes.add(error instanceof Error && "code" in error ? String(error.code) : "untyped");
      }
    };
    for (let i = 0; i < bytes.length; i++) {
      const flipped = Uint8Array.from(bytes);
      flipped[i] = (bytes[i] as number) ^ 1;
      refuse(flipped);
      refuse(bytes.subarray(0, i));
      refuse(Buffer.concat([bytes.subarray(0, i), bytes.subarray(i + 1)]));
      refuse(Buffer.concat([bytes.subarray(0, i), Buffer.from("1"), bytes.subarray(i)]));
    }
    expect([...codes].sort()).toEqual(["storage_corrupt", "storage_foreign", "storage_newer"]);
  });

  test("has no private key, and no body", async () => {
    const { key, history } = await moved();
    const text = Buffer.from(encodeHistory(history)).toString();
    expect(text).not.toContain(Buffer.from(key.privateKey ?? []).toString("hex"));
    expect(text).not.toContain("80 points");
  });
});

test("a key without a signing log has no history to export, and the refusal says what to do", async () => {
  const key = await copied();
  await expect(exported(key)).rejects.toMatchObject({
    code: "store_missing",
    message: expect.stringMatching(/backup/),
  });
});

test("a damaged log is neither exported nor imported into", async () => {
  const { key, history } = await moved();
  const log = join(key.directory, "signing.log");
  const bytes = await readFile(log);
  bytes[60] = (bytes[60] as number) ^ 1;
  await writeFile(log, bytes);
  await expect(exported(key)).rejects.toMatchObject({ code: "storage_corrupt" });
  await expect(imported(key, history)).rejects.toMatchObject({ code: "storage_corrupt" });
});
