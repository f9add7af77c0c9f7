import type { Command } from "commander";
import { contextOf } from "../command-context.js";
import type { CliIo } from "../output/index.js";

/** `status`: the node's identity and state. */
export function addStatus(program: Command, io: CliIo): void {
  program
    .command("status")
    .description("the running node: its identity, peers, tasks and sync state")
    .option("--digest", "also the state digest, to compare with another node's; this reads every record")
    .addHelpText("after", "\nExamples:\n  tos-ai-sync status\n  tos-ai-sync status --json | jq .sync.in_sync")
    .action(async (_own, command: Command) => {
      const { status } = await import("../actions/status.js");
      await status(contextOf(io, command));
    });
}

/** `peers`: the connected peers and their scores. */
export function addPeers(program: Command, io: CliIo): void {
  program
    .command("peers")
    .description("the peers with which the node exchanges records")
    .option("--all", "also the addresses that the node dials, each with its last result")
    .action(async (_own, command: Command) => {
      const { peers } = await import("../actions/peers.js");
      await peers(contextOf(io, command));
    });
}
