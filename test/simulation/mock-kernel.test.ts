import { describe, expect, test } from "vitest";
import { ReferenceKernel } from "../../src/kernel/index.js";
import { encodeBundle } from "../../src/protocol/bundle.js";
import { encodeHead, joinEnvelope, MessageType, signedMessage } from "../../src/protocol/envelope.js";
import { DEFAULT_RULES } from "../../src/protocol/rules.js";
import { packInput, packItems, ROW, ROW_BYTES, scanContext, TABLE_CODES } from "../../src/protocol/table.js";
import { SOUND_KERNEL } from "./kernel/kernel-time.js";
import { MockKernel, MockScanners } from "./kernel/mock-kernel.js";
import { MockKernels } from "./kernel/mock-kernels.js";
import { FORGERIES, type Forgery, forged, mockSign } from "./kernel/mock-signatures.js";
import { simHashOf } from "./kernel/sim-hash.js";
import { Random } from "./world/random.js";
import { Life, Schedule } from "./world/schedule.js";

const genesis = new Uint8Array(32).fill(7);
const identity = { network: 3, genesis, rules: DEFAULT_RULES, rulesDigest: new Uint8Array(32) };
const context = scanContext(identity);
const random = new Random(7);

function privateKey(): Uint8Array {
  const key = random.bytes(32);
  key[31] = (key[31] as number) & 0x0f;
  return key;
}

function build(): { schedule: Schedule; kernel: MockKernel; kernels: MockKernels } {
  const schedule = new Schedule(1_000_000);
  const kernels = new MockKernels(schedule, new Random(1));
  return { schedule, kernels, kernel: kernels.load("n0").kernel };
}

/** The settled value of a promise after simulated time; "open" if it has none. */
async function outcome<T>(schedule: Schedule, ms: number, promise: Promise<T>): Promise<T | "open"> {
  let value: T | "open" = "open";
  let failure: unknown;
  promise.then(
    (settled) => {
      value = settled;
    },
    (error: unknown) => {
      failure = error;
    },
  );
  await schedule.run(schedule.nowMs + ms);
  if (failure !== undefined) throw failure;
  return value;
}

function envelope(kernel: MockKernel, key: Uint8Array, payload: Uint8Array, fault?: Forgery): Uint8Array {
  const sender = kernel.publicKey(key);
  if (fault === "bad_public_key") sender[31] = 0xff;
  const head = encodeHead({
    type: MessageType.SubmissionAnnouncement,
    network: 3,
    timestampSeconds: 1_700_000_000,
    number: 3,
    sender,
    payload,
  });
  const message = signedMessage(genesis, head);
  return joinEnvelope(head, fault === undefined ? kernel.sign(key, message) : forged(sender, message, fault));
}

/** A table without its hashes, which differ between the kernels. */
function withoutHashes(table: Uint8Array): Uint8Array {
  const out = table.slice();
  for (let at = 0; at < out.length; at += ROW_BYTES) out.fill(0, at + ROW.recordId, at + ROW_BYTES);
  return out;
}

describe("the mock hash", () => {
  test("gives one digest for one input, however it is cut, and another for each change of a bit", () => {
    const { kernel } = build();
    const input = random.bytes(200);
    const whole = new Uint8Array(32);
    kernel.hash(input, whole);
    for (const cut of [0, 1, 31, 32, 33, 64, 100, 200]) {
      const parts = new Uint8Array(32);
      const hasher = kernel.hasher();
      hasher.update(input.subarray(0, cut));
      hasher.update(input.subarray(cut));
      hasher.digest(parts);
      expect(parts).toEqual(whole);
    }
    expect(kernel.openHashers).toBe(0);
    const seen = new Set([whole.join()]);
    for (let bit = 0; bit < 1600; bit++) {
      const changed = input.slice();
      changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7));
      seen.add(simHashOf(changed).join());
    }
    for (let length = 0; length < 200; length++) seen.add(simHashOf(new Uint8Array(length)).join());
    expect(seen.size).toBe(1801);
  });

  test("spreads a change of one bit over the digest", () => {
    let flips = 0;
    for (let i = 0; i < 200; i++) {
      const input = random.bytes(64);
      const before = simHashOf(input);
      input[63] = (input[63] as number) ^ 0x80;
      simHashOf(input).forEach((byte, at) => {
        for (let rest = byte ^ (before[at] as number); rest > 0; rest &= rest - 1) flips++;
      });
    }
    expect(flips / 200).toBeGreaterThan(120);
    expect(flips / 200).toBeLessThan(136);
  });
});

describe("the mock kernel", () => {
  test("scans as the reference does, except for the hashes", () => {
    const { kernel } = build();
    const reference = new ReferenceKernel("0");
    const good = Array.from({ length: 6 }, () => envelope(kernel, privateKey(), random.bytes(random.below(900))));
    for (let i = 0; i < 60; i++) {
      const bundles = Array.from({ length: random.between(1, 4) }, () => {
        const envelopes = Array.from({ length: random.between(0, 3) }, () => random.pick(good));
        const bytes = encodeBundle(envelopes);
        if (bytes.length > 0 && random.chance(0.5)) bytes[random.below(bytes.length)] = random.below(256);
        return random.chance(0.2) ? bytes.subarray(0, random.below(bytes.length + 1)) : bytes;
      });
      const input = packInput(bundles);
      expect(withoutHashes(kernel.scan(input, context))).toEqual(withoutHashes(reference.scan(input, context)));
    }
    for (const broken of [new Uint8Array(3), Uint8Array.of(0, 0, 0, 9, 1)]) {
      expect(() => kernel.scan(broken, context)).toThrow("ends within an item");
    }
  });

  test("verifies what it signed, and refuses each kind of forgery with its reason", async () => {
    const { schedule, kernel } = build();
    const key = privateKey();
    const bundle = encodeBundle([
      envelope(kernel, key, random.bytes(40)),
      ...FORGERIES.map((fault) => envelope(kernel, key, random.bytes(40), fault)),
      envelope(kernel, key, random.bytes(40)),
    ]);
    const input = packInput([bundle]);
    for (let round = 0; round < 2; round++) {
      const table = kernel.scan(input, context);
      const mask = new Uint8Array(FORGERIES.length + 2).fill(1);
      mask[FORGERIES.length + 1] = 0;
      const verdicts = await outcome(schedule, 10, kernel.verify(input, table, mask, context));
      if (verdicts === "open") throw new Error("no verdicts");
      expect([...verdicts].map((code) => TABLE_CODES[code] ?? code)).toEqual([0, ...FORGERIES, 255]);
    }
  });

  test("takes a message of another network or with another byte as forged", async () => {
    const { schedule, kernel } = build();
    const key = privateKey();
    const message = random.bytes(70);
    const signature = kernel.sign(key, message);
    const publicKey = kernel.publicKey(key);
    const second = mockSign(publicKey, message, Uint8Array.of(1));
    const items = packItems([
      { publicKey, message, signature },
      { publicKey, message: random.bytes(70), signature },
      { publicKey, message, signature: second },
    ]);
    expect(await outcome(schedule, 10, kernel.verifyMessages(items))).toEqual(Uint8Array.of(0, 23, 0));
    expect(second).not.toEqual(signature);
    expect(kernel.verifyPlain(publicKey, message, signature.subarray(0, 64))).toBe(true);
    expect(() => kernel.publicKey(new Uint8Array(32))).toThrow("zero");
  });

  test("remembers an envelope without taking another for it", () => {
    const schedule = new Schedule(0);
    const scanners = new MockScanners();
    const kernel = new MockKernel({ schedule, random: new Random(1), scanners });
    const one = envelope(kernel, privateKey(), random.bytes(300));
    const other = one.slice();
    // The bytes by which the memo finds an envelope stay equal.
    other[60] = (other[60] as number) ^ 1;
    const rows = [one, other, one, other].map((bytes) => kernel.scan(packInput([encodeBundle([bytes])]), context));
    expect(rows[2]).toEqual(rows[0]);
    expect(rows[3]).toEqual(rows[1]);
    expect(rows[1]).not.toEqual(rows[0]);
  });

  test("answers in simulated time, in the life of the caller", async () => {
    const { schedule, kernel } = build();
    const [dead, alive] = [new Life("dead"), new Life("alive")];
    const items = packItems([]);
    let answers = "";
    schedule.within(dead, () => void kernel.verifyMessages(items).then(() => (answers += "dead")));
    schedule.within(alive, () => void kernel.verifyMessages(items).then(() => (answers += schedule.life?.name)));
    dead.alive = false;
    await schedule.run(schedule.nowMs + SOUND_KERNEL.batchMs / 2);
    expect(answers).toBe("");
    await schedule.run(schedule.nowMs + SOUND_KERNEL.batchMs);
    expect(answers).toBe("alive");
  });

  test("is slow, fails and hangs by its faults until they end", async () => {
    const { schedule, kernel, kernels } = build();
    const items = packItems([]);
    const endFail = kernels.fail("n0", 1);
    await expect(outcome(schedule, 10, kernel.verifyMessages(items))).rejects.toMatchObject({ code: "kernel_failed" });
    expect(() => kernel.scan(packInput([]), context)).toThrow("failed to scan");
    endFail();
    const endSlow = kernels.slow("n0", 10_000);
    expect(await outcome(schedule, 10, kernel.verifyMessages(items))).toBe("open");
    endSlow();
    await schedule.run(schedule.nowMs + 1_000_000);
    const endHang = kernels.hang("n0", 1);
    const hung = kernel.verifyMessages(items);
    expect(await outcome(schedule, 100_000, hung)).toBe("open");
    endHang();
    expect(await outcome(schedule, 10, hung)).toEqual(new Uint8Array());
    expect(kernels.counts.get("kernel calls hung")).toBe(1);
  });
});
