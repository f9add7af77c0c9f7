import type { Command } from "commander";
import { pathArgument } from "../arguments/index.js";
import { contextOf } from "../command-context.js";
import type { CliIo } from "../output/index.js";

/** `verify-certificate`: checks a final verdict without a node. */
export function addVerifyCertificate(program: Command, io: CliIo): void {
  program
    .command("verify-certificate")
    .description("check the certificate of a final verdict; no node is needed")
    .argument("<file>", "the certificate: the payload of its message in hex", pathArgument)
    .requiredOption("--roster <path>", "roster file: who votes", pathArgument)
    .option("--genesis <hex>", "genesis hash of the chain (default: of the standalone devnet)")
    .option("--network-name <name>", "of a standalone devnet")
    .option("--rules-file <path>", "network rules of a devnet", pathArgument)
    .option("--registry-file <path>", "of a devnet with a registry file", pathArgument)
    .addHelpText(
      "after",
      '\nWith --json: {"ok": true, "submission", "task", "round", "n", "sum", "sum_of_squares", "voters", ...} ' +
        'or {"ok": false, "refusal", "meaning"}, and exit code 1',
    )
    .action(async (file: string, _own, command: Command) => {
      const { verifyCertificateFile } = await import("../actions/verify-certificate.js");
      await verifyCertificateFile(contextOf(io, command), file);
    });
}
