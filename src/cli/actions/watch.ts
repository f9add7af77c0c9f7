import { setTimeout as pause } from "node:timers/promises";
import { callNode, findNode, type NodeEvent, streamEvents } from "../client/index.js";
import type { CommandContext } from "../command-context.js";
import { UnreachableError } from "../exit-codes.js";
import { type Output, plainLine } from "../output/index.js";
import { infoShape, readAnswer } from "../show/index.js";

/** The first wait before the node is tried again: a restart takes about a second. */
const RETRY_FIRST_MS = 500;
/** The longest wait before the node is tried again: a person who waits sees it return within 10 s. */
const RETRY_LAST_MS = 10_000;

const sequenceShape = infoShape.pick({ event_sequence: true });

export interface WatchOptions {
  readonly event: string;
  readonly after?: number;
}

function show(out: Output, event: NodeEvent): void {
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
  let after = options.after;
  let found = false;
  let waitMs = RETRY_FIRST_MS;
  while (!signal.aborted) {
    try {
      const access = await findNode(options);
      // From here on no event is missed, even if the node restarts before the first event.
      after ??= readAnswer(sequenceShape, await callNode(access, "ai_get_network_info")).event_sequence;
      await streamEvents(access, { notify: options.event, after }, signal, {
        onOpen: () => {
          found = true;
          waitMs = RETRY_FIRST_MS;
        },
        onEvent: (event) => {
          after = event.sequence;
          show(out, event);
        },
      });
    } catch (error) {
      // A node that answered before comes back. A node that never answered is an error.
      if (!found || !(error instanceof UnreachableError)) throw error;
      if (waitMs === RETRY_FIRST_MS) io.err.write("the node does not answer; waiting for it\n");
    }
    if (signal.aborted) return;
    await pause(waitMs, undefined, { signal }).catch(() => undefined);
    waitMs = Math.min(waitMs * 2, RETRY_LAST_MS);
  }
}
