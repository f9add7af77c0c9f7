import type { Command } from "commander";
import { pathArgument } from "../arguments/index.js";
import { contextOf } from "../command-context.js";
import type { CliIo } from "../output/index.js";

/** The commands of `key`: the keys in the node's directory. The node need not run. */
export function addKey(program: Command, io: CliIo): void {
  const key = program.command("key").description("the node's keys: new, show, export, import, resume, move");
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
    .command("export")
    .description("write a key with its private half to a new file that only you may read")
    .argument("<name>", "name of the key")
    .argument("<file>", "a new file", pathArgument)
    .addHelpText("after", "\nExample:\n  tos-ai-sync key export miner miner.key")
    .action(async (name: string, file: string, _own, command: Command) => {
      const { exportKey } = await import("../actions/key-copy.js");
      await exportKey(contextOf(io, command), name, file);
    });
  key
    .command("import")
    .description("make a key of such a file; a running node uses it after its next start")
    .argument("<name>", "1 to 32 characters of a-z, 0-9 and -")
    .argument("<file>", "made by key export", pathArgument)
    .addHelpText(
      "after",
      `
It signs from the next UTC day on, because what it has signed is unknown here. To let it sign at once, import its
signing history too, before the next start: tos-ai-sync key import-signing <name> <history>`,
    )
    .action(async (name: string, file: string, _own, command: Command) => {
      const { importKeyFile } = await import("../actions/key-copy.js");
      await importKeyFile(contextOf(io, command), name, file);
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
  key
    .command("export-signing")
    .description("write what a key has signed to a file, for another machine; the key is stopped here")
    .argument("<name>", "name of the key")
    .argument("<file>", "a new file", pathArgument)
    .addHelpText(
      "after",
      `
To move a key: stop the node, export, copy key.json of the key and the file, and import the file on the other machine
before its first start. The key then signs there at once, and nothing that contradicts its earlier records and votes.`,
    )
    .action(async (name: string, file: string, _own, command: Command) => {
      const { exportSigningFile } = await import("../actions/key-signing.js");
      await exportSigningFile(contextOf(io, command), name, file);
    });
  key
    .command("import-signing")
    .description("add what a key has signed on another machine; it lowers no day, number or round")
    .argument("<name>", "name of the key; its key.json is here already")
    .argument("<file>", "made by export-signing", pathArgument)
    .option("--genesis <hex>", "genesis hash of the chain, where no node has run in this directory")
    .action(async (name: string, file: string, _own, command: Command) => {
      const { importSigningFile } = await import("../actions/key-signing.js");
      await importSigningFile(contextOf(io, command), name, file);
    });
}
