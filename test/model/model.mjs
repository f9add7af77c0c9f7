import { createHash } from "node:crypto";
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { rolldown } from "rolldown";

const USAGE = `npm run -s model -- [options]
  Runs the voting code of the node through every schedule of four members, one of them byzantine, with two values,
  crashes and restarts; then seven members, two of them byzantine, through random schedules.
  --rounds N     rounds of a schedule, 1 to 4 (default 3)
  --states N     at most so many different states (default 60000000; a state takes 28 bytes and more)
  --minutes N    at most so many minutes for the search (default 60)
  --seeds A..B   random schedules of seven members (default 1..2000)
  --actions N    actions of a random schedule (default 600)
  --canary NAME  with one part broken: no-hold, low-quorum, no-write; the search must find a conflict
  --canaries     all three, instead of the search
  --json         one line of JSON for each search, and a summary as the last line
Exit code 1: the code as it is had a conflict, or a canary had none.`;

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    states: { type: "string", default: "60000000" },
    minutes: { type: "string", default: "60" },
    seeds: { type: "string", default: "1..2000" },
    actions: { type: "string", default: "600" },
    canary: { type: "string", default: "none" },
    canaries: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

if (values.help) {
  console.log(USAGE);
  process.exit(0);
}

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The model and the code of the node in one module. Equal sources give the same path. */
async function bundle() {
  const build = await rolldown({ input: join(root, "test/model/main.ts"), platform: "node", logLevel: "warn" });
  try {
    const { output } = await build.generate({ format: "esm", codeSplitting: false });
    const { code } = output[0];
    const directory = join(root, "node_modules/.cache/model");
    mkdirSync(directory, { recursive: true });
    const path = join(directory, `${createHash("sha256").update(code).digest("hex").slice(0, 16)}.mjs`);
    writeFileSync(`${path}.${process.pid}`, code);
    renameSync(`${path}.${process.pid}`, path);
    return path;
  } finally {
    await build.close();
  }
}

function wholeNumber(name, low, high) {
  const number = Number(values[name]);
  if (Number.isSafeInteger(number) && number >= low && number <= high) return number;
  console.error(`--${name} is a whole number of ${low} to ${high}`);
  process.exit(2);
}

const { Explorer, Walk, CANARIES } = await import(pathToFileURL(await bundle()).href);
const rounds = wholeNumber("rounds", 1, 4);
const maxStates = wholeNumber("states", 1000, 300_000_000);
const minutes = wholeNumber("minutes", 1, 10_000);
const actions = wholeNumber("actions", 1, 100_000);
const [from, to] = values.seeds.split("..").map(Number);
if (!CANARIES.includes(values.canary) || !Number.isSafeInteger(from) || !(to >= from)) {
  console.error(USAGE);
  process.exit(2);
}

let failed = false;

function show(report, canary) {
  const { states, depth, complete, transitions, steps, seconds, conflict } = report;
  failed ||= (conflict === undefined) !== (canary === "none");
  if (values.json) {
    console.log(
      JSON.stringify({ search: "exhaustive", members: 4, byzantine: 1, values: 2, rounds, canary, ...report }),
    );
    return;
  }
  const extent = complete ? "all of them" : "not all";
  console.log(
    `4 members, 1 byzantine, ${rounds} rounds, canary ${canary}: ${states} states (${extent}), depth ${depth}, ` +
      `${transitions} moves, ${steps} steps of the code, ${seconds.toFixed(1)} s`,
  );
  if (conflict === undefined) return;
  console.log(`conflict: ${conflict.kind}`);
  for (const [i, line] of conflict.schedule.entries()) console.log(`  ${i + 1}. ${line}`);
}

function explore(canary) {
  const maxSeconds = 60 * minutes;
  show(new Explorer({ canary, rounds, maxStates, maxSeconds, nowMs: () => performance.now() }).run(), canary);
}

function walk(canary) {
  const started = performance.now();
  const total = { seeds: 0, certified: 0, highest_round: 0, conflicts: 0 };
  for (let seed = from; seed <= to; seed++) {
    const { certified, round, conflict } = new Walk({ seed, members: 7, byzantine: 2, actions, canary }).run();
    total.seeds++;
    if (certified) total.certified++;
    total.highest_round = Math.max(total.highest_round, round);
    if (conflict === undefined) continue;
    total.conflicts++;
    if (values.json) console.log(JSON.stringify({ search: "walk", seed, canary, conflict }));
    else console.log(`seed ${seed}: two certificates\n  ${conflict.join("\n  ")}`);
    break;
  }
  failed ||= total.conflicts > 0;
  const seconds = (performance.now() - started) / 1000;
  if (values.json)
    console.log(JSON.stringify({ search: "walk", members: 7, byzantine: 2, actions, ...total, seconds }));
  else {
    console.log(
      `7 members, 2 byzantine, ${total.seeds} random schedules: ${total.certified} with a certificate, highest round ` +
        `${total.highest_round}, ${total.conflicts} conflicts, ${seconds.toFixed(1)} s`,
    );
  }
}

if (values.canaries) for (const canary of CANARIES.slice(1)) explore(canary);
else {
  explore(values.canary);
  if (values.canary === "none") walk("none");
}
if (values.json) console.log(JSON.stringify({ ok: !failed }));
process.exitCode = failed ? 1 : 0;
