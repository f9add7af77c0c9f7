// The rows of bench:consensus, and what each is held to.
import { median, percentile } from "../api/rows.mjs";

const KIB = 1024;

function row(name, value, unit, { values = [value], rival = null, ratio = null, bar = null, held = true } = {}) {
  return { name, value, unit, min: Math.min(...values), max: Math.max(...values), rival, ratio, bar, ok: held };
}

function atMost(name, value, unit, bar, values) {
  return row(name, value, unit, { values, bar: `at most ${bar} ${unit}`, held: value <= bar });
}

/** `few`, `many`, `engine`: the figures of bench/scale/measure.mjs; `specified`: microseconds of the rival. */
export function costRows({ few, many, engine, specified }) {
  const ratio = many[0].recordUs / few[0].recordUs;
  const perSecond = 1_000_000 / engine[0].recordUs;
  const specifiedRatio = specified.manyUs / specified.fewUs;
  return [
    row("CPU of a validation, 10,000 of one submission", many[0].recordUs, "us", {
      rival: "10 of each submission",
      ratio,
      bar: "at most 1.3",
      held: ratio <= 1.3,
    }),
    row("the specification's algorithm, 10,000 of one submission", specified.manyUs, "us", {
      rival: "10 of one submission",
      ratio: specifiedRatio,
    }),
    row("verified validations through the engine alone, at 100,000", perSecond, "/s", {
      bar: "at least 200000 /s",
      held: perSecond >= 200_000,
    }),
  ];
}

/** `exact`: the counts of exact.mjs. */
export function exactRows({ cases, mismatches, meansDiffer, deviationsDiffer, decisionsDiffer }) {
  const share = (count) => (100 * count) / cases;
  return [
    atMost(`verdicts that differ from big rationals, of ${cases.toLocaleString("en")}`, mismatches, "cases", 0),
    row("weighted means that differ by order of arrival, doubles", share(meansDiffer), "%"),
    row("standard deviations that differ by order of arrival, doubles", share(deviationsDiffer), "%"),
    row("decisions that differ by order of arrival, doubles", share(decisionsDiffer), "%"),
  ];
}

/** `certificate`: the figures of certificate.mjs. */
export function certificateRows({ bytes, backend, voters, spans }) {
  const [own, batch] = [median(spans.certificate), median(spans.batch)];
  return [
    atMost(`certificate of ${voters} voters`, bytes / KIB, "KiB", 24),
    row(`its verification, ${backend}`, own, "ms", {
      values: spans.certificate,
      rival: "one batch of its signatures",
      ratio: own / batch,
      bar: "at most 1.3",
      held: own / batch <= 1.3,
    }),
  ];
}

/** `voters`: the figures of voters.mjs. */
export function voterRows({ nodes, certified, cast, received }) {
  const seconds = certified.map((one) => one.seconds);
  const rounds = certified.map((one) => one.round + 1);
  return [
    row(`window closed to certificate, ${nodes} nodes, p99`, percentile(seconds, 99), "s", { values: seconds }),
    row(`rounds of a certificate, ${nodes} nodes, p99`, percentile(rounds, 99), "rounds", { values: rounds }),
    row(`votes of a certificate, ${nodes} nodes`, cast / certified.length, "votes"),
    row("votes, alerts and certificates that all nodes receive, a vote", received / cast, "messages"),
  ];
}
