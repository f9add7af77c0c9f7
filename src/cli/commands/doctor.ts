import { type Command, Option } from "commander";
import { multiaddrsArgument, pathArgument, REGISTRIES, taskTypesArgument } from "../arguments/index.js";
import { contextOf } from "../command-context.js";
import type { CliIo } from "../output/index.js";

/** `doctor`: checks whether a node can run here, and what would make it faster or more complete. */
export function addDoctor(program: Command, io: CliIo): void {
  program
    .command("doctor")
    .description("check what start needs with the same options: runtime, kernel, directory, keys, addresses")
    .option("--daemon <url>", "check a TOS daemon too, as start --daemon would use it")
    .option("--p2p-listen <multiaddr>", "as for the start of the node; may be repeated", multiaddrsArgument)
    .option("--bootstrap <multiaddr>", "as for the start of the node; may be repeated", multiaddrsArgument)
    .option("--announce <multiaddr>", "as for the start of the node; may be repeated", multiaddrsArgument)
    .addOption(new Option("--registry <who>", "as for the start of the node").choices(REGISTRIES))
    .option("--task-types <names>", "as for the start of the node", taskTypesArgument)
    .option("--registry-file <path>", "as for the start of the node", pathArgument)
    .option("--roster-file <path>", "as for the start of the node", pathArgument)
    .option("--rules-file <path>", "as for the start of the node", pathArgument)
    .option("--network-name <name>", "as for the start of the node")
    .addHelpText(
      "after",
      '\nWith --json: {"ok": whether a node can run, "kernel": the kernel it gets, ' +
        '"checks": [{name, ok, detail, cure?}]}',
    )
    .action(async (_own, command: Command) => {
      const { doctor } = await import("../actions/doctor.js");
      await doctor(contextOf(io, command));
    });
}
