import type { Command } from "commander";
import { contextOf } from "../command-context.js";
import type { CliIo } from "../output/index.js";

/** `top`: the node in a terminal. */
export function addTop(program: Command, io: CliIo): void {
  program
    .command("top")
    .description("show the running node in this terminal, every second; q ends it. In a pipe: once, as text")
    .addHelpText("after", "\nKeys: 1 to 6 choose a view, arrows scroll, q ends.")
    .action(async (_own, command: Command) => {
      const { top } = await import("../actions/top.js");
      await top(contextOf(io, command));
    });
}
