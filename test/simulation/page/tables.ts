import type { RunResult } from "../run/result.js";
import { clockText } from "./axis.js";
import { html, type Markup, NOTHING } from "./markup.js";
import type { TimelineData } from "./timeline.js";

/** Log lines on the page. */
const LINES_MAX = 200;

/** The first things to know of a run. */
export function figures(data: TimelineData, result: RunResult): Markup {
  const faults = Object.values(result.faults).reduce((sum, count) => sum + count, 0);
  const checks = Object.values(result.checks).reduce((sum, count) => sum + count, 0);
  const all: [string, string][] = [
    ["nodes", whole(data.nodes.length)],
    ["simulated time", clockText(data.endSeconds)],
    ["records", whole(result.records)],
    ["calls", whole(result.events)],
    ["faults", whole(faults)],
    ...(result.byzantine.length === 0 ? [] : [["byzantine peers", whole(result.byzantine.length)] as [string, string]]),
    ["checks", whole(checks)],
    ["convergence", result.healSeconds === undefined ? "none" : `${result.healSeconds} s`],
  ];
  const entries = all.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`);
  return html`<dl class="figures">${entries}</dl>`;
}

export function failureBox({ failure }: RunResult): Markup {
  if (failure === undefined) return NOTHING;
  const nodes = failure.nodes.length === 0 ? NOTHING : html`<p>Nodes: ${failure.nodes.join(", ")}</p>`;
  return html`<section class="failure"><h2>${failure.check} at ${clockText(failure.atSeconds)}</h2><p>${failure.text}</p>${nodes}</section>`;
}

/** Settings, faults, checks and counters, folded. */
export function details(result: RunResult): Markup {
  const { links, chain = {}, faults: rates, ...rest } = result.settings;
  const active = Object.entries(rates).filter(([kind, rate]) => rate > 0 || (result.faults[kind] ?? 0) > 0);
  return html`<section class="details">
${folded("Settings", ["setting", "value"], [...pairs(links), ...pairs(rest), ...pairs(chain)])}
${folded(
  "Faults",
  ["kind", "a minute", "started"],
  active.map(([kind, rate]) => [kind, rate.toFixed(2), whole(result.faults[kind] ?? 0)]),
)}
${folded(
  "Byzantine peers",
  ["peer", "behaviours"],
  result.byzantine.map(({ name, behaviours, goesOn }) => [
    name,
    `${behaviours.join(", ")}${goesOn ? ", goes on" : ""}`,
  ]),
)}
${folded("Acts", ["behaviour", "acts"], counted(result.acts))}
${folded("Checks", ["check", "judgements"], counted(result.checks))}
${folded("Counters", ["counter", "count"], counted(result.counters))}
</section>`;
}

/** The last log lines of the nodes of a failure. */
export function trace({ trace: lines }: RunResult): Markup {
  if (lines.length === 0) return NOTHING;
  const shown = lines.slice(-LINES_MAX);
  const rows = shown.map(
    ({ atSeconds, node, text }) =>
      html`<tr class="${levelOf(text)}"><td class="number">${atSeconds.toFixed(3)}</td><td>${node}</td><td>${text}</td></tr>`,
  );
  return html`<section><h2>Last log lines</h2><p class="note">The last ${shown.length} of ${lines.length} lines of the nodes of the failure; seconds since the start.</p><div class="scroll"><table class="trace"><thead><tr><th>seconds</th><th>node</th><th>line</th></tr></thead><tbody>${rows}</tbody></table></div></section>`;
}

/** The level that a line starts with, as a class. */
function levelOf(text: string): string {
  return /^(warn|error) /.exec(text)?.[1] ?? "plain";
}

function folded(title: string, head: readonly string[], rows: readonly (readonly string[])[]): Markup {
  const cells = (row: readonly string[]): Markup[] =>
    row.map((cell, i) => (i === 0 ? html`<td>${cell}</td>` : html`<td class="number">${cell}</td>`));
  return html`<details><summary>${title}</summary><table><thead><tr>${head.map((cell) => html`<th>${cell}</th>`)}</tr></thead><tbody>${rows.map((row) => html`<tr>${cells(row)}</tr>`)}</tbody></table></details>`;
}

/** Names and values of plain settings, in depth. */
function pairs(settings: object, prefix = ""): string[][] {
  return Object.entries(settings).flatMap(([name, value]: [string, unknown]) =>
    typeof value === "object" && value !== null
      ? pairs(value, `${prefix}${name}.`)
      : [[`${prefix}${name}`, String(value)]],
  );
}

function counted(counts: Readonly<Record<string, number>>): string[][] {
  return Object.entries(counts)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, count]) => [name, whole(count)]);
}

/** A number with thin spaces between its thousands. */
function whole(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, "\u2009");
}
