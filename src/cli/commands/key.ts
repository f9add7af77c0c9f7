import type { Command } from "commander";
import { contextOf } from "../command-context.js";
import type { CliIo } from "../output/index.js";

/** `key new|show|resume`: the keys in the node's directory. The node need not run. */
export function addKey(program: Command, io: CliIo): void {
  const key = program.command("key").description("the node's keys: new, show, resume");
  key
    .command("new")
    .description("make an author key with its signing log; a running node uses it after its next start")
    .argument("<name>", "1 to 32 characters of a-z, 0-9 and -")
    .addHelpText("after", "\nExample:\n  tos-ai-sync key new miner")
    .action(async (name: string, _own, command: Command) => {
      const { newKey } = await import("../actions/key.js");
      await newKey(contextOf(io, command), name);
    });
  key
    .command("show")
    .description("names, addresses and public keys")
    .argument("[name]", "one key only")
    .action(async (name: string | undefined, _own, command: Command) => {
      const { showKeys } = await import("../actions/key.js");
      await showKeys(contextOf(io, command), name);
    });
  key
    .command("resume")
    .description(
      "let a key sign again after it was stopped because its log is older than its records (a restored backup)",
    )
    .argument("<name>", "name of the key")
    .addHelpText(
      "after",
      `
Only where no other machine has the key: two that sign with it make each other's records equivocations.
It signs from the next UTC day. A running node takes this up at its next start.
A key against which there is a proof (key_equivocated) is not resumed: make a new one.`,
    )
    .action(async (name: string, _own, command: Command) => {
      const { resumeKey } = await import("../actions/key.js");
      await resumeKey(contextOf(io, command), name);
    });
}
