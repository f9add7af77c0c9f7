// The rows of bench:e2e, and what each is held to.

function row(name, value, unit, { rival = null, ratio = null, bar = null, held = true } = {}) {
  return { name, value, unit, rival, ratio, bar, ok: held };
}

const atMost = (name, value, unit, bar) =>
  row(name, value, unit, { bar: `at most ${bar} ${unit}`, held: value <= bar });
const atLeast = (name, value, unit, bar) =>
  row(name, value, unit, { bar: `at least ${bar} ${unit}`, held: value >= bar });

const times = (name, value, unit, rival, against, bar) =>
  row(name, value, unit, { rival, ratio: value / against, bar: `at least ${bar}`, held: value / against >= bar });
const within = (name, value, unit, rival, against, bar) =>
  row(name, value, unit, { rival, ratio: value / against, bar: `at most ${bar}`, held: value / against <= bar });

const RIVAL = "bare js gossip, messages of one record";
const BARE_BUNDLES = "bare js gossip, bundles of 64";

/** The best of the rounds: other load on the machine makes a round only slower. */
export function best(rounds) {
  return {
    perSecond: Math.max(...rounds.map(({ records, seconds }) => records / seconds)),
    processorUs: Math.min(...rounds.map(({ records, processorUs }) => processorUs / records)),
    loopP99Ms: Math.min(...rounds.map(({ loopP99Ms }) => loopP99Ms)),
    loopMaxMs: Math.min(...rounds.map(({ loopMaxMs }) => loopMaxMs)),
  };
}

export function rateRows({ bundles, singles, bareBundles, bareSingles }) {
  const [r, rUs] = [bareSingles.perSecond, bareSingles.processorUs];
  return [
    row("R: bare js gossip, messages of one record", r, "/s"),
    row("bare js gossip, bundles of 64", bareBundles.perSecond, "records/s"),
    times("verified, folded, durable, bundles of 64", bundles.perSecond, "records/s", RIVAL, r, 2),
    row("the same", bundles.perSecond, "records/s", {
      rival: BARE_BUNDLES,
      ratio: bundles.perSecond / bareBundles.perSecond,
    }),
    times("verified, folded, durable, one record a message", singles.perSecond, "records/s", RIVAL, r, 0.75),
    row("R's receiver, all threads", rUs, "us a record"),
    row("bare receiver, bundles of 64, all threads", bareBundles.processorUs, "us a record"),
    within("receiver, bundles of 64, all threads", bundles.processorUs, "us a record", RIVAL, rUs, 0.6),
    row("receiver, one record a message, all threads", singles.processorUs, "us a record", {
      rival: RIVAL,
      ratio: singles.processorUs / rUs,
    }),
    atMost("event loop of the receiver, bundles of 64, p99", bundles.loopP99Ms, "ms", 50),
    row("event loop of the receiver, bundles of 64, max", bundles.loopMaxMs, "ms"),
  ];
}

export function floodRows({ times, acceptedPercent, loopP99Ms, loopMaxMs, apiP99Ms, honestP99Ms }) {
  const under = `valid flood at ${times} x capacity`;
  return [
    atLeast(`${under}: honest records accepted`, acceptedPercent, "%", 99),
    atMost(`${under}: event loop p99`, loopP99Ms, "ms", 50),
    row(`${under}: event loop max`, loopMaxMs, "ms"),
    atMost(`${under}: API p99`, apiP99Ms, "ms", 200),
    row(`${under}: honest latency p99`, honestP99Ms, "ms"),
  ];
}

export function attackRows({ name, honestP99Ms, acceptedPercent, connectedMs }) {
  return [
    atMost(`${name}: honest latency p99`, honestP99Ms, "ms", 1000),
    atLeast(`${name}: honest records accepted`, acceptedPercent, "%", 99),
    atMost(`${name}: attacker connected`, connectedMs / 1000, "s", 2),
  ];
}

export function quantile(values, share) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}
