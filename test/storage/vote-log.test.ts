import { readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import type { StoredKey } from "../../src/storage/signing/key-file.js";
import { writeSigningState } from "../../src/storage/signing/signing-state.js";
import { MAX_WAITING_VOTES, VOTE_LOG_NAME, VoteLog } from "../../src/storage/signing/vote-log.js";
import type { OwnBallot } from "../../src/storage/signing/vote-rules.js";
import { scratchDirectory } from "../support/scratch.js";
import { AHEAD_SECONDS, DAY, NOON, newKey, RETENTION } from "./signing-setup.js";
import { hash } from "./values.js";

const [V, W] = [hash(0x0a), hash(0x0b)];

function prepare(round: number, value = V, held = 0): OwnBallot {
  return { submissionId: hash(1), roster: hash(2), t0: NOON, round, step: "prepare", held, value };
}

function commit(round: number, value = V): OwnBallot {
  return { ...prepare(round, value), step: "commit" };
}

async function open(key: StoredKey, nowSeconds = NOON): Promise<VoteLog> {
  const log = await VoteLog.open({ key, nowSeconds, aheadSeconds: AHEAD_SECONDS, retention: RETENTION });
  onTestFinished(() => log.close());
  return log;
}

async function fresh(): Promise<{ key: StoredKey; log: VoteLog; path: string }> {
  const key = await newKey(join(await scratchDirectory(), "keys"));
  return { key, log: await open(key), path: join(key.directory, VOTE_LOG_NAME) };
}

async function again(key: StoredKey, log: VoteLog, nowSeconds = NOON): Promise<VoteLog> {
  await log.close();
  return open(key, nowSeconds);
}

const refused = { code: "slot_used" };

describe("a vote log", () => {
  test("takes one vote of a round and step, and the same one again, also after a reopening", async () => {
    const { key, log } = await fresh();
    await log.reserve(prepare(0));
    const reopened = await again(key, log);
    await reopened.reserve(prepare(0));
    await expect(reopened.reserve(prepare(0, W))).rejects.toMatchObject(refused);
    await reopened.reserve(commit(0, W));
    await expect(reopened.reserve(commit(0, V))).rejects.toMatchObject(refused);
  });

  test("takes no vote of a round below the highest", async () => {
    const { key, log } = await fresh();
    await log.reserve(prepare(3));
    const reopened = await again(key, log);
    await expect(reopened.reserve(prepare(2))).rejects.toMatchObject(refused);
    await expect(reopened.reserve(commit(2))).rejects.toMatchObject(refused);
  });

  test("takes a prepare of another value than the committed one only with a later quorum", async () => {
    const { key, log } = await fresh();
    await log.reserve(prepare(1));
    await log.reserve(commit(1));
    const reopened = await again(key, log);
    await expect(reopened.reserve(prepare(2, W, 0))).rejects.toMatchObject(refused);
    await expect(reopened.reserve(prepare(4, W, 2))).rejects.toMatchObject(refused);
    await reopened.reserve(prepare(4, W, 3));
    await reopened.reserve(commit(4, W));
    await expect(reopened.reserve(prepare(5, V, 3))).rejects.toMatchObject(refused);
  });

  test("keeps submissions and rosters apart", async () => {
    const { log } = await fresh();
    await log.reserve(prepare(0));
    await log.reserve({ ...prepare(0, W), submissionId: hash(7) });
    await log.reserve({ ...prepare(0, W), roster: hash(7) });
  });

  test("of a key that had none takes votes on tasks of the UTC days after it was made", async () => {
    const { key, log, path } = await fresh();
    await log.reserve(prepare(0));
    await log.close();
    await rm(path);
    const made = await open(key);
    await expect(made.reserve(prepare(0, W))).rejects.toMatchObject({ code: "store_missing" });
    await made.reserve({ ...prepare(0, W), t0: NOON + DAY });
  });

  test("of a resumed key takes votes on tasks from the day on which the key signs again", async () => {
    const { key, log } = await fresh();
    await log.close();
    const day = Math.floor(NOON / DAY) + 1;
    await writeSigningState(key.directory, { kind: "resumed", atSeconds: NOON, firstDay: day });
    const resumed = await open(key);
    await expect(resumed.reserve(prepare(0))).rejects.toMatchObject({ code: "store_missing" });
    await resumed.reserve({ ...prepare(0), t0: day * DAY });
  });

  test("loses a torn last vote, which nobody signed, and keeps those before it", async () => {
    const { key, log, path } = await fresh();
    await log.reserve(prepare(0));
    await log.reserve(commit(0));
    await log.close();
    await truncate(path, (await readFile(path)).length - 5);
    const reopened = await open(key);
    await expect(reopened.reserve(prepare(0, W))).rejects.toMatchObject(refused);
    await reopened.reserve(commit(0, W));
  });

  test("that is damaged or of another key is refused", async () => {
    const { key, log, path } = await fresh();
    await log.reserve(prepare(0));
    await log.reserve(commit(0));
    await log.close();
    const bytes = await readFile(path);
    const other = await newKey(join(await scratchDirectory(), "keys"));
    await writeFile(join(other.directory, VOTE_LOG_NAME), bytes);
    await expect(open(other)).rejects.toMatchObject({ code: "store_missing" });
    bytes[200] = (bytes[200] as number) ^ 1;
    await writeFile(path, bytes);
    await expect(open(key)).rejects.toMatchObject({ code: "storage_corrupt" });
  });

  test("forgets the votes on tasks past the retention, and takes none on such tasks again", async () => {
    const { key, log, path } = await fresh();
    await log.reserve(prepare(0));
    const before = (await readFile(path)).length;
    const later = await again(key, log, NOON + 90 * DAY);
    expect((await readFile(path)).length).toBeLessThan(before);
    await expect(later.reserve(prepare(0, W))).rejects.toMatchObject({ code: "store_missing" });
  });

  test("refuses votes beyond the cap of those that wait, and all after its close", async () => {
    const { log } = await fresh();
    const asked = Array.from({ length: MAX_WAITING_VOTES + 2 }, (_, round) => log.reserve(prepare(round)));
    const settled = await Promise.allSettled(asked);
    expect(settled.filter(({ status }) => status === "rejected")).toHaveLength(1);
    await log.close();
    await expect(log.reserve(prepare(9999))).rejects.toMatchObject({ code: "stopped" });
  });
});
