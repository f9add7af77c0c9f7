import type { Command } from "commander";
import { refuseReplaced, showTime } from "../arguments/index.js";
import { type CliIo, plainLine } from "../output/index.js";
import { publishedShape, readAnswer } from "../show/index.js";
import { type CommandContext, contextOf } from "./command-context.js";

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
      const answer = await context.call(method, asked);
      context.out.answer(answer, () => {
        const { task_id: taskId, record, deadline, duplicate, warning } = readAnswer(publishedShape, answer);
        const { out } = context;
        if (duplicate) out.line(out.style("yellow", "published before with this idempotency key"));
        out.pairs([
          ["task", taskId],
          ...(record.id === taskId ? [] : [["record", record.id] as const]),
          ["author", record.author],
          ...(deadline === undefined ? [] : [["deadline", showTime(deadline)] as const]),
        ]);
        if (warning !== undefined) out.line(out.style("yellow", plainLine(warning)));
      });
    });
}
