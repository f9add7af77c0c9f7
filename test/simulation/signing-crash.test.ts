import { afterEach, describe, expect, test, vi } from "vitest";
import { toHex } from "../../src/protocol/bytes.js";
import { NetworkError } from "../../src/protocol/errors.js";
import { readKey } from "../../src/storage/signing/key-file.js";
import type { SigningStore } from "../../src/storage/signing/signing-store.js";
import { newKey, openSigning, request } from "../storage/signing-setup.js";
import { platform, setPlatform } from "./platform/ambient.js";
import { healthyDisk } from "./platform/disk-settings.js";
import { diskWorld } from "./platform/disk-world.js";
import { Life } from "./world/schedule.js";

// The signing store of src/storage runs on the simulated disk.
vi.mock("node:fs/promises", () => import("./platform/fs-promises.js"));

const KEYS = "/sim/n/keys";
const LIVES = 6;

afterEach(() => setPlatform(undefined));

/** Acknowledged heads by number: each may be signed. */
type Signed = Map<number, string>;

/** One process: it opens the log and reserves until its end. */
async function live(name: number, signed: Signed, refusals: string[], groupSize: () => number): Promise<void> {
  let store: SigningStore;
  try {
    store = await openSigning(await readKey(KEYS, "first"));
  } catch (error) {
    refusals.push(error instanceof NetworkError ? error.code : String(error));
    return;
  }
  for (let round = 0; ; round++) {
    // A store that can't write refuses at once.
    await platform().schedule.sleep(1);
    const group = Array.from({ length: groupSize() }, (_, i) =>
      request(2, `${round}-${i}`, { subject: `${name}-${round}-${i}` }),
    );
    await Promise.all(
      group.map(async (one) => {
        const reserved = await store.reserve(one).catch((error: unknown) => {
          refusals.push(error instanceof NetworkError ? error.code : String(error));
        });
        if (reserved === undefined || reserved.existing) return;
        const { number, head } = reserved.intent;
        expect(signed.get(number), `number ${number} twice`).toBeUndefined();
        signed.set(number, toHex(head));
      }),
    );
  }
}

/** Lives that end by a crash or by the end of the process. Codes of all refusals, and the number of reservations. */
async function lives(seed: number, faults: Partial<ReturnType<typeof healthyDisk>>) {
  const { schedule, disks, settings, random, settle } = diskWorld(seed);
  const refusals: string[] = [];
  const signed: Signed = new Map();
  await settle(() => newKey(KEYS));
  for (let i = 0; i < LIVES; i++) {
    Object.assign(settings, healthyDisk(), i === 0 ? {} : faults);
    const life = new Life("n");
    const running = schedule.within(life, () => live(i, signed, refusals, () => random.between(1, 5)));
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
      const store = await openSigning(await readKey(KEYS, "first"));
      return store.reserve(request(2, "last", { subject: "last" }));
    });
    expect(last.intent.number).toBeGreaterThan(Math.max(...signed.keys()));
  }
  return { refusals, reservations: signed.size };
}

describe("the real signing store on a simulated disk", () => {
  test("never gives a number twice, and opens after every crash", async () => {
    let reservations = 0;
    for (let seed = 0; seed < 6; seed++) {
      const result = await lives(seed, {});
      expect(result.refusals, `seed ${seed}`).toEqual([]);
      reservations += result.reservations;
    }
    expect(reservations).toBeGreaterThan(100);
  });

  test("never gives a number twice on a disk that fails", async () => {
    const codes = new Set<string>();
    for (let seed = 0; seed < 6; seed++) {
      const { refusals } = await lives(seed, { writeErrors: 0.1, freeBytes: 5000 });
      for (const code of refusals) codes.add(code);
    }
    expect(codes).toContain("storage_failed");
    for (const code of codes) expect(["storage_failed", "storage_full"]).toContain(code);
  });
});
