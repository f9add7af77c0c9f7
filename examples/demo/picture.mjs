// Draws a terminal: what a program printed, with its colours, as an SVG. Each --cut "from...to" leaves out the lines
// from the first that contains one text to the one before the next that contains the other, and shows that it did.
//   FORCE_COLOR=1 npm run -s demo | node examples/demo/picture.mjs > demo.svg
// --title is the title of the picture.
// docs/images/demo.svg has --cut "A task is a record...Mallory is a" --cut "The last task is...The five validators".
import { text } from "node:stream/consumers";
import { parseArgs } from "node:util";

const CELL = { width: 8.4, height: 18 };
const PADDING = 20;
/** The SGR parameters that the demo's styles use; a colour that ends is foreground again. */
const STYLES = new Map([
  [1, { bold: true }],
  [2, { dim: true }],
  [22, { bold: false, dim: false }],
  [31, { colour: "#ff7b72" }],
  [32, { colour: "#7ee787" }],
  [33, { colour: "#e3b341" }],
  [35, { colour: "#d2a8ff" }],
  [36, { colour: "#79c0ff" }],
  [39, { colour: undefined }],
]);
/** The sequence that sets them. */
const SGR = new RegExp(`${String.fromCharCode(27)}\\[([\\d;]*)m`);
const CUT = `${" ".repeat(10)}\u22ef`;
const BACKGROUND = "#0d1117";
const FOREGROUND = "#e6edf3";
const DIM = "#8b949e";

/** Pieces of one line, each with its style; `style` continues in the next line. */
function pieces(line, style) {
  const found = [];
  for (const [i, part] of line.split(SGR).entries()) {
    if (i % 2 === 1) for (const code of part.split(";")) Object.assign(style, STYLES.get(Number(code)));
    else if (part !== "") found.push({ part, style: { ...style } });
  }
  return found;
}

/** Spaces become no-break spaces: a browser collapses runs of the others. */
function escaped(part) {
  return part.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll(" ", "\u00a0");
}

function span({ part, style }, column) {
  const x = (PADDING + column * CELL.width).toFixed(1);
  const length = (part.length * CELL.width).toFixed(1);
  const fill = style.colour ?? (style.dim ? DIM : undefined);
  const attributes = [fill && `fill="${fill}"`, style.bold && 'font-weight="bold"'].filter(Boolean).join(" ");
  return `<tspan x="${x}" textLength="${length}" ${attributes}>${escaped(part)}</tspan>`;
}

function draw(lines, title) {
  const style = {};
  let columns = 0;
  const rows = lines.map((line, row) => {
    let column = 0;
    const spans = pieces(line, style).map((piece) => {
      // A run of spaces draws nothing, and its width is not the font's to say.
      const drawn = piece.part.trim() === "" ? "" : span(piece, column);
      column += piece.part.length;
      return drawn;
    });
    columns = Math.max(columns, column);
    return `<text y="${PADDING + (row + 0.75) * CELL.height}">${spans.join("")}</text>`;
  });
  const width = Math.ceil(columns * CELL.width) + 2 * PADDING;
  const height = lines.length * CELL.height + 2 * PADDING;
  const font = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace";
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">
<title>${escaped(title)}</title>
<rect width="${width}" height="${height}" rx="8" fill="${BACKGROUND}"/>
<g font-family="${font}" font-size="14" fill="${FOREGROUND}">
${rows.filter((row) => row.includes("tspan")).join("\n")}
</g>
</svg>
`;
}

function cut(lines, range) {
  const [from, to] = range.split("...");
  const first = lines.findIndex((line) => line.includes(from));
  const end = lines.findIndex((line, i) => i > first && line.includes(to));
  if (first < 0 || end < 0) throw new Error(`nothing was printed from "${from}" to "${to}"`);
  return [...lines.slice(0, first), CUT, "", ...lines.slice(end)];
}

const { values } = parseArgs({
  options: {
    cut: { type: "string", multiple: true, default: [] },
    title: { type: "string", default: "A run of npm run demo" },
  },
});
const printed = await text(process.stdin);
process.stdout.write(draw(values.cut.reduce(cut, printed.trimEnd().split("\n")), values.title));
