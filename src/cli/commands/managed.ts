import type { Command } from "commander";
import { takeOutput } from "../../plugin/managed/own-output.js";
import { ReportedFailure } from "../exit-codes.js";
import type { CliIo } from "../output/index.js";

/** Exit code if a person started it: EX_USAGE of sysexits.h. */
const BY_HAND = 64;
const FAILED = 70;
const COOKIE = /^[0-9a-f]{64}$/;

/** A defect ends the process with the documented code, not with Node's. */
function endOnDefect(io: CliIo): void {
  process.on("uncaughtException", (error) => {
    io.err.write(`tos-ai-sync: a defect of this program: ${error.stack ?? error.message}\n`);
    process.exit(FAILED);
  });
}

/**
 * `managed`: runs as the plugin of a TOS node, which starts it and exchanges messages with it over standard input and
 * output.
 */
export function addManaged(program: Command, io: CliIo): void {
  program
    .command("managed")
    .description("run as the plugin of a TOS node; only the node starts it (docs/managed.md)")
    .addHelpText(
      "after",
      `
Exit codes: 0 stopped, ${BY_HAND} started by hand, 65 the host does not speak the protocol, ${FAILED} failed`,
    )
    .action(async () => {
      const cookie = io.env.TOS_AI_PLUGIN_COOKIE ?? "";
      if (!COOKIE.test(cookie)) {
        io.err.write("tos-ai-sync: only a TOS node starts the managed mode; use: tos-ai-sync start\n");
        throw new ReportedFailure("started by hand", BY_HAND);
      }
      const output = takeOutput();
      endOnDefect(io);
      const { runManaged } = await import("../../plugin/managed/index.js");
      const code = await runManaged({
        input: process.stdin,
        output,
        cookie,
        interrupted: io.interrupted(),
        complain: (text) => io.err.write(`tos-ai-sync: ${text}\n`),
      });
      if (code !== 0) throw new ReportedFailure("the plugin ended", code);
    });
}
