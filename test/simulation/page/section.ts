import { LEFT, WIDTH } from "./axis.js";
import { html, type Markup } from "./markup.js";

/** A part of the drawing: a heading with a legend, and a body. */
export interface Section {
  readonly title: string;
  readonly legend: readonly { readonly kind: string; readonly text: string }[];
  /** Height of the body. */
  readonly height: number;
  /** Draws the body with its upper end at `y`. */
  readonly draw: (y: number) => readonly Markup[];
}

/** Height of a heading. */
export const HEADING = 24;
/** Mean width of a character of a legend. */
const CHARACTER = 6.5;

export function drawSection({ title, legend, draw }: Section, y: number): Markup[] {
  let x = LEFT + title.length * 7.6 + 18;
  const entries = legend.map(({ kind, text }) => {
    const entry = html`<rect class="${kind}" x="${x}" y="${y + 7}" width="10" height="10" rx="2"/><text class="legend" x="${x + 14}" y="${y + 16}">${text}</text>`;
    x += 14 + text.length * CHARACTER + 14;
    return entry;
  });
  return [html`<text class="heading" x="${LEFT}" y="${y + 16}">${title}</text>`, ...entries, ...draw(y + HEADING)];
}

/** The name of a row, left of the axis. */
export function rowName(name: string, y: number, kind: string): Markup {
  return html`<text class="${kind}" x="${LEFT - 8}" y="${y}" text-anchor="end">${name}</text>`;
}

/** A tinted row over the whole width. */
export function rowTint(y: number, height: number): Markup {
  return html`<rect class="tint" x="0" y="${y}" width="${WIDTH}" height="${height}"/>`;
}
