import { type NodeAccess, NodeClient, type ReceivedEvent } from "../../api/node-client/index.js";
import { commandError, findNode } from "../client/index.js";
import type { CommandContext } from "../command-context.js";
import { type Output, plainLine } from "../output/index.js";

export interface WatchOptions {
  readonly event: string;
  readonly after?: number;
}

function show(out: Output, event: ReceivedEvent): void {
  if (out.json) {
    out.value(event);
    return;
  }
  const { event: name, sequence, ...fields } = event;
  const texts = Object.entries(fields).map(([key, value]) => {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    return `${key}=${plainLine(out.isTerminal ? shortened(text) : text)}`;
  });
  out.shortLine(`${String(sequence).padStart(6)}  ${plainLine(name)}  ${texts.join(" ")}`);
}

/** Hex digits of an id on a terminal: enough to tell the ids of a screen apart. */
const SHORT_DIGITS = 8;

function shortened(text: string): string {
  return /^[0-9a-f]{64}$/.test(text) ? text.slice(0, SHORT_DIGITS) : text;
}

/** `watch`: prints events as they come, across restarts of the node. */
export async function watch({ io, out, options }: CommandContext<WatchOptions>): Promise<void> {
  const signal = AbortSignal.any([io.interrupted(), io.outputFailed()]);
  let url = "";
  const access = async (): Promise<NodeAccess> => {
    const found = await findNode(options);
    url = found.url;
    return found;
  };
  const onLost = (): void => {
    io.err.write("the node does not answer; waiting for it\n");
  };
  const { event: notify, after } = options;
  try {
    for await (const event of new NodeClient({ access }).events({ notify, after, signal, onLost })) show(out, event);
  } catch (error) {
    throw commandError(error, url);
  }
}
