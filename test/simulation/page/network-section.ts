import { largestGroup } from "./agreement.js";
import { type Axis, LEFT } from "./axis.js";
import { html, type Markup } from "./markup.js";
import type { Section } from "./section.js";
import type { Column, TimelineData } from "./timeline.js";

const HEIGHT = 84;

/** The whole network as lines: fractions of all nodes. */
export function networkSection(data: TimelineData, axis: Axis): Section {
  const all = Math.max(1, data.nodes.length);
  const y = (top: number, fraction: number): number => top + HEIGHT * (1 - fraction);
  const line = (kind: string, top: number, fraction: (column: Column) => number): Markup => {
    const points = data.columns.map((column) => ({ x: axis.x(column.atSeconds), y: y(top, fraction(column)) }));
    const [first, ...rest] = points;
    if (first === undefined) return html``;
    const steps = rest.map((point) => `H${point.x.toFixed(1)}V${point.y.toFixed(1)}`).join("");
    return html`<path class="line ${kind}" d="M${first.x.toFixed(1)} ${first.y.toFixed(1)}${steps}"/>`;
  };
  return {
    title: "Network",
    legend: [
      { kind: "f-up", text: "nodes up" },
      { kind: "f-equal", text: "nodes with the most common set" },
      { kind: "f-sync", text: "nodes that say “in sync”" },
    ],
    height: HEIGHT,
    draw: (top) => [
      ...[0, 0.5, 1].map(
        (fraction) =>
          html`<line class="grid" x1="${LEFT}" x2="${axis.x(axis.endSeconds)}" y1="${y(top, fraction)}" y2="${y(top, fraction)}"/><text class="tick" x="${LEFT - 8}" y="${y(top, fraction) + 4}" text-anchor="end">${`${fraction * 100} %`}</text>`,
      ),
      line("l-up", top, ({ groups }) => groups.filter((group) => group !== -1).length / all),
      line("l-equal", top, (column) => largestGroup(column).size / all),
      line("l-sync", top, ({ inSync }) => inSync.filter(Boolean).length / all),
    ],
  };
}
