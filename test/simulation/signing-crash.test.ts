import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { toHex } from "../../src/protocol/bytes.js";
import { NetworkError } from "../../src/protocol/errors.js";
import { readKey, type StoredKey } from "../../src/storage/signing/key-file.js";
import type { SigningStore } from "../../src/storage/signing/signing-store.js";
import { newKey, openSigning, request } from "../storage/signing-setup.js";
import { platform, setPlatform } from "./platform/ambient.js";
import { type DiskSettings, healthyDisk } from "./platform/disk-settings.js";
import { diskWorld } from "./platform/disk-world.js";
import { clearTimeout, setTimeout } from "./platform/globals.js";
import type { Random } from "./world/random.js";
import { Life } from "./world/schedule.js";

// The signing store of src/storage runs on the simulated disk.
vi.mock("node:fs/promises", () => import("./platform/fs-promises.js"));

const KEYS = "/sim/n/data/keys";
const LIVES = 6;

beforeEach(() => {
  // A retry of a store ends with its process, and does not meet the disk of a later world.
  for (const [name, simulated] of Object.entries({ clearTimeout, setTimeout })) vi.stubGlobal(name, simulated);
});

afterEach(() => {
  vi.unstubAllGlobals();
  setPlatform(undefined);
});

/**
 * Seeds of processes that end between a write and its sync, by what the next process has to sync before it uses it.
 * Without that a power cut takes it back under numbers that are acknowledged by then. A change of the store's calls to
 * the disk moves the seeds: take out the sync and search for one that fails.
 */
const LATE_SYNCS = {
  /** An entry of the log. */
  log: 1774,
  /** The name of an existing directory. */
  name: 491,
  /** The name of an existing directory before one is made in it. */
  nameAbove: 474,
};

/** On a disk that fails, the next process has to sync the directory of a log that was rewritten. */
const LATE_RENAME = 167;

type Faults = Partial<DiskSettings>;
/** Acknowledged heads by number: each may be signed. */
type Signed = Map<number, string>;

function codeOf(error: unknown): string {
  return error instanceof NetworkError ? error.code : String(error);
}

/** The key of the earlier processes, or a new one while none of them has acknowledged a number. */
async function keyOf(signed: Signed): Promise<StoredKey> {
  try {
    return await readKey(KEYS, "first");
  } catch (error) {
    if (codeOf(error) !== "unknown_key") throw error;
    expect(signed.size, "numbers of a lost key").toBe(0);
    return newKey(KEYS);
  }
}

/** One process: it opens the log and reserves until its end, also what earlier processes may have reserved. */
async function live(name: number, signed: Signed, refusals: string[], random: Random): Promise<void> {
  let store: SigningStore;
  try {
    store = await openSigning(await keyOf(signed));
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    refusals.push(error.code);
    return;
  }
  for (let round = 0; ; round++) {
    // A store that can't write refuses at once.
    await platform().schedule.sleep(1);
    const group = Array.from({ length: random.between(1, 5) }, (_, i) => {
      const subject = `${random.chance(0.2) ? random.between(0, name) : name}-${round}-${i}`;
      return request(2, subject, { subject, callerKey: subject, callerDigest: subject });
    });
    await Promise.all(
      group.map(async (one) => {
        const reserved = await store.reserve(one).catch((error: unknown) => {
          refusals.push(codeOf(error));
        });
        if (reserved === undefined) return;
        const { number, head } = reserved.intent;
        const before = signed.get(number);
        if (before !== undefined) expect(reserved.existing, `number ${number} twice`).toBe(true);
        expect(before ?? toHex(head), `number ${number} with two heads`).toBe(toHex(head));
        signed.set(number, toHex(head));
      }),
    );
  }
}

/** {@link livesOf}, with the seed in the failure. */
async function lives(seed: number, faults: Faults): ReturnType<typeof livesOf> {
  try {
    return await livesOf(seed, faults);
  } catch (cause) {
    throw new Error(`seed ${seed}: ${String(cause)}`, { cause });
  }
}

/** Lives that end by a crash or by the end of the process. Codes of all refusals, and the number of reservations. */
async function livesOf(seed: number, faults: Faults) {
  const { schedule, disks, settings, random, settle } = diskWorld(seed);
  const refusals: string[] = [];
  const signed: Signed = new Map();
  for (let i = 0; i < LIVES; i++) {
    Object.assign(settings, healthyDisk(), i === 0 ? {} : faults);
    const life = new Life("n");
    const running = schedule.within(life, () => live(i, signed, refusals, random.fork(`life ${i}`)));
    let failure: unknown;
    running.catch((error: unknown) => {
      failure = error;
    });
    await schedule.run(schedule.nowMs + random.exponential(60));
    life.alive = false;
    if (failure !== undefined) throw failure;
    if (random.chance(0.7)) disks.crash("n");
    else disks.kill("n");
  }
  Object.assign(settings, healthyDisk());
  if (signed.size > 0) {
    const last = await settle(async () => {
      const store = await openSigning(await keyOf(signed));
      return store.reserve(request(2, "last", { subject: "last" }));
    });
    expect(last.intent.number).toBeGreaterThan(Math.max(...signed.keys()));
  }
  return { refusals, reservations: signed.size };
}

describe("the real signing store on a simulated disk", () => {
  test("never gives a number twice, and opens after every crash", async () => {
    let reservations = 0;
    for (const seed of [0, 1, 2, 3, 4, 5, ...Object.values(LATE_SYNCS)]) {
      const result = await lives(seed, {});
      expect(result.refusals, `seed ${seed}`).toEqual([]);
      reservations += result.reservations;
    }
    expect(reservations).toBeGreaterThan(100);
  });

  test("never gives a number twice on a disk that fails", async () => {
    const codes = new Set<string>();
    for (const seed of [0, 1, 2, 3, 4, 5, LATE_RENAME]) {
      const { refusals } = await lives(seed, { writeErrors: 0.1, freeBytes: 5000 });
      for (const code of refusals) codes.add(code);
    }
    expect(codes).toContain("storage_failed");
    for (const code of codes) expect(["storage_failed", "storage_full"]).toContain(code);
  });
});
