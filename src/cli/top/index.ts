/**
 * The terminal view of a node, which `top` shows.
 *
 * In: a client of the node, the size of a terminal. Out: lines of text, and their drawing on a terminal.
 *
 * `reading.ts` asks the node, `views.ts` makes lines of its answers and is pure, `screen.ts` writes the lines that
 * changed. No library is used: what it would save is the file `screen.ts`.
 *
 * Bounds: a frame has as many lines as the terminal. One reading waits at a time.
 */
export { type Reading, readNode } from "./reading.js";
export { Screen } from "./screen.js";
export { isViewKey, VIEW_KEYS, type ViewKey, viewLines } from "./views.js";
