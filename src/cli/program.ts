import { Command, CommanderError, Option } from "commander";
import { NetworkError } from "../protocol/errors.js";
import { NETWORKS } from "../protocol/rules.js";
import { DEFAULT_API, pathArgument } from "./arguments/index.js";
import {
  addCheck,
  addCompletion,
  addDashboard,
  addDoctor,
  addKey,
  addManaged,
  addPeers,
  addPublish,
  addStart,
  addStatus,
  addSubmission,
  addSubmit,
  addTask,
  addTasks,
  addToken,
  addTop,
  addValidate,
  addVerifyCertificate,
  addWatch,
} from "./commands/index.js";
import { EXIT, exitCodeOf, exitHelp, RefusedError, ReportedFailure, UsageError } from "./exit-codes.js";
import { type CliIo, plain, plainJson, plainLine, withFlags } from "./output/index.js";

const HELP = `
Exit codes:
${exitHelp()}

Examples:
  tos-ai-sync start                 run a node on the local devnet
  tos-ai-sync status                its identity, peers, tasks and sync state
  tos-ai-sync watch --json          its events, one line each
  tos-ai-sync doctor                check what a node needs here, with cures

A node keeps its data in <dir-path>/ai/<network>/ (ai/dev/ on a devnet); the other commands find the node there.`;

/** `help [command...]`: commander's own shows the general help for a command that does not exist. */
function addHelp(program: Command): void {
  program
    .helpCommand(false)
    .command("help")
    .description("help of a command")
    .argument("[command...]", "such as: task show")
    .action((names: readonly string[]) => {
      let command = program;
      for (const name of names) {
        const next = command.commands.find((one) => one.name() === name);
        if (next === undefined) program.error(`error: unknown command '${names.join(" ")}'`);
        command = next;
      }
      command.help();
    });
}

function buildProgram(io: CliIo, version: string, isJson: boolean): Command {
  const program = new Command("tos-ai-sync");
  program
    .description("Peer-to-peer synchronization for the TOS AI-mining network")
    .version(version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.out.write(text),
      // For a program runCli prints the error, as one JSON value.
      writeErr: (text) => (isJson ? undefined : io.err.write(text)),
    })
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError("(tos-ai-sync <command> --help explains)")
    .option("--dir-path <dir>", "the data directory; a node uses <dir>/ai/<network>/", pathArgument, "~/.tos/")
    .addOption(new Option("--network <name>", "which network").choices(NETWORKS).default("devnet"))
    .option("--api <host:port>", `the node's API (default: the running node's, else "${DEFAULT_API}")`)
    .option("--json", "answer in JSON, one value a line")
    .option("--verbose", "print more, and the stack of an error")
    .addHelpText("after", HELP);
  for (const add of [
    addStart,
    addStatus,
    addPeers,
    addTasks,
    addTask,
    addSubmission,
    addPublish,
    addSubmit,
    addValidate,
  ]) {
    add(program, io);
  }
  addWatch(program, io);
  addDashboard(program, io);
  addTop(program, io);
  addKey(program, io);
  addToken(program, io);
  addDoctor(program, io);
  addCheck(program, io);
  addVerifyCertificate(program, io);
  addManaged(program, io);
  addCompletion(program, io);
  addHelp(program);
  return program;
}

function jsonError(io: CliIo, message: string, code: string | undefined, exit: number): void {
  io.err.write(`${plainJson(JSON.stringify({ error: { message, code, exit } }))}\n`);
}

/** One line for a person, or one JSON value for a program. */
function report(io: CliIo, error: unknown, argv: readonly string[]): void {
  const message = withFlags(error instanceof Error ? error.message : String(error));
  if (argv.includes("--json")) {
    const reason =
      error instanceof NetworkError ? error.code : error instanceof RefusedError ? error.reason : undefined;
    jsonError(io, message, reason ?? (error instanceof UsageError ? "bad_parameters" : undefined), exitCodeOf(error));
  } else io.err.write(`tos-ai-sync: ${plainLine(message)}\n`);
  if (argv.includes("--verbose") && error instanceof Error) io.err.write(`${plain(error.stack ?? "")}\n`);
}

/** Commander has already printed help and version, and an error unless the output is JSON. */
function commanderExit(io: CliIo, { code, exitCode, message }: CommanderError, isJson: boolean): number {
  if (exitCode === 0) return EXIT.ok;
  const text = code === "commander.help" ? "no command is given" : message.replace(/^error: /, "");
  if (isJson) jsonError(io, text, "bad_parameters", EXIT.usage);
  return EXIT.usage;
}

/** Runs a command line (without the program's name) and returns the exit code. Never throws. */
export async function runCli(argv: readonly string[], io: CliIo, version: string): Promise<number> {
  const isJson = argv.includes("--json");
  try {
    await buildProgram(io, version, isJson).parseAsync([...argv], { from: "user" });
    return EXIT.ok;
  } catch (error) {
    if (error instanceof CommanderError) return commanderExit(io, error, isJson);
    if (error instanceof ReportedFailure) return error.exit;
    report(io, error, argv);
    return exitCodeOf(error);
  }
}
