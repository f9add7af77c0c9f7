import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { bundle } from "./bundle.mjs";
import { canaryTable, runCanaries } from "./canaries/run-canaries.mjs";
import { codeOf } from "./coverage/code.mjs";
import { COVERAGE_PATCHES } from "./coverage/patches.mjs";
import { Pool } from "./pool.mjs";
import { printFailure, printRun, summary } from "./report.mjs";
import { reasonsTable, runReasons } from "./run-reasons.mjs";
import { regressionTable, runRegressions } from "./run-regressions.mjs";

const USAGE = `npm run -s sim -- [options]
  --seed N              one run
  --seeds A..B          several runs; the default is 1..20
  --workers N           threads (default 2)
  --scenario A,B | all  the kinds of runs, see below (default swarm)
  --nodes N             honest nodes (default 8, or as the scenario sets it)
  --minutes N           simulated minutes with faults (default 5, or as the scenario sets it)
  --rate N              records a second of the whole network (default 1, or as the scenario sets it)
  --heal N              simulated seconds that the network has to converge (default 420)
  --faults A,B | none   the only kinds of faults
  --chain yes | no      with or without the chain of authors; the default is as the seed decides
  --byzantine N|drawn   byzantine peers (default 0); drawn: the seed draws 0 to a third of the nodes
  --behaviours A,B      the only behaviours of byzantine peers
  --no-minimise         do not make a failing run smaller
  --coverage            print what the seeds reached: code, effects, reason codes, faults; nothing is minimised
  --canaries            run the broken builds: each must be caught by its checker
  --regressions         run the seeds that found a defect: none may fail
  --reasons             run the seeds that reach each reason code: none may miss one
  --html FILE           write a page that shows the run; with one seed only
  --svg FILE            write the drawing of that page
  --json                one line of JSON a failing run, and a summary as the last line`;

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    seeds: { type: "string" },
    workers: { type: "string", default: "2" },
    scenario: { type: "string", default: "swarm" },
    nodes: { type: "string" },
    minutes: { type: "string" },
    rate: { type: "string" },
    heal: { type: "string" },
    faults: { type: "string" },
    chain: { type: "string" },
    byzantine: { type: "string" },
    behaviours: { type: "string" },
    "no-minimise": { type: "boolean", default: false },
    coverage: { type: "boolean", default: false },
    html: { type: "string" },
    svg: { type: "string" },
    canaries: { type: "boolean", default: false },
    regressions: { type: "boolean", default: false },
    reasons: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

// The reader of the output has enough, as `head` does.
process.stdout.on("error", (error) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(1);
});

function usage(problem) {
  process.stderr.write(`${problem}\n${USAGE}\n`);
  process.exit(2);
}

function number(name, least, otherwise) {
  const value = Number(values[name] ?? otherwise);
  if (!Number.isFinite(value) || value < least) usage(`--${name} is a number of at least ${least}`);
  return value;
}

/** The seeds of `--seed` or `--seeds`, inclusive. */
function seeds() {
  const text = values.seed ?? values.seeds ?? "1..20";
  const match = /^(\d{1,9})(?:\.\.(\d{1,9}))?$/.exec(text);
  if (match === null) usage(`${text} is no seed and no range of seeds`);
  const first = Number(match[1]);
  const last = Number(match[2] ?? match[1]);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i);
}

/** The scenarios, one a line. */
async function scenarioTable() {
  const { SCENARIOS } = await import(await bundle());
  const rows = Object.entries(SCENARIOS).map(([name, { about }]) => `  ${name.padEnd(24)}${about}`);
  return `scenarios\n${rows.join("\n")}`;
}

if (values.help) {
  process.stdout.write(`${USAGE}\n${await scenarioTable()}\n`);
  process.exit(0);
}
if (values.canaries) {
  const { CHECKS } = await import(await bundle());
  const found = await runCanaries(number("workers", 1), CHECKS);
  process.stdout.write(`${values.json ? JSON.stringify(found) : canaryTable(found)}\n`);
  process.exit(found.ok ? 0 : 1);
}
if (values.regressions) {
  const found = await runRegressions(number("workers", 1));
  process.stdout.write(`${values.json ? JSON.stringify(found) : regressionTable(found)}\n`);
  process.exit(found.ok ? 0 : 1);
}
if (values.reasons) {
  const found = await runReasons(number("workers", 1));
  process.stdout.write(`${values.json ? JSON.stringify(found) : reasonsTable(found)}\n`);
  process.exit(found.ok ? 0 : 1);
}
const isDrawn = values.html !== undefined || values.svg !== undefined;
if (isDrawn && seeds().length !== 1) usage("--html and --svg show one seed: give --seed");
const path = values.coverage ? await bundle(COVERAGE_PATCHES, { sourcemap: true }) : await bundle();
const simulator = await import(path);
const { BEHAVIOURS, FAULT_KINDS, SCENARIOS } = simulator;
const scenarios = values.scenario === "all" ? Object.keys(SCENARIOS) : values.scenario.split(",");
if (!scenarios.every((name) => name in SCENARIOS)) usage(`--scenario is one of: ${Object.keys(SCENARIOS).join(", ")}`);
if (isDrawn && scenarios.length !== 1) usage("--html and --svg show one scenario");
const faults = values.faults === "none" ? [] : values.faults?.split(",");
for (const kind of faults ?? []) {
  if (!FAULT_KINDS.includes(kind)) usage(`${kind} is no kind of fault: ${FAULT_KINDS.join(", ")}`);
}
if (values.chain !== undefined && !["yes", "no"].includes(values.chain)) usage("--chain is yes or no");
const byzantine = values.byzantine === "drawn" ? "drawn" : Number(values.byzantine ?? 0);
if (byzantine !== "drawn" && !(Number.isInteger(byzantine) && byzantine >= 0 && byzantine <= 64)) {
  usage("--byzantine is a number of 0 to 64, or drawn");
}
const behaviours = values.behaviours === "none" ? [] : values.behaviours?.split(",");
for (const kind of behaviours ?? []) {
  if (!BEHAVIOURS.includes(kind)) usage(`${kind} is no behaviour: ${BEHAVIOURS.join(", ")}`);
}
/** The options of all runs of a scenario: those of the caller, else those of the scenario. */
function common(scenario) {
  const {
    nodes = 8,
    minutes = 5,
    recordsPerSecond = 1,
    healSeconds = 420,
    ...others
  } = SCENARIOS[scenario].options ?? {};
  return {
    ...others,
    scenario,
    nodes: number("nodes", 2, nodes),
    minutes: number("minutes", 0, minutes),
    recordsPerSecond: number("rate", 0, recordsPerSecond),
    healSeconds: number("heal", 1, healSeconds),
    ...(faults === undefined ? {} : { faults }),
    ...(values.byzantine === undefined ? {} : { byzantine }),
    ...(behaviours === undefined ? {} : { behaviours }),
    ...(values.chain === undefined ? {} : { chain: values.chain === "yes" }),
  };
}

/** One run; with --html or --svg it writes its page or drawing. */
async function runOne(options) {
  if (!isDrawn) return pool.run(options);
  const { result, html, svg } = await pool.picture(options);
  if (values.html !== undefined) writeFileSync(values.html, html);
  if (values.svg !== undefined) writeFileSync(values.svg, svg);
  return result;
}

/** What all runs reached. */
async function coverage() {
  const answers = await pool.coverage();
  const reports = answers.map(({ functions }) => functions);
  const { points, reached } = codeOf(path, simulator, reports);
  const tallies = answers.map(({ tally }) => tally);
  return simulator.coverageOf(points, reached, tallies, results);
}

const pool = new Pool(path, number("workers", 1), { withCoverage: values.coverage });
const results = [];
let covered;
try {
  const all = scenarios.flatMap((scenario) => seeds().map((seed) => ({ seed, ...common(scenario) })));
  const runs = all.map(async (options) => {
    const result = await runOne(options);
    results.push(result);
    if (!values.json) printRun(result);
    if (result.ok) return;
    const smaller = values["no-minimise"] || values.coverage ? undefined : await pool.minimise(result);
    if (values.json) process.stdout.write(`${JSON.stringify(smaller?.result ?? result)}\n`);
    else printFailure(result, smaller);
  });
  await Promise.all(runs);
  if (values.coverage) covered = await coverage();
} finally {
  await pool.close();
}
const end = summary(results);
if (covered !== undefined && !values.json) process.stdout.write(`${simulator.coverageTable(covered)}\n`);
process.stdout.write(values.json ? `${JSON.stringify({ ...end, coverage: covered })}\n` : `${end.text}\n`);
process.exitCode = end.ok ? 0 : 1;
