import type { Command } from "commander";
import { contextOf } from "../command-context.js";
import type { CliIo } from "../output/index.js";

/** `token rotate`: the tokens of the node's API. The node need not run. */
export function addToken(program: Command, io: CliIo): void {
  const token = program.command("token").description("the tokens of the node's API: rotate");
  token
    .command("rotate")
    .description("replace the token of the API; a running node refuses the old one within a second")
    .option("--read-only", "the token that may only read, api-read.token, instead of api.token")
    .addHelpText("after", "\nExample:\n  tos-ai-sync token rotate --read-only")
    .action(async (_own, command: Command) => {
      const { rotateToken } = await import("../actions/token.js");
      await rotateToken(contextOf(io, command));
    });
}
