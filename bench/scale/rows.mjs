// The rows of bench:scale, and what each is held to.

/** From this many records on, memory is counted by growth: code and first pages are no part of it. */
const GROWTH_FROM = 20_000;

function row(name, value, unit, { bar, least = value, most = value, rival = null, ratio = null, held } = {}) {
  return { name, value, unit, min: least, max: most, rival, ratio, bar: bar ?? null, ok: held ?? true };
}

const atMost = (name, value, unit, bar) =>
  row(name, value, unit, { bar: `at most ${bar} ${unit}`, held: value <= bar });

const count = (records) => records.toLocaleString("en");

const MIB = 1024 * 1024;

/** What the records cost on the disk: the figures of disk.mjs, start.mjs and check.mjs. */
function diskRows({ disk, start, check }) {
  const at = `at ${count(disk.held)} records`;
  return [
    atMost(`disk a record of 228 B ${at}`, disk.tableBytes / disk.held, "B", 500),
    atMost(`log ${at}`, disk.logBytes / MIB, "MiB", 64),
    atMost(`start ${at}, CPU of all threads`, start.cpuMs / 1000, "s", 2),
    row(`start ${at}, on the clock`, start.wallMs / 1000, "s"),
    atMost(`memory of a check ${at}`, check.growthBytes / MIB, "MiB", 300),
  ];
}

/**
 * `sizes`: the figures of measure.mjs at each size; `few` and `many`: with few and many validations a submission;
 * `stored`: those of a database.
 */
export function rowsOf({ sizes, few, many, stored }) {
  const [first, last] = [sizes[0], sizes.at(-1)];
  const grown = sizes.filter(({ held }) => held >= GROWTH_FROM);
  const [from, to] = [grown.at(-2), last];
  const bytes = (to.residentBytes - from.residentBytes) / (to.held - from.held);
  const growth = last.medianUs / sizes[1].medianUs;
  const validations = many[0].recordUs / few[0].recordUs;
  return [
    ...sizes.map(({ held, recordUs, medianUs }) => {
      const isFirst = held === first.held;
      const bar = isFirst ? {} : { bar: "at most 15 us", held: medianUs <= 15 };
      const spread = { least: Math.min(recordUs, medianUs), most: Math.max(recordUs, medianUs) };
      return row(`engine CPU a record at ${count(held)} records`, medianUs, "us", { ...spread, ...bar });
    }),
    row(`engine CPU a record, ${count(last.held)} records`, last.medianUs, "us", {
      rival: `at ${count(sizes[1].held)} records`,
      ratio: growth,
      bar: "at most 1.3",
      held: growth <= 1.3,
    }),
    atMost(`memory a live record, ${count(from.held)} to ${count(to.held)}`, bytes, "B", 400),
    row("CPU of a validation, 10,000 of one submission", many[0].recordUs, "us", {
      rival: "10 of each submission",
      ratio: validations,
      bar: "at most 1.3",
      held: validations <= 1.3,
    }),
    ...sizes.slice(1).flatMap((figures) => queryRows(figures)),
    ...diskRows(stored),
  ];
}

function queryRows({ held, pageUs, emptyPageUs, countsUs, tickUs, digestUs }) {
  const at = `at ${count(held)} records`;
  return [
    atMost(`page of 50 tasks ${at}`, pageUs / 1000, "ms", 2),
    atMost(`page without a match ${at}`, emptyPageUs / 1000, "ms", 2),
    atMost(`counts and sizes ${at}`, countsUs / 1000, "ms", 2),
    atMost(`tick, all bodies missing, ${at}`, tickUs / 1000, "ms", 2),
    atMost(`state digest after one change ${at}`, digestUs / 1000, "ms", 5),
  ];
}
