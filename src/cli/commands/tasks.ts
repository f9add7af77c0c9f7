import type { Command } from "commander";
import { TASK_STATUSES, TASK_TYPES } from "../../protocol/enumerations.js";
import { ID_HELP, idArgument, integerArgument } from "../arguments/index.js";
import { contextOf } from "../command-context.js";
import type { CliIo } from "../output/index.js";
import { nameOption } from "./name-option.js";
import { publishAction } from "./publish-action.js";

/** `tasks`: a page of tasks, newest first. */
export function addTasks(program: Command, io: CliIo): void {
  program
    .command("tasks")
    .description("tasks that are open for submissions, newest first")
    .addOption(nameOption("--status <status>", "tasks of one status instead", TASK_STATUSES))
    .option("--all", "tasks of every status")
    .addOption(nameOption("--type <type>", "tasks of one type", TASK_TYPES))
    .option("--limit <n>", "at most this many", integerArgument(1, 200), 50)
    .option("--after <task-id>", "continue after this task", idArgument)
    .addHelpText("after", "\nExamples:\n  tos-ai-sync tasks\n  tos-ai-sync tasks --all --type CodeAnalysis --json")
    .action(async (_own, command: Command) => {
      const { listTasks } = await import("../actions/tasks.js");
      await listTasks(contextOf(io, command));
    });
}

/** `task show|cancel|sync`. */
export function addTask(program: Command, io: CliIo): void {
  const task = program.command("task").description("one task: show, cancel, sync");
  task
    .command("show")
    .description("a task with its data, submissions and validations")
    .argument("<task-id>", ID_HELP, idArgument)
    .action(async (taskId: string, _own, command: Command) => {
      const { showTaskDetails } = await import("../actions/tasks.js");
      await showTaskDetails(contextOf(io, command), taskId);
    });
  publishAction(
    task
      .command("cancel")
      .description("cancel one of your own tasks; it takes effect while no submission counts")
      .argument("<task-id>", ID_HELP, idArgument),
    io,
    "ai_cancel_task",
    async (context, taskId) => ({ task_id: await context.id(taskId, "task") }),
  );
  task
    .command("sync")
    .description("request everything about a task from peers now")
    .argument("<task-id>", ID_HELP, idArgument)
    .action(async (taskId: string, _own, command: Command) => {
      const { out, call, id } = contextOf(io, command);
      out.answer(await call("ai_sync_task", { task_id: await id(taskId, "task") }), () => out.line("asked"));
    });
}

/** `submission show|certificate`. */
export function addSubmission(program: Command, io: CliIo): void {
  const submission = program.command("submission").description("one submission: show, certificate");
  submission
    .command("show")
    .description("a submission with its answer, where this node holds it")
    .argument("<submission-id>", ID_HELP, idArgument)
    .action(async (submissionId: string, _own, command: Command) => {
      const { showSubmissionDetails } = await import("../actions/tasks.js");
      await showSubmissionDetails(contextOf(io, command), submissionId);
    });
  submission
    .command("certificate")
    .description("print the certificate of a final verdict, for verify-certificate")
    .argument("<submission-id>", ID_HELP, idArgument)
    .addHelpText(
      "after",
      "\nExample:\n  tos-ai-sync submission certificate ID > certificate.hex\n" +
        "  tos-ai-sync verify-certificate certificate.hex --roster roster.json",
    )
    .action(async (submissionId: string, _own, command: Command) => {
      const { printCertificate } = await import("../actions/certificate.js");
      await printCertificate(contextOf(io, command), submissionId);
    });
}
