// What is measured of a kernel through its interface. Times are nanoseconds per signature or per call.
import { open } from "node:fs/promises";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout } from "node:timers/promises";
import { packScores, readSums } from "../../dist/kernel/index.js";
import { encodeBundle } from "../../dist/protocol/bundle.js";
import { encodeHead, joinEnvelope, signedMessage } from "../../dist/protocol/envelope.js";
import { DEFAULT_RULES } from "../../dist/protocol/rules.js";
import { packInput, packItems, scanContext, tableCode } from "../../dist/protocol/table.js";

/** Key, signature, length and message of one packed item. */
const ITEM_BYTES = 32 + 96 + 4 + 300;
const BATCH = 64;
const DEVNET = 3;

export async function timed(perRun, run) {
  const start = process.hrtime.bigint();
  await run();
  return Number(process.hrtime.bigint() - start) / perRun;
}

export function repeated(count, run) {
  return timed(count, () => {
    for (let i = 0; i < count; i++) run(i);
  });
}

/** Goes round packed items, batch by batch. */
function around(items, size) {
  let at = 0;
  return () => {
    const end = at + size * ITEM_BYTES;
    const batch = items.subarray(at, end);
    at = end + size * ITEM_BYTES > items.length ? 0 : end;
    return batch;
  };
}

/** Runs `count` calls, `inFlight` of them at once. */
async function calls(count, inFlight, call) {
  let left = count;
  const lane = async () => {
    while (left-- > 0) await call();
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
}

/** Nanoseconds per signature, with all threads awake and their caches filled when the clock starts. */
async function steadily(count, size, inFlight, call) {
  await calls(inFlight, inFlight, call);
  return timed(count * size, () => calls(count, inFlight, call));
}

function expectAll(verdicts, code) {
  if (!verdicts.every((verdict) => verdict === code)) throw new Error(`a verdict is not ${code}`);
}

/** A copy of packed items with one byte of each changed. */
function damaged(items, at) {
  const copy = items.slice();
  for (let item = 0; item < copy.length; item += ITEM_BYTES) copy[item + at] ^= 1;
  return copy;
}

/** 64 bundles of 16 envelopes, and their signed messages as items. */
function bundles(kernel) {
  const identity = { network: DEVNET, genesis: new Uint8Array(32).fill(9), rules: DEFAULT_RULES };
  const envelopes = Array.from({ length: 1024 }, (_, at) => {
    const privateKey = new Uint8Array(32).fill(1);
    privateKey.set([at & 255, at >> 8, 0], 8);
    privateKey[31] = 0;
    const sender = kernel.publicKey(privateKey);
    const unsigned = { type: 0, network: DEVNET, timestampSeconds: 1_790_000_000, number: at, sender };
    const head = encodeHead({ ...unsigned, payload: new Uint8Array(156).fill(at) });
    const message = signedMessage(identity.genesis, head);
    const signature = kernel.sign(privateKey, message);
    return { envelope: joinEnvelope(head, signature), item: { publicKey: sender, signature, message } };
  });
  const grouped = Array.from({ length: 64 }, (_, at) => envelopes.slice(16 * at, 16 * at + 16));
  return {
    input: packInput(grouped.map((group) => encodeBundle(group.map(({ envelope }) => envelope)))),
    context: scanContext(identity),
    items: packItems(envelopes.map(({ item }) => item)),
  };
}

/** Verifies all items of a file, as a node does: in calls of some hundred at once over buffers used again. */
async function verifyFile(kernel, file) {
  const handle = await open(file);
  const buffers = Array.from({ length: 4 }, () => new Uint8Array(256 * ITEM_BYTES));
  const lane = async (buffer) => {
    for (;;) {
      const { bytesRead } = await handle.read(buffer);
      if (bytesRead === 0) return;
      expectAll(await kernel.verifyMessages(buffer.subarray(0, bytesRead)), 0);
    }
  };
  await Promise.all(buffers.map(lane));
  await handle.close();
}

/** The event loop's delay at p99 while something runs, in milliseconds; the monitor's own period of 1 ms is in it. */
async function loopDelay(run) {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  await run();
  delay.disable();
  return delay.percentile(99) / 1e6;
}

/** Submissions with five validations each. */
export function scoreLists(count) {
  const scores = (at) => [80, 81, 82, 83, 84].map((score) => score + (at % 7));
  return Array.from({ length: count }, (_, at) => ({
    required: 2,
    scores: scores(at),
    weights: [100, 90, 80, 70, 60],
  }));
}

/** Packing, the call and reading the results: nanoseconds per submission. */
function sums(kernel, submissions) {
  const lists = scoreLists(submissions);
  return (count) =>
    timed(count * submissions, () => {
      for (let i = 0; i < count; i++) {
        const packed = packScores(lists, { varianceLimit: 225, minValidators: 2 });
        if (!readSums(kernel.consensus(packed)).every(({ reached }) => reached)) throw new Error("not reached");
      }
    });
}

const RESIDENT_SAMPLES = 5;

/** Resident bytes when all garbage is gone: the least of a few moments, as what comes and goes only adds. */
async function resident() {
  const samples = [];
  for (let i = 0; i < RESIDENT_SAMPLES; i++) {
    globalThis.gc();
    await setTimeout(20);
    samples.push(process.memoryUsage.rss());
  }
  return Math.min(...samples);
}

/** For a process that was started with --expose-gc. */
export function memoryMeasures(kernel) {
  return {
    "resident after": async (file) => {
      await verifyFile(kernel, file);
      return resident();
    },
  };
}

export function kernelMeasures(kernel, items) {
  const verify = async (batch, code = 0) => expectAll(await kernel.verifyMessages(batch), code);
  const batches = (source, size, inFlight) => {
    const next = around(source, size);
    return (count) => steadily(count, size, inFlight, () => verify(next()));
  };
  const known = items.new.subarray(0, 1024 * ITEM_BYTES);
  const forged = around(damaged(items.new.subarray(0, 4096 * ITEM_BYTES), 32), BATCH);
  const cheap = around(damaged(known, ITEM_BYTES - 1), BATCH);
  const honest = around(known, BATCH);
  const flood = () => verify(forged(), tableCode("bad_signature"));
  const calm = () => calls(64, 1, () => verify(known.subarray(0, 2 * ITEM_BYTES)));
  const packed = bundles(kernel);
  const all = new Uint8Array(1024).fill(1);
  const message = new Uint8Array(300).fill(1);
  const large = new Uint8Array(65_536).fill(1);
  const out = new Uint8Array(32);
  const one = known.subarray(0, ITEM_BYTES);
  const privateKey = Uint8Array.from({ length: 32 }, (_, at) => (at < 31 ? 7 : 0));

  // Four calls for each pool thread, so that none of them waits for the next.
  return {
    known: batches(known, BATCH, 4),
    "known, eight at once": batches(known, BATCH, 8),
    "known, one at a time": batches(known, BATCH, 1),
    new: batches(items.new, BATCH, 4),
    eight: batches(items.eight, BATCH, 4),
    large: batches(known, 1024, 4),
    "one in a call": batches(known, 1, 1),
    single: (count) =>
      repeated(count, (i) => {
        const at = (i % 1024) * ITEM_BYTES;
        const signature = known.subarray(at + 32, at + 96);
        if (!kernel.verifyPlain(known.subarray(at, at + 32), known.subarray(at + 132, at + ITEM_BYTES), signature)) {
          throw new Error("a good signature was refused");
        }
      }),
    "one bad": (count) =>
      timed(count, () =>
        calls(count, 1, async () => {
          const batch = honest().slice();
          batch[20 * ITEM_BYTES + 32] ^= 1;
          const verdicts = await kernel.verifyMessages(batch);
          if (verdicts.reduce((bad, verdict) => bad + (verdict === 0 ? 0 : 1), 0) !== 1) throw new Error("not one bad");
        }),
      ),
    "first flood": async (count) => {
      let total = 0;
      for (let i = 0; i < count; i++) {
        await calm();
        total += await timed(BATCH, flood);
      }
      return total / count;
    },
    flood: async (count) => {
      await flood();
      return timed(count * BATCH, () => calls(count, 2, flood));
    },
    "honest beside a flood": async (count) => {
      await flood();
      return steadily(count, BATCH, 4, () => verify(honest()));
    },
    cheap: (count) => timed(count * BATCH, () => calls(count, 2, () => verify(cheap(), tableCode("bad_challenge")))),
    "scan and verify": (count) =>
      steadily(count, 1024, 4, async () => {
        const table = kernel.scan(packed.input, packed.context);
        expectAll(await kernel.verify(packed.input, table, all, packed.context), 0);
      }),
    "verify alone": (count) => steadily(count, 1024, 4, () => verify(packed.items)),
    hash: (count) => repeated(count, () => kernel.hash(message, out)),
    "hash 64 KiB": (count) => repeated(count, () => kernel.hash(large, out)),
    "sums of 1": sums(kernel, 1),
    "sums of 16": sums(kernel, 16),
    "sums of 1000": sums(kernel, 1000),
    sign: (count) => repeated(count, () => kernel.sign(privateKey, message)),
    "one alone": (count) => timed(count, () => calls(count, 1, () => verify(one))),
    "event loop": (count) => loopDelay(() => calls(count, 8, () => verify(honest()))),
    /** The same where nothing is verified: what the machine and the monitor add. */
    "event loop idle": (milliseconds) => loopDelay(() => setTimeout(milliseconds)),
  };
}
