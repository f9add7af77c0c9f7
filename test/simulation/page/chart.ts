import type { RunResult } from "../run/result.js";
import { Axis, clockText, END_COLUMN, LEFT, WIDTH } from "./axis.js";
import { faultSection } from "./fault-section.js";
import { lifeSection } from "./life-section.js";
import { html, Markup } from "./markup.js";
import { networkSection } from "./network-section.js";
import { chooseRows } from "./rows.js";
import { drawSection, HEADING } from "./section.js";
import { agreementSection, recordsSection } from "./strip-sections.js";
import { DRAWING_STYLE, PAPER } from "./style.js";
import type { TimelineData } from "./timeline.js";

const TOP = 48;
const GAP = 14;
const BOTTOM = 24;
/** Width that the text of a vertical line may take. */
const TEXT_WIDTH = 150;

/** A vertical line through all sections. */
interface Moment {
  readonly kind: "heal" | "converged" | "failure";
  readonly atSeconds: number;
  readonly text: string;
}

/** The drawing with its height, in its own units. */
interface Drawing {
  readonly height: number;
  readonly content: Markup;
  readonly hiddenRows: number;
}

/** All sections over one axis of simulated time. */
function draw(data: TimelineData, result: RunResult): Drawing {
  const axis = new Axis(data.endSeconds);
  const rows = chooseRows(data, result.failure?.nodes ?? []);
  const sections = [
    networkSection(data, axis),
    faultSection(data, axis),
    lifeSection(data, axis, rows),
    recordsSection(data, axis, rows),
    agreementSection(data, axis, rows),
  ];
  let y = TOP;
  const bodies = sections.flatMap((section) => {
    const drawn = drawSection(section, y);
    y += HEADING + section.height + GAP;
    return drawn;
  });
  const content = html`${grid(axis, y)}
${bodies}
<text class="tick" x="${END_COLUMN.x + END_COLUMN.width / 2}" y="${y + 12}" text-anchor="middle">end</text>
${moments(data, result).map((moment, i) => drawMoment(moment, axis, y, i))}`;
  return { height: y + BOTTOM, content, hiddenRows: rows.hidden };
}

/** The drawing for the page, with what it leaves out. */
export function chart(data: TimelineData, result: RunResult): Markup {
  const { height, content, hiddenRows } = draw(data, result);
  const hidden = hiddenRows === 0 ? [] : [html`<p class="note">${hiddenRows} more nodes have no row.</p>`];
  const dropped =
    data.dropped === 0
      ? []
      : [html`<p class="note">${data.dropped} more faults and changes of state are not drawn.</p>`];
  return html`<div class="scroll"><svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="Nodes by simulated time">
${content}
</svg></div>
${hidden}${dropped}`;
}

/** The drawing alone, as a file. */
export function picture(data: TimelineData, result: RunResult): string {
  const { height, content } = draw(data, result);
  return html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="name">
<title id="name">Nodes by simulated time: faults, records and healing of one run</title>
<style>${new Markup(DRAWING_STYLE)}</style>
<rect width="${WIDTH}" height="${height}" fill="${PAPER}"/>
${content}
</svg>
`.text;
}

function grid(axis: Axis, bottom: number): Markup[] {
  return axis
    .ticks()
    .map(
      (seconds) =>
        html`<line class="grid" x1="${axis.x(seconds)}" x2="${axis.x(seconds)}" y1="${TOP - 4}" y2="${bottom}"/><text class="tick" x="${axis.x(seconds)}" y="${bottom + 12}" text-anchor="middle">${clockText(seconds)}</text>`,
    );
}

function moments({ healedSeconds }: TimelineData, { failure, healSeconds }: RunResult): Moment[] {
  const out: Moment[] = [];
  if (healedSeconds !== undefined) out.push({ kind: "heal", atSeconds: healedSeconds, text: "faults end" });
  if (healedSeconds !== undefined && healSeconds !== undefined) {
    out.push({ kind: "converged", atSeconds: healedSeconds + healSeconds, text: `converged after ${healSeconds} s` });
  }
  if (failure !== undefined) {
    out.push({ kind: "failure", atSeconds: failure.atSeconds, text: `${failure.check} fails` });
  }
  return out;
}

/** Each text has a row of its own, so that close lines keep theirs readable. */
function drawMoment({ kind, atSeconds, text }: Moment, axis: Axis, bottom: number, row: number): Markup {
  const x = axis.x(atSeconds);
  const isLeft = x > WIDTH - TEXT_WIDTH;
  const textX = Math.max(LEFT, isLeft ? x - 5 : x + 5);
  return html`<line class="moment ${kind}" x1="${x}" x2="${x}" y1="4" y2="${bottom}"/><text class="moment-text ${kind}" x="${textX}" y="${14 + 13 * row}" text-anchor="${isLeft ? "end" : "start"}">${text}</text>`;
}
