// The folders of `src` and who imports whom, as one SVG drawn from the imports in the code.
import { graphOf, importsByFile } from "../checks/imports.mjs";
import { place, reachOf, reduced } from "./layers.mjs";

/** Where the picture lies in the project. */
export const PICTURE = "docs/images/tree.svg";

const CHAR_WIDTH = 7;
const NOTE_WIDTH = 6;
const NOTE_LINE = 14;
/** Letters in a line of a box that lists files. */
const NOTE_CHARS = 27;
const TITLE_HEIGHT = 30;
const PADDING = 14;
/** The straight end of an arrow, which turns its tip. */
const TIP = 10;

const MARKER = 'markerWidth="7" markerHeight="7" markerUnits="userSpaceOnUse" orient="auto"';
const STYLE = `
    text { font: 12px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; fill: #1f2328; }
    .room-name { font-size: 14px; font-weight: 600; }
    .folder-name { font-weight: 600; text-anchor: middle; }
    .note { font-size: 10.5px; text-anchor: middle; fill: #59636e; }
    .ground { fill: #ffffff; stroke: #d1d9e0; }
    .room { fill: #f6f8fa; stroke: #59636e; }
    .folder { fill: #ddf4ff; stroke: #0969da; }
    .files { fill: #ffffff; stroke: #d1d9e0; }
    .arrow { fill: none; stroke: #8c959f; marker-end: url(#tip); }
    .between { stroke: #bc4c00; stroke-width: 1.5; }
    .tip { fill: #59636e; }
    @media (prefers-color-scheme: dark) {
      text { fill: #f0f6fc; }
      .note { fill: #b1bac4; }
      .ground { fill: #0d1117; stroke: #3d444d; }
      .room { fill: #161b22; stroke: #9198a1; }
      .folder { fill: #0c2d6b; stroke: #4493f8; }
      .files { fill: #0d1117; stroke: #3d444d; }
      .arrow { stroke: #656c76; }
      .between { stroke: #db6d28; }
      .tip { fill: #9198a1; }
    }`;

/** The picture of the tree at `root`. */
export function drawTree(root) {
  const imports = importsByFile(root);
  const rooms = graphOf("src", imports);
  const inside = new Map([...rooms.keys()].map((room) => [room, roomOf(room, imports)]));
  const all = place(reduced(rooms), inside, { gapX: 26, gapY: 52, laneWidth: 6 });
  const lines = all.arrows.map((points) => arrow(points, { x: 20, y: 20 }, "arrow between"));
  for (const [room, { x, y }] of [...all.places].filter(([node]) => inside.has(node))) {
    lines.push(...inside.get(room).draw(x + 20, y + 20));
  }
  const [width, height] = [Math.ceil(all.width) + 40, Math.ceil(all.height) + 40];
  const size = `viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img" aria-labelledby="name">
  <title id="name">The folders of src: an arrow goes from the folder that imports to the one that is imported</title>
  <style>${STYLE}
  </style>
  <marker id="tip" viewBox="0 0 8 8" refX="6" refY="4" ${MARKER}>
    <path class="tip" d="M0 0L8 4L0 8Z"/>
  </marker>
  <rect class="ground" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="10"/>
  ${lines.join("\n  ")}
</svg>
`;
}

/** One folder below `src` with its size and how it is drawn: a box for each subfolder and each group of own files. */
function roomOf(room, imports) {
  const name = room.slice("src/".length);
  const graph = mergedFiles(graphOf(room, imports));
  const boxes = new Map([...graph.keys()].map((node) => [node, boxOf(room, node)]));
  const hasFolders = [...boxes.values()].some((box) => box.folder);
  const inner = hasFolders
    ? place(reduced(graph), boxes, { gapX: 14, gapY: 26, laneWidth: 4 })
    : { width: 0, height: -PADDING, places: new Map(), arrows: [] };
  const width = Math.max(inner.width, name.length * CHAR_WIDTH * 1.2) + 2 * PADDING;
  const height = inner.height + TITLE_HEIGHT + PADDING;
  const draw = (x, y) => {
    const at = { x: x + (width - inner.width) / 2, y: y + TITLE_HEIGHT };
    return [
      rectangle("room", { x, y, width, height }),
      `<text class="room-name" x="${fixed(x + PADDING)}" y="${fixed(y + 20)}">${name}</text>`,
      ...inner.arrows.map((points) => arrow(points, at, "arrow")),
      ...[...inner.places].flatMap(([node, box]) => boxes.get(node)?.draw(moved(box, at)) ?? []),
    ];
  };
  return { width, height, draw };
}

/** Own files from which the same subfolders are reached become one node, named by the files in it. No circle arises. */
function mergedFiles(graph) {
  const reach = reachOf(graph);
  const key = (file) =>
    [...reach.get(file)]
      .filter((node) => !isFile(node))
      .sort()
      .join(" ");
  const groups = new Map();
  for (const file of [...graph.keys()].filter(isFile).sort()) {
    groups.set(key(file), [...(groups.get(key(file)) ?? []), file]);
  }
  const nameOf = (node) => (isFile(node) ? groups.get(key(node)).join(" ") : node);
  const merged = new Map([...graph.keys()].map((node) => [nameOf(node), new Set()]));
  for (const [node, targets] of graph) {
    const others = [...targets].map(nameOf).filter((name) => name !== nameOf(node));
    for (const name of others) merged.get(nameOf(node)).add(name);
  }
  return merged;
}

function boxOf(room, node) {
  const names = node.split(" ").map((file) => file.slice(room.length + 1).replace(/\.ts$/, ""));
  if (!isFile(node)) {
    const [name] = names;
    const draw = (box) => [rectangle("folder", box), label("folder-name", box, 19, name)];
    return { folder: true, width: name.length * CHAR_WIDTH + 24, height: 28, draw };
  }
  const lines = wrapped(names);
  const longest = Math.max(...lines.map((line) => line.length));
  const draw = (box) => [
    rectangle("files", box),
    ...lines.map((line, i) => label("note", box, NOTE_LINE * (i + 1) + 1, line)),
  ];
  return { folder: false, width: longest * NOTE_WIDTH + 14, height: lines.length * NOTE_LINE + 8, draw };
}

function wrapped(names) {
  const lines = [];
  for (const name of names) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + name.length < NOTE_CHARS) lines[lines.length - 1] = `${last}  ${name}`;
    else lines.push(name);
  }
  return lines;
}

function isFile(node) {
  return node.endsWith(".ts");
}

function moved(box, by) {
  return { ...box, x: box.x + by.x, y: box.y + by.y };
}

/** From the bottom of the first box through the lanes to the top of the last one; it bends between rows only. */
function arrow(boxes, by, style) {
  const middle = (box) => fixed(box.x + by.x + box.width / 2);
  const down = (y) => fixed(y + by.y);
  const [from, to] = [boxes[0], boxes.at(-1)];
  let path = `M${middle(from)} ${down(from.y + from.height)}`;
  for (const [i, box] of boxes.entries()) {
    const above = boxes[i - 1];
    if (above !== undefined) {
      const half = down((above.rowEnd + box.rowTop) / 2);
      path += `C${middle(above)} ${half} ${middle(box)} ${half} ${middle(box)} ${down(box.rowTop - TIP)}`;
    }
    path += `V${down(box === to ? box.y - 1 : box.rowEnd)}`;
  }
  return `<path class="${style}" d="${path}"/>`;
}

function rectangle(style, { x, y, width, height }) {
  const place = `x="${fixed(x)}" y="${fixed(y)}" width="${fixed(width)}" height="${fixed(height)}"`;
  return `<rect class="${style}" ${place} rx="6"/>`;
}

function label(style, box, down, text) {
  return `<text class="${style}" x="${fixed(box.x + box.width / 2)}" y="${fixed(box.y + down)}">${text}</text>`;
}

function fixed(value) {
  return String(Math.round(value * 10) / 10);
}
