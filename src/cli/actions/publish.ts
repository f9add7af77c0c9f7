import { showTime } from "../arguments/index.js";
import type { CommandContext } from "../command-context.js";
import { plainLine } from "../output/index.js";
import { publishedShape, readAnswer } from "../show/index.js";

/**
 * Publishes a record. On a terminal it prints the record with its fields; into a pipe or a file it prints the id of the
 * record alone, and what a person should know goes to standard error.
 */
export async function publish(
  { io, out, call }: CommandContext<unknown>,
  method: string,
  params: Readonly<Record<string, unknown>>,
): Promise<void> {
  const answer = await call(method, params);
  out.answer(answer, () => {
    const { task_id: taskId, record, deadline, duplicate, warning } = readAnswer(publishedShape, answer);
    if (!out.isTerminal) {
      if (warning !== undefined) io.err.write(`tos-ai-sync: ${plainLine(warning)}\n`);
      out.line(record.id);
      return;
    }
    if (duplicate) out.line(out.style("yellow", "published before with this idempotency key"));
    out.pairs([
      ["task", taskId],
      ...(record.id === taskId ? [] : [["record", record.id] as const]),
      ["author", record.author],
      ...(deadline === undefined ? [] : [["deadline", showTime(deadline)] as const]),
    ]);
    if (warning !== undefined) out.line(out.style("yellow", plainLine(warning)));
  });
}
