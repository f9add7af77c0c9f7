import type { Command } from "commander";
import { checkDaemon } from "../daemon-check.js";
import {
  type Check,
  checkApi,
  checkBuild,
  checkCargo,
  checkDatabase,
  checkDirectory,
  checkKernel,
  checkKeys,
  checkPort,
  checkRuntime,
} from "../doctor-checks.js";
import { ToldFailure } from "../exit-codes.js";
import { DEFAULT_API, type GlobalOptions } from "../location.js";
import { type CliIo, type Output, plainLine } from "../terminal.js";
import { contextOf } from "./command-context.js";

const DEFAULT_P2P_ADDRESS = "127.0.0.1:2135";

interface DoctorOptions extends GlobalOptions {
  readonly daemon?: string;
}

async function examine(options: DoctorOptions): Promise<{ checks: Check[]; backend: string | undefined }> {
  const kernel = await checkKernel();
  const checks = [
    checkRuntime(process.versions.node),
    await checkBuild(),
    kernel.check,
    await checkCargo(),
    await checkDatabase(),
    await checkDirectory(options),
    await checkKeys(options),
  ];
  if (options.daemon !== undefined) checks.push(await checkDaemon(options.daemon, options));
  const api = await checkApi(options);
  if (!api.running) {
    checks.push(await checkPort("API address", options.api ?? DEFAULT_API, "--api"));
    checks.push(await checkPort("P2P address", DEFAULT_P2P_ADDRESS, "--p2p-listen"));
  }
  checks.push(api.check);
  return { checks, backend: kernel.backend };
}

function mark(out: Output, check: Check): string {
  if (!check.ok) return out.style("red", "no  ");
  return check.cure === undefined ? out.style("green", "ok  ") : out.style("yellow", "warn");
}

/** `doctor`: whether a node can run here, and what would make it better. */
export function addDoctor(program: Command, io: CliIo): void {
  program
    .command("doctor")
    .description("check what a node needs: runtime, build, kernel, database, directory, keys, addresses")
    .option("--daemon <url>", "check a TOS daemon too, as start --daemon would use it")
    .addHelpText(
      "after",
      '\nWith --json: {"ok": can a node run, "kernel": which one it gets, "checks": [{name, ok, detail, cure?}]}',
    )
    .action(async (_own, command: Command) => {
      const { out, options } = contextOf<Pick<DoctorOptions, "daemon">>(io, command);
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
      if (!ok) throw new ToldFailure("doctor");
    });
}
