import type { NodeState } from "../node/sim-node.js";
import { type Axis, clockText } from "./axis.js";
import { familyOf } from "./families.js";
import { faultText } from "./fault-section.js";
import { html, type Markup, Rectangles } from "./markup.js";
import type { Rows } from "./rows.js";
import { rowName, rowTint, type Section } from "./section.js";
import type { FaultSpan, StateChange, TimelineData } from "./timeline.js";

const STATE_TEXT: Readonly<Record<NodeState, string>> = {
  up: "up",
  starting: "starting",
  waiting: "waits for its restart",
  down: "down",
};

/** A row for each node: its state, the faults that hit it, and marks where it went down. */
export function lifeSection(data: TimelineData, axis: Axis, rows: Rows): Section {
  return {
    title: "Nodes",
    legend: [
      ...(["up", "starting", "waiting", "down"] as const).map((state) => ({
        kind: `s-${state}`,
        text: STATE_TEXT[state],
      })),
      { kind: "m-crash", text: "crash" },
      { kind: "m-power_cut", text: "power cut" },
      { kind: "m-restart", text: "stopped by its operator" },
    ],
    height: rows.shown.length * rows.height,
    draw: (top) =>
      rows.shown.flatMap(({ name, isFailed }, i) => {
        const y = top + i * rows.height;
        const faults = data.faults.filter(({ nodes }) => nodes.includes(name));
        const changes = data.changes.filter(({ node }) => node === name);
        return [
          ...(isFailed ? [rowTint(y, rows.height)] : []),
          rowName(name, y + rows.height / 2 + 4, isFailed ? "row failed" : "row"),
          ...states(changes, axis, data.endSeconds, y, rows.height),
          ...strips(faults, axis, data.endSeconds, y, rows.height),
          ...faults.flatMap((fault) => mark(fault, axis, y, rows.height)),
        ];
      }),
  };
}

function states(changes: readonly StateChange[], axis: Axis, endSeconds: number, y: number, height: number): Markup[] {
  const bars = new Rectangles();
  const texts: string[] = [];
  changes.forEach(({ state, atSeconds }, i) => {
    const end = changes[i + 1]?.atSeconds ?? endSeconds;
    // A short state would not be seen.
    const width = Math.max(state === "up" ? 0 : 1.5, axis.x(end) - axis.x(atSeconds));
    bars.add(`s-${state}`, axis.x(atSeconds), y + height * 0.15, width, height * 0.4);
    texts.push(`${clockText(atSeconds)} ${STATE_TEXT[state]}`);
  });
  return [html`<g><title>${texts.slice(-40).join("\n")}</title>${bars.markup()}</g>`];
}

/** The faults of the node, below its state. */
function strips(faults: readonly FaultSpan[], axis: Axis, endSeconds: number, y: number, height: number): Markup[] {
  return faults.map((fault) => {
    const x = axis.x(fault.fromSeconds);
    const width = Math.max(1.5, axis.x(fault.toSeconds ?? endSeconds) - x);
    return html`<rect class="strip f-${familyOf(fault.kind)}" x="${x}" y="${y + height * 0.6}" width="${width}" height="${height * 0.22}"><title>${faultText(fault)}</title></rect>`;
  });
}

/** Where a fault took the node down. */
function mark(fault: FaultSpan, axis: Axis, y: number, height: number): Markup[] {
  const x = axis.x(fault.fromSeconds);
  const middle = y + height * 0.35;
  const size = Math.min(4.5, height * 0.3);
  const path = (kind: string, d: string): Markup[] => [
    html`<path class="mark m-${kind}" d="${d}"><title>${faultText(fault)}</title></path>`,
  ];
  switch (fault.kind) {
    case "crash":
    case "leave":
      return path("crash", `M${x - size} ${middle}L${x} ${middle - size}L${x + size} ${middle}L${x} ${middle + size}z`);
    case "power_cut":
      return path("power_cut", `M${x - size} ${middle - size}h${2 * size}L${x} ${middle + size}z`);
    case "restart":
      return path("restart", `M${x - size * 0.8} ${middle - size * 0.8}h${1.6 * size}v${1.6 * size}h${-1.6 * size}z`);
    default:
      return [];
  }
}
