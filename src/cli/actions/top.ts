import { type NodeAccess, NodeClient } from "../../api/node-client/index.js";
import { commandError, findNode } from "../client/index.js";
import type { CommandContext } from "../command-context.js";
import { isViewKey, type Reading, readNode, Screen, VIEW_KEYS, type ViewKey, viewLines } from "../top/index.js";

/** A person sees a change at once; a reading costs the node a few milliseconds. */
const READ_MS = 1000;
/** How soon a new size of the terminal is drawn. */
const TICK_MS = 100;
const UP = "\u001b[A";
const DOWN = "\u001b[B";
/** In raw mode a terminal sends Ctrl-C as a character. */
const ENDS: readonly string[] = ["q", "Q", "\u0003"];
const HELP = Object.entries(VIEW_KEYS).map(([key, name]) => `${key} ${name}`);

/** What is on the screen. */
interface Shown {
  view: ViewKey;
  /** Lines of the view above the first drawn one. */
  scrolled: number;
  reading: Reading | undefined;
  before: Reading | undefined;
  isLost: boolean;
}

function frame({ view, scrolled, reading, before, isLost }: Shown): string[] {
  const foot = ` ${HELP.join("  ")}  arrows scroll  q quit`;
  if (reading === undefined) return [isLost ? "the node does not answer; trying again" : "reading the node", foot];
  const [title = "", ...lines] = viewLines(view, reading, before, isLost ? "   NO ANSWER, trying again" : "");
  return [title, ...lines.slice(Math.min(scrolled, Math.max(0, lines.length - 2))), foot];
}

/** Reads the node every second until the signal aborts. The first error of a node that never answered ends it. */
async function readOn(client: NodeClient, shown: Shown, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const reading = await readNode(client);
      Object.assign(shown, { before: shown.reading, reading, isLost: false });
    } catch (error) {
      if (shown.reading === undefined) throw error;
      shown.isLost = true;
    }
    await paused(READ_MS, signal);
  }
}

function paused(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    const end = (): void => {
      clearTimeout(timer);
      resolve();
    };
    if (signal.aborted) end();
    signal.addEventListener("abort", end, { once: true });
  });
}

/** `top`: the node on a terminal until q; on anything else one text, or one object with --json. */
export async function top({ io, out, options }: CommandContext<object>): Promise<void> {
  let url = "";
  const access = async (): Promise<NodeAccess> => {
    const found = await findNode(options);
    url = found.url;
    return found;
  };
  const client = new NodeClient({ access });
  try {
    if (out.json || !out.isTerminal) {
      const reading = await readNode(client);
      out.answer(reading, () => {
        for (const line of viewLines("1", reading, undefined)) out.line(line);
      });
      return;
    }
    await watchOn(client, io);
  } catch (error) {
    throw commandError(error, url);
  }
}

async function watchOn(client: NodeClient, io: CommandContext<object>["io"]): Promise<void> {
  const shown: Shown = { view: "1", scrolled: 0, reading: undefined, before: undefined, isLost: false };
  const quit = new AbortController();
  const signal = AbortSignal.any([quit.signal, io.interrupted(), io.outputFailed()]);
  // The error of a node that does not answer is shown on the usual screen.
  shown.reading = await readNode(client);
  const screen = new Screen(io.out);
  const draw = (): void => screen.draw(frame(shown));
  const ignoreKeys = io.keys((key) => {
    if (ENDS.includes(key)) quit.abort();
    if (isViewKey(key)) Object.assign(shown, { view: key, scrolled: 0 });
    if (key === DOWN) shown.scrolled++;
    if (key === UP) shown.scrolled = Math.max(0, shown.scrolled - 1);
    draw();
  });
  let last: Reading | undefined;
  const tick = setInterval(() => {
    if (!screen.resized && shown.reading === last && !shown.isLost) return;
    last = shown.reading;
    draw();
  }, TICK_MS);
  try {
    draw();
    await readOn(client, shown, signal);
  } finally {
    clearInterval(tick);
    ignoreKeys();
    screen.close();
  }
}
