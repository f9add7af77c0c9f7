// What is measured, and what each figure is held to. A measure that would take hours today is a shorter part of what
// its bar is about: its name says so, and its value is extrapolated by the simulated time or by the number of seeds.

/** Seconds that a run may take to converge, where the measure is not about that. */
const HEAL = 420;

const sum = (values) => values.reduce((a, b) => a + b, 0);
const simulated = ({ runs }) => sum(runs.map(({ simulatedSeconds }) => simulatedSeconds));
/** How many times faster than real time. */
const speed = (measured) => simulated(measured) / measured.processorSeconds;
/** Seconds of one core for one simulated second. */
const cost = (measured) => measured.processorSeconds / simulated(measured);

/** A part that ends while its network is still at work does not have to converge. */
const PART = { mayFail: true, options: { healSeconds: 1 } };

const HOUR_50 = { scenario: "swarm", nodes: 50, recordsPerSecond: 1 };
const HOUR_1000 = { scenario: "swarm", nodes: 1000, recordsPerSecond: 1, faults: [] };
const LONG = { scenario: "swarm", nodes: 20, minutes: 10, recordsPerSecond: 1, healSeconds: HEAL };
const SHORT = { scenario: "swarm", nodes: 4, minutes: 1, recordsPerSecond: 1, healSeconds: HEAL };

const LONG_SEEDS = 2000;
const SHORT_SEEDS = 300;
const HOUR_SECONDS = 3600;
const GIB = 1024 ** 3;

const range = (count) => Array.from({ length: count }, (_, i) => i + 1);

/** One run of two minutes for 50 nodes, or of as many minutes as are given. */
const fifty = (minutes) => ({
  ...PART,
  seeds: [[1]],
  options: { ...HOUR_50, minutes, ...PART.options },
  rows: [
    {
      name: `50 nodes, one record a second, faults: the first ${minutes} min of an hour`,
      value: speed,
      unit: "x real time, one core",
      rival: "real time",
      least: 100,
    },
  ],
});

const thousand = (seconds) => ({
  ...PART,
  seeds: [[1]],
  options: { ...HOUR_1000, minutes: seconds / 60, ...PART.options },
  rows: [
    {
      name: `1,000 nodes, one hour, one record a second: extrapolated from the first ${seconds} s`,
      value: (measured) => (cost(measured) * HOUR_SECONDS) / 60,
      unit: "min, one core",
      rival: "10 min on 2 cores",
      most: 10,
    },
    {
      name: `1,000 nodes: memory in the first ${seconds} s`,
      value: ({ memoryBytes }) => memoryBytes / GIB,
      unit: "GiB",
      rival: "8 GiB",
      most: 8,
    },
  ],
});

const apart = (nodes, minutes, name) => ({
  seeds: [[1]],
  options: { scenario: "halves", nodes, minutes, recordsPerSecond: 1, healSeconds: HEAL },
  rows: [
    {
      name,
      value: ({ runs }) => Math.max(...runs.map(({ healSeconds }) => healSeconds ?? Number.POSITIVE_INFINITY)),
      unit: "simulated s to equal",
      rival: "90 s",
      most: 90,
    },
  ],
});

/** `groups`: seeds of each process. */
const batch = (count, groups, options, name, bar) => {
  const perSeed = ({ processorSeconds, runs }) => processorSeconds / runs.length;
  return {
    seeds: groups,
    options,
    rows: [{ name, value: (measured) => (perSeed(measured) * count) / 2, unit: "s on 2 cores", ...bar }],
  };
};

/** The measures of a whole run of the command. */
export const FULL = [
  fifty(10),
  thousand(30),
  apart(500, 11, "500 nodes, 5 % loss, halves apart for ten minutes"),
  batch(
    LONG_SEEDS,
    [[1], [2], [3], [4]],
    LONG,
    "npm run sim:long, 2,000 seeds of 20 nodes by 10 min: extrapolated from 4 seeds",
    {},
  ),
  batch(SHORT_SEEDS, [range(SHORT_SEEDS)], SHORT, "300 seeds of CI, 4 nodes by 1 min", {
    rival: "180 s",
    most: 180,
  }),
];

/** Smaller parts, for a look. */
export const QUICK = [
  fifty(0.5),
  thousand(3),
  apart(20, 2, "20 nodes in place of 500, 5 % loss, halves apart for one minute in place of ten"),
  batch(LONG_SEEDS, [[1]], { ...LONG, minutes: 1 }, "2,000 seeds of 20 nodes by 1 min in place of 10: from 1 seed", {}),
  batch(SHORT_SEEDS, [range(3), [4, 5, 6]], SHORT, "300 seeds of CI, 4 nodes by 1 min: extrapolated from 6 seeds", {
    rival: "180 s",
    most: 180,
  }),
];

/** One row from the measurements of its measure; `ratio` is the value by the rival's, or by the bar. */
export function evaluate({ name, value, unit, rival, least, most }, measurements, failures) {
  const values = measurements.map(value).sort((a, b) => a - b);
  const [min, max] = [values[0], values.at(-1)];
  const middle = values[Math.floor((values.length - 1) / 2)];
  const bar = least ?? most;
  const held = bar === undefined || (least === undefined ? max <= most : min >= least);
  return {
    name,
    value: middle,
    unit,
    min,
    max,
    rival: rival ?? null,
    ratio: bar === undefined ? null : rival === "real time" ? middle : middle / bar,
    bar: bar === undefined ? null : `${least === undefined ? "at most" : "at least"} ${bar}`,
    ok: held && failures.length === 0,
    ...(failures.length === 0 ? {} : { failures }),
  };
}
