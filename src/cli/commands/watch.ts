import { setTimeout as pause } from "node:timers/promises";
import { type Command, Option } from "commander";
import { ALL_EVENTS, EVENT_NAMES } from "../../api/params/index.js";
import { callNode, findNode, type NodeEvent, streamEvents } from "../client/index.js";
import { UnreachableError } from "../exit-codes.js";
import { type CliIo, type Output, plainLine } from "../output/index.js";
import { infoShape, readAnswer } from "../show/index.js";
import { contextOf } from "./command-context.js";
import { integerArgument } from "./tasks.js";

/** The first wait before the node is tried again: a restart takes about a second. */
const RETRY_FIRST_MS = 500;
/** The longest wait before the node is tried again: a person who waits sees it return within 10 s. */
const RETRY_LAST_MS = 10_000;

const sequenceShape = infoShape.pick({ event_sequence: true });

interface WatchOptions {
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
    return `${key}=${plainLine(typeof value === "string" ? value : JSON.stringify(value))}`;
  });
  out.line(
    `${out.style("dim", String(sequence).padStart(6))}  ${out.style("bold", plainLine(name))}  ${texts.join(" ")}`,
  );
}

/** `watch`: prints events as they come, across restarts of the node. */
export function addWatch(program: Command, io: CliIo): void {
  program
    .command("watch")
    .description("print events as they come, until interrupted; continues after a restart of the node")
    .addOption(
      new Option("--event <name>", "only these events").choices([ALL_EVENTS, ...EVENT_NAMES]).default(ALL_EVENTS),
    )
    .option("--after <sequence>", "start with the stored events after this one; 0 for all", integerArgument(0, 2 ** 50))
    .addHelpText(
      "after",
      "\nExamples:\n  tos-ai-sync watch\n  tos-ai-sync watch --event task_published --after 0 --json",
    )
    .action(async (_own, command: Command) => {
      const { out, options } = contextOf<WatchOptions>(io, command);
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
    });
}
