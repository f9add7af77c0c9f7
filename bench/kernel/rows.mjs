// What is measured, and what each figure is held to.

/**
 * The measures of a round: its name here, the process, and what that process is asked. A run takes a few milliseconds,
 * so that many of them fall between two turns of whatever else the machine does; rivals are next to each other.
 */
export const MEASURES = [
  ["noble single", "native", "noble single", 4],
  ["native known", "native", "known", 8],
  ["rust known", "rust", "kernel", "known", 8, 64],
  ["openssl", "native", "openssl", 50],
  ["native new", "native", "new", 8],
  ["rust new", "rust", "kernel", "new", 8, 64],
  ["ed25519", "rust", "ed25519", 8],
  ["native eight", "native", "eight", 8],
  ["one thread", "native", "known", 24],
  ["two threads", "two threads", "known, eight at once", 48],
  ["native 1024", "native", "large", 2],
  ["scan and verify", "native", "scan and verify", 2],
  ["verify alone", "native", "verify alone", 2],
  ["rust hash", "rust", "hash", 5000],
  ["single", "native", "single", 100],
  ["cheap", "native", "cheap", 30],
  ["one bad", "attacked", "one bad", 2],
  ["good batch", "native", "known, one at a time", 5],
  ["first flood", "attacked", "first flood", 1],
  ["flood", "attacked", "flood", 2],
  ["honest beside", "attacked", "honest beside a flood", 8],
  ["honest alone", "native", "known", 8],
  ["sign", "native", "sign", 100],
  ["engine sums", "native", "engine sums", 3],
  ["sums of 1", "native", "sums of 1", 1000],
  ["sums of 16", "native", "sums of 16", 200],
  ["sums of 1000", "native", "sums of 1000", 4],
  ["hash", "native", "hash", 5000],
  ["sha256", "native", "sha256", 3000],
  ["noble hash", "native", "noble hash", 500],
  ["hash 64 KiB", "native", "hash 64 KiB", 300],
  ["noble hash 64 KiB", "native", "noble hash 64 KiB", 3],
  ["reference 64", "reference", "known, one at a time", 1],
  ["reference one", "reference", "one alone", 6],
  ["wasm known", "wasm", "known, one at a time", 2],
  ["wasm eight", "wasm", "eight", 2],
];

/** Runs of seconds, in every eighth round. */
export const LONG_MEASURES = [
  ["event loop", "wasm", "event loop", 200],
  ["event loop idle", "wasm", "event loop idle", 500],
];
export const LONG_EVERY = 8;

const of = (name) => (round) => round[name];

/**
 * `rival / value` must be at least, or `value / rival` at most, the bar; without a bar the row is for information.
 * `against` is a measure's name or a sum of several.
 */
const times = (name, value, against, rival, bar) => ({ name, value, rival, against, bar, kind: "at least" });
const within = (name, value, against, rival, bar) => ({ name, value, rival, against, bar, kind: "at most" });

function batchRows(signers, value, rust) {
  const name = `native, batch of 64, ${signers}`;
  return [
    times(name, value, of("noble single"), "@noble/curves, one", 45),
    times(name, value, of("openssl"), "OpenSSL Ed25519, one", 3),
    within(name, value, of("ed25519"), "ed25519-dalek, batch of 64, bare Rust", 1.5),
    within(name, value, of(rust), "the same in bare Rust", 1.1),
  ];
}

export const ROWS = [
  ...batchRows("64 signers known", "native known", "rust known"),
  ...batchRows("64 signers never seen", "native new", "rust new"),
  times("native, batch of 64, 8 signers", "native eight", of("noble single"), "@noble/curves, one", 80),
  times("native, two pool threads", "two threads", of("one thread"), "one pool thread", 1.8),
  times("native, 1,024 in a call", "native 1024", of("native known"), "64 in a call"),
  within(
    "scan and verify of bundles",
    "scan and verify",
    (round) => round["verify alone"] + 2 * round["rust hash"],
    "verification and two hashes",
    1.1,
  ),
  within(
    "batch of 64 with one bad",
    "one bad",
    (round) => 64 * (round["good batch"] + round.single),
    "a good batch and 64 singles",
    1.05,
  ),
  within("all bad, first batch", "first flood", of("single"), "one single", 1.6),
  within("all bad, later batches", "flood", of("single"), "one single", 1.1),
  within("honest traffic beside a flood in its own lane", "honest beside", of("honest alone"), "without the flood"),
  within("what fails the cheap checks", "cheap", of("single"), "one single", 0.1),
  times("wasm, batch of 64, 64 signers known", "wasm known", of("noble single"), "@noble/curves, one", 17),
  times("wasm, batch of 64, 8 signers", "wasm eight", of("noble single"), "@noble/curves, one"),
  { ...within("wasm, event loop held at p99, full load", "event loop", () => 1, "one millisecond", 5), unit: "ms" },
  {
    ...within("wasm, event loop held at p99, full load", "event loop", of("event loop idle"), "the idle loop"),
    unit: "ms",
  },
  times("reference, batch of 64", "reference 64", of("reference one"), "reference, one", 1.8),
  times("BLAKE3 of 300 B", "hash", of("noble hash"), "@noble/hashes", 8),
  within("BLAKE3 of 300 B", "hash", of("sha256"), "node:crypto one-shot sha256", 1),
  times("BLAKE3 of 64 KiB", "hash 64 KiB", of("noble hash 64 KiB"), "@noble/hashes", 50),
  times("sums of 1 submission, 5 validations", "sums of 1", of("engine sums"), "the engine's incremental path"),
  times("sums of 16 submissions at once", "sums of 16", of("engine sums"), "the engine's incremental path"),
  times("sums of 1,000 submissions at once", "sums of 1000", of("engine sums"), "the engine's incremental path"),
  times("signature by the last key again", "sign", of("single"), "one verification"),
];

function quantile(values, share) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(share * (sorted.length - 1))];
}

/**
 * One row from the rounds that have its measures; undefined if none has. The ratio is that of the lowest tenths: what
 * one run in ten of either side reaches, so that other load on the machine decides nothing.
 */
export function evaluate({ name, value, rival, against, bar, kind, unit = "us" }, rounds) {
  const seen = rounds.filter((round) => round[value] !== undefined && !Number.isNaN(against(round) ?? Number.NaN));
  if (seen.length === 0) return undefined;
  const scale = unit === "us" ? 1000 : 1;
  const values = seen.map((round) => round[value]);
  const [ours, theirs] = [quantile(values, 0.1), quantile(seen.map(against), 0.1)];
  const ratio = kind === "at least" ? theirs / ours : ours / theirs;
  return {
    name,
    value: quantile(values, 0.5) / scale,
    unit,
    min: Math.min(...values) / scale,
    max: Math.max(...values) / scale,
    rival,
    ratio,
    bar: bar === undefined ? null : `${kind} ${bar}`,
    ok: bar === undefined || (kind === "at least" ? ratio >= bar : ratio <= bar),
  };
}
