/** Text that is HTML or SVG already. Everything else is escaped by {@link html}. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Part = Markup | string | number | readonly Markup[];

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/**
 * Text for an element or for a quoted attribute. Control characters, which HTML forbids, become a replacement
 * character.
 */
export function escapeText(text: string): string {
  let out = "";
  for (const char of text.toWellFormed()) {
    const code = char.charCodeAt(0);
    const isControl = (code < 0x20 && char !== "\n" && char !== "\t") || (code >= 0x7f && code < 0xa0);
    out += isControl ? "\ufffd" : (ESCAPES[char] ?? char);
  }
  return out;
}

/** A template of HTML or SVG: all values that are not markup are escaped. */
export function html(texts: TemplateStringsArray, ...values: readonly Part[]): Markup {
  let out = texts[0] ?? "";
  values.forEach((value, i) => {
    out += inserted(value) + (texts[i + 1] ?? "");
  });
  return new Markup(out);
}

export const NOTHING = new Markup("");

function inserted(value: Part): string {
  if (value instanceof Markup) return value.text;
  if (typeof value === "number") return String(Math.round(value * 10) / 10);
  return typeof value === "string" ? escapeText(value) : value.map(({ text }) => text).join("\n");
}

/** Many rectangles of one class as one path, which keeps the page small. */
export class Rectangles {
  readonly #parts = new Map<string, string[]>();

  /** Skips what is empty. `kind`: a class of the style sheet. */
  add(kind: string, x: number, y: number, width: number, height: number): void {
    if (width <= 0) return;
    let parts = this.#parts.get(kind);
    if (parts === undefined) {
      parts = [];
      this.#parts.set(kind, parts);
    }
    parts.push(`M${short(x)} ${short(y)}h${short(width)}v${short(height)}h${short(-width)}z`);
  }

  markup(): Markup[] {
    return [...this.#parts].map(([kind, parts]) => html`<path class="${kind}" d="${parts.join("")}"/>`);
  }
}

function short(value: number): string {
  return String(Math.round(value * 10) / 10);
}
