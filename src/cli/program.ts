import { Command, CommanderError, Option } from "commander";
import { NetworkError } from "../protocol/errors.js";
import { NETWORKS } from "../protocol/rules.js";
import { DEFAULT_API, pathArgument } from "./arguments/index.js";
import {
  addCheck,
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
  addValidate,
  addWatch,
} from "./commands/index.js";
import { EXIT, exitCodeOf, exitHelp, RefusedError, ReportedFailure } from "./exit-codes.js";
import { type CliIo, plain, plainJson, plainLine } from "./output/index.js";

const HELP = `
Exit codes:
${exitHelp()}

Examples:
  tos-ai-sync start                 run a node on the local devnet
  tos-ai-sync status                its identity, peers, tasks and sync state
  tos-ai-sync watch --json          its events, one line each
  tos-ai-sync doctor                check what a node needs here, with cures

A node keeps its data in <dir-path>/ai/<network>/ (ai/dev/ on a devnet); the other commands find the node there.`;

function buildProgram(io: CliIo, version: string): Command {
  const program = new Command("tos-ai-sync");
  program
    .description("Peer-to-peer synchronization for the TOS AI-mining network")
    .version(version)
    .exitOverride()
    .configureOutput({ writeOut: (text) => io.out.write(text), writeErr: (text) => io.err.write(text) })
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
  addKey(program, io);
  addDoctor(program, io);
  addCheck(program, io);
  addManaged(program, io);
  return program;
}

/** One line for a person, or one JSON value for a program. */
function report(io: CliIo, error: unknown, argv: readonly string[]): void {
  const message = error instanceof Error ? error.message : String(error);
  if (argv.includes("--json")) {
    const reason =
      error instanceof NetworkError ? error.code : error instanceof RefusedError ? error.reason : undefined;
    io.err.write(`${plainJson(JSON.stringify({ error: { message, code: reason, exit: exitCodeOf(error) } }))}\n`);
  } else io.err.write(`tos-ai-sync: ${plainLine(message)}\n`);
  if (argv.includes("--verbose") && error instanceof Error) io.err.write(`${plain(error.stack ?? "")}\n`);
}

/** Runs a command line (without the program's name) and returns the exit code. Never throws. */
export async function runCli(argv: readonly string[], io: CliIo, version: string): Promise<number> {
  try {
    await buildProgram(io, version).parseAsync([...argv], { from: "user" });
    return EXIT.ok;
  } catch (error) {
    // Commander has already printed the message. Help and version also come here.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    if (error instanceof ReportedFailure) return error.exit;
    report(io, error, argv);
    return exitCodeOf(error);
  }
}
