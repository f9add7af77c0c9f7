import { type Command, Option } from "commander";
import { ALL_EVENTS, EVENT_NAMES } from "../../api/params/event-names.js";
import { integerArgument } from "../arguments/index.js";
import { contextOf } from "../command-context.js";
import type { CliIo } from "../output/index.js";

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
      const { watch } = await import("../actions/watch.js");
      await watch(contextOf(io, command));
    });
}
