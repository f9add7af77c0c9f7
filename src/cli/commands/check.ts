import type { Command } from "commander";
import { pathArgument } from "../arguments/index.js";
import { contextOf } from "../command-context.js";
import type { CliIo } from "../output/index.js";

/** `check`: verifies that the disk of a stopped node still holds what the node admitted. */
export function addCheck(program: Command, io: CliIo): void {
  program
    .command("check")
    .description(
      "verify the database of a stopped node: records, signatures, verdicts, windows, bodies; changes nothing",
    )
    .option("--registry-file <path>", "as for the start of the node", pathArgument)
    .option("--roster-file <path>", "as for the start of the node", pathArgument)
    .option("--rules-file <path>", "as for the start of the node", pathArgument)
    .option("--network-name <name>", "as for the start of the node")
    .addHelpText(
      "after",
      '\nWith --json: {"ok", "kernel", "records", "tasks", ..., "counts": of each finding, ' +
        '"findings": [{kind, at}], 100 at most}',
    )
    .action(async (_own, command: Command) => {
      const { check } = await import("../actions/check.js");
      await check(contextOf(io, command));
    });
}
