import { showTime } from "../arguments/index.js";
import type { CommandContext } from "../command-context.js";
import { type Output, plain, plainLine } from "../output/index.js";
import {
  type ListedTask,
  readAnswer,
  type ShownSubmission,
  type ShownTask,
  showPartial,
  submissionShape,
  taskDetailsShape,
  taskPageShape,
} from "../show/index.js";

/** Characters of a task's data that are shown: about a screen. */
const SHOWN_DATA_CHARS = 2000;

export interface ListOptions {
  readonly status?: string;
  readonly all?: boolean;
  readonly type?: string;
  readonly limit: number;
  readonly after?: string;
}

/** `tasks`: a page of tasks, newest first. */
export async function listTasks({ out, call, id, options }: CommandContext<ListOptions>): Promise<void> {
  const status = options.all === true ? "all" : options.status;
  const { type, limit } = options;
  const after = options.after === undefined ? undefined : await id(options.after, "task");
  out.answer(await call("ai_list_active_tasks", { status, task_type: type, limit, after }), (answer) => {
    const page = readAnswer(taskPageShape, answer);
    const rows = page.tasks.map((task) => [
      task.task_id,
      task.status,
      task.task_type ?? "?",
      String(task.submissions),
      task.deadline === undefined ? "?" : showTime(task.deadline),
    ]);
    out.table(["TASK", "STATUS", "TYPE", "SUBMISSIONS", "DEADLINE"], rows, "no such tasks");
    showPartial(out, page.set);
    if (page.next !== null) out.line(out.style("dim", `more: --after ${page.next}`));
  });
}

function showVerdict({ verdict }: ShownSubmission): string {
  if (verdict.mean === null) return "no validation counts yet";
  const agreed = verdict.reached ? "agreed" : "not agreed";
  const confidence = verdict.confidence.toFixed(2);
  return `${agreed}, mean ${verdict.mean.toFixed(1)} of ${verdict.validators} (confidence ${confidence})`;
}

/** Says who blocks a verdict, and what ends it. */
function showBlocked({ verdict }: ShownSubmission): readonly (readonly [string, string])[] {
  const { blocked_by: blocked } = verdict;
  if (blocked === null) return [];
  const { score, validator, validators_needed: needed } = blocked;
  const more = needed === null ? "more than 256 scores" : needed === 1 ? "1 score" : `${needed} scores`;
  return [
    ["blocked", `by the score ${score} of ${validator}: without it the others agree; ${more} like theirs outweigh it`],
  ];
}

function showSubmission(out: Output, submission: ShownSubmission): void {
  out.line();
  out.line(out.style("bold", `submission ${submission.submission_id}`));
  out.pairs([
    ["by", submission.submitter],
    ["at", showTime(submission.submitted_at)],
    ["answer", submission.content_held ? "held here" : "not held here"],
    ["verdict", showVerdict(submission)],
    ...showBlocked(submission),
    ...submission.validations.map(({ validator, score }) => ["validation", `${score} by ${validator}`] as const),
  ]);
}

function showStatus({ status, final, waits_for: waits }: Pick<ListedTask, "status" | "final" | "waits_for">): string {
  if (final) return `${status} (final)`;
  return waits === null ? status : `${status} (waits for: ${waits.replaceAll("_", " ")})`;
}

function showCertified(out: Output, { certified, contested }: ShownTask): void {
  if (certified.length + contested.length > 0) out.line();
  for (const { submission_id: id, reached, sum, validators } of certified) {
    const verdict = reached ? "agreed" : "not agreed";
    out.line(`submission ${plainLine(id)} is certified: ${verdict}, sum ${sum} of ${validators} scores, final`);
  }
  for (const id of contested) {
    out.line(out.style("yellow", `submission ${plainLine(id)} is contested: its certificates have different values`));
  }
}

function showTask(out: Output, answer: unknown): void {
  const task = readAnswer(taskDetailsShape, answer);
  out.line(out.style("bold", `task ${task.task_id}`));
  showPartial(out, task.set);
  const details: [string, string][] = [
    ["status", showStatus(task)],
    ["type", JSON.stringify(task.task_data?.task_type ?? task.task_type)],
    ["publisher", task.publisher ?? "announcement not held"],
    ["published", showTime(task.published_at)],
  ];
  if (task.deadline !== undefined) details.push(["deadline", showTime(task.deadline)]);
  if (task.reward_amount !== undefined) details.push(["reward", `${task.reward_amount} nanoTOS`]);
  if (task.difficulty_level) details.push(["difficulty", task.difficulty_level]);
  if (task.verification_type !== undefined) details.push(["verification", JSON.stringify(task.verification_type)]);
  if (task.chain !== undefined) {
    const { confirmed, status, published_at: at } = task.chain;
    details.push(["on chain", `${status}, published at ${at}${confirmed ? "" : ", BY ANOTHER PUBLISHER"}`]);
  }
  if (task.task_data !== null) details.push(["description", plainLine(task.task_data.description)]);
  out.pairs(details.map(([name, text]) => [name, plainLine(text)]));
  const data = task.task_data?.data;
  if (data) {
    out.line();
    out.line(plain(data.slice(0, SHOWN_DATA_CHARS)));
    if (data.length > SHOWN_DATA_CHARS)
      out.line(out.style("dim", `(${data.length} characters; all of it with --json)`));
  }
  if (task.task_data?.data_base64 !== undefined) out.line(out.style("dim", "binary data: with --json"));
  for (const submission of task.submissions) showSubmission(out, submission);
  showCertified(out, task);
  for (const { submission_id: id, reason } of task.uncounted_submissions ?? []) {
    out.line(out.style("dim", `submission ${plainLine(id)} does not count: ${plainLine(reason.replaceAll("_", " "))}`));
  }
  for (const { author, reason, proof } of task.excluded_authors) {
    const alerted = task.alerts.some(({ equivocator }) => equivocator === author) ? ", alerted" : "";
    out.line(out.style("yellow", `author ${author} is excluded here: ${reason}${alerted}`));
    for (const id of proof) out.line(out.style("dim", `  proof ${plainLine(id)}`));
  }
}

/** `task show`. */
export async function showTaskDetails({ out, call, id }: CommandContext<unknown>, taskId: string): Promise<void> {
  out.answer(await call("ai_get_task_details", { task_id: await id(taskId, "task") }), (answer) =>
    showTask(out, answer),
  );
}

/** `submission show`. */
export async function showSubmissionDetails(
  { out, call, id }: CommandContext<unknown>,
  submissionId: string,
): Promise<void> {
  const submission_id = await id(submissionId, "submission");
  out.answer(await call("ai_get_submission", { submission_id }), (answer) => {
    const submission = readAnswer(submissionShape, answer);
    out.line(`task ${submission.task_id}`);
    showSubmission(out, submission);
    if (submission.content?.answer !== undefined) {
      out.line();
      out.line(plain(submission.content.answer));
    }
  });
}
