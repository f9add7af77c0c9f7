import type { GlobalOptions } from "../arguments/index.js";
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
  type StartChoice,
} from "../checks/index.js";
import type { CommandContext } from "../command-context.js";
import { ReportedFailure } from "../exit-codes.js";
import { type Output, plainLine, withFlags } from "../output/index.js";

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

/** The check with the flags of the command line in place of the options of the library. */
function flagged({ detail, cure, ...rest }: Check): Check {
  return { ...rest, detail: withFlags(detail), ...(cure === undefined ? {} : { cure: withFlags(cure) }) };
}

function mark(out: Output, check: Check): string {
  if (!check.ok) return out.style("red", "no  ");
  return check.cure === undefined ? out.style("green", "ok  ") : out.style("yellow", "warn");
}

/** `doctor`: checks whether a node can run here, and what would make it faster or more complete. */
export async function doctor({ out, options }: CommandContext<Omit<StartChoice, keyof GlobalOptions>>): Promise<void> {
  const examined = await examine(options);
  const checks = examined.checks.map(flagged);
  const ok = checks.every((check) => check.ok);
  out.answer({ ok, kernel: examined.backend ?? null, checks }, () => {
    for (const check of checks) {
      out.line(`${mark(out, check)}  ${check.name}: ${plainLine(check.detail)}`);
      if (check.cure !== undefined) out.line(`      ${out.style("dim", `to change that, ${plainLine(check.cure)}`)}`);
    }
    out.line(ok ? "a node can run here" : "a node can't run here yet");
  });
  if (!ok) throw new ReportedFailure("doctor");
}
