import type { Command } from "commander";
import { contextOf } from "../command-context.js";
import type { CliIo } from "../output/index.js";

/** `dashboard`: a login link for the node's page. */
export function addDashboard(program: Command, io: CliIo): void {
  program
    .command("dashboard")
    .description("print a link that opens the node's page in a browser; it works once, for two minutes")
    .addHelpText("after", "\nExamples:\n  tos-ai-sync dashboard\n  xdg-open $(tos-ai-sync dashboard)")
    .action(async (_own, command: Command) => {
      const { dashboard } = await import("../actions/dashboard.js");
      await dashboard(contextOf(io, command));
    });
}
