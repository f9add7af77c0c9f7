import type { Command } from "commander";
import { refuseReplaced } from "../arguments/index.js";
import { type CommandContext, contextOf } from "../command-context.js";
import type { CliIo } from "../output/index.js";

interface PublishOptions {
  readonly author?: string;
  readonly idempotencyKey?: string;
}

/** The options and the output that every publishing command shares. `params` makes the method's own parameters. */
export function publishAction<T>(
  command: Command,
  io: CliIo,
  method: string,
  params: (context: CommandContext<T>, argument: string) => Promise<Readonly<Record<string, unknown>>>,
): Command {
  return command
    .option("--author <name>", "author key to sign with, by name or in hex (default: the node's first)")
    .option("--idempotency-key <text>", "publish only once, even if the command is repeated with the same text")
    .action(async (...all: unknown[]) => {
      const own = all.at(-1) as Command;
      const context = contextOf<T & PublishOptions>(io, own);
      const { author, idempotencyKey } = context.options;
      const mine = await params(context, typeof all[0] === "string" ? all[0] : "");
      const asked = { ...mine, author, idempotency_key: idempotencyKey };
      refuseReplaced(asked);
      const { publish } = await import("../actions/publish.js");
      await publish(context, method, asked);
    });
}
