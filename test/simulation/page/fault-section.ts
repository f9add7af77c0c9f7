import { FAULT_KINDS } from "../faults/kinds.js";
import { type Axis, clockText } from "./axis.js";
import { FAMILIES, familyOf } from "./families.js";
import { html, type Markup } from "./markup.js";
import { rowName, type Section } from "./section.js";
import type { FaultSpan, TimelineData } from "./timeline.js";

/** Faults of one kind at one time that are drawn one below the other. */
const DEPTH_MAX = 3;
const BAR = 10;
const GAP = 6;
const CHARACTER = 5.6;

/** A band for each fault, in a lane of its kind. */
export function faultSection(data: TimelineData, axis: Axis): Section {
  const lanes = FAULT_KINDS.map((kind) => ({ kind, spans: stacked(data.faults.filter((span) => span.kind === kind)) }))
    .filter(({ spans }) => spans.length > 0)
    .map(({ kind, spans }) => {
      const depth = Math.max(...spans.map((span) => span.depth)) + 1;
      return { kind, spans, height: depth * (BAR + 1) + GAP };
    });
  const families = new Set(lanes.map(({ kind }) => familyOf(kind)));
  return {
    title: "Faults",
    legend: FAMILIES.filter((family) => families.has(family)).map((text) => ({ kind: `f-${text}`, text })),
    height: Math.max(
      16,
      lanes.reduce((sum, { height }) => sum + height, 0),
    ),
    draw: (top) => {
      if (lanes.length === 0) return [html`<text class="legend" x="${axis.x(0)}" y="${top + 12}">none</text>`];
      let y = top;
      return lanes.flatMap(({ kind, spans, height }) => {
        const out = [
          rowName(kind.replaceAll("_", " "), y + 9, "row"),
          ...spans.map(({ span, depth }) => band(span, axis, data.endSeconds, y + depth * (BAR + 1))),
        ];
        y += height;
        return out;
      });
    },
  };
}

/** "partition, 1:05 to 1:40: n1, n4" */
export function faultText({ kind, nodes, fromSeconds, toSeconds }: FaultSpan): string {
  const end = toSeconds === undefined ? "the end" : clockText(toSeconds);
  return `${kind.replaceAll("_", " ")}, ${clockText(fromSeconds)} to ${end}: ${nodes.join(", ")}`;
}

function band(span: FaultSpan, axis: Axis, endSeconds: number, y: number): Markup {
  const x = axis.x(span.fromSeconds);
  const width = Math.max(2, axis.x(span.toSeconds ?? endSeconds) - x);
  const names = span.nodes.join(" ");
  const room = Math.floor((width - 6) / CHARACTER);
  const label = names.length <= room ? names : room >= 4 ? `${names.slice(0, room - 1)}…` : "";
  return html`<g><title>${faultText(span)}</title><rect class="band f-${familyOf(span.kind)}" x="${x}" y="${y}" width="${width}" height="${BAR}" rx="1.5"/><text class="inside" x="${x + 3}" y="${y + 8.5}">${label}</text></g>`;
}

/** Spans that overlap get different depths. */
function stacked(spans: readonly FaultSpan[]): { readonly span: FaultSpan; readonly depth: number }[] {
  const ends: number[] = [];
  return spans.map((span) => {
    const free = ends.findIndex((end) => end <= span.fromSeconds);
    const depth = Math.min(DEPTH_MAX - 1, free === -1 ? ends.length : free);
    ends[depth] = span.toSeconds ?? Number.POSITIVE_INFINITY;
    return { span, depth };
  });
}
