import { type Command, Option } from "commander";
import { type GlobalOptions, multiaddrsArgument, pathArgument } from "../arguments/index.js";
import {
  type Check,
  checkApi,
  checkBuild,
  checkCargo,
  checkDaemon,
  checkEngine,
  checkKernel,
  checkOpenFiles,
  checkRuntime,
  checkStart,
  REGISTRIES,
  type StartChoice,
} from "../checks/index.js";
import { ReportedFailure } from "../exit-codes.js";
import { type CliIo, type Output, plainLine } from "../output/index.js";
import { contextOf } from "./command-context.js";
import { taskTypesArgument } from "./start.js";

async function examine(options: StartChoice): Promise<{ checks: Check[]; backend: string | undefined }> {
  const kernel = await checkKernel();
  const build = await checkBuild();
  const checks = [
    checkRuntime(process.versions.node),
    checkOpenFiles(),
    build,
    kernel.check,
    await checkCargo(),
    await checkEngine(),
  ];
  const api = await checkApi(options);
  // The start conditions need a kernel and the modules of the node, and so does the dial of a bootstrap address.
  if (kernel.check.ok && build.ok) checks.push(...(await checkStart(options, api.running)));
  if (options.daemon !== undefined) checks.push(await checkDaemon(options.daemon, options));
  if (build.ok && !api.running && options.bootstrap !== undefined) {
    const { checkBootstrap } = await import("../checks/bootstrap-check.js");
    checks.push(...(await checkBootstrap(options.bootstrap)));
  }
  checks.push(api.check, ...api.faults);
  return { checks, backend: kernel.backend };
}

function mark(out: Output, check: Check): string {
  if (!check.ok) return out.style("red", "no  ");
  return check.cure === undefined ? out.style("green", "ok  ") : out.style("yellow", "warn");
}

/** `doctor`: checks whether a node can run here, and what would make it faster or more complete. */
export function addDoctor(program: Command, io: CliIo): void {
  program
    .command("doctor")
    .description("check what start needs with the same options: runtime, kernel, directory, keys, addresses")
    .option("--daemon <url>", "check a TOS daemon too, as start --daemon would use it")
    .option("--p2p-listen <multiaddr>", "as for the start of the node; may be repeated", multiaddrsArgument)
    .option("--bootstrap <multiaddr>", "as for the start of the node; may be repeated", multiaddrsArgument)
    .option("--announce <multiaddr>", "as for the start of the node; may be repeated", multiaddrsArgument)
    .addOption(new Option("--registry <who>", "as for the start of the node").choices(REGISTRIES))
    .option("--task-types <names>", "as for the start of the node", taskTypesArgument)
    .option("--registry-file <path>", "as for the start of the node", pathArgument)
    .option("--roster-file <path>", "as for the start of the node", pathArgument)
    .option("--rules-file <path>", "as for the start of the node", pathArgument)
    .option("--network-name <name>", "as for the start of the node")
    .addHelpText(
      "after",
      '\nWith --json: {"ok": whether a node can run, "kernel": the kernel it gets, ' +
        '"checks": [{name, ok, detail, cure?}]}',
    )
    .action(async (_own, command: Command) => {
      const { out, options } = contextOf<Omit<StartChoice, keyof GlobalOptions>>(io, command);
      const { checks, backend } = await examine(options);
      const ok = checks.every((check) => check.ok);
      out.answer({ ok, kernel: backend ?? null, checks }, () => {
        for (const check of checks) {
          out.line(`${mark(out, check)}  ${check.name}: ${plainLine(check.detail)}`);
          if (check.cure !== undefined)
            out.line(`      ${out.style("dim", `to change that, ${plainLine(check.cure)}`)}`);
        }
        out.line(ok ? "a node can run here" : "a node can't run here yet");
      });
      if (!ok) throw new ReportedFailure("doctor");
    });
}
