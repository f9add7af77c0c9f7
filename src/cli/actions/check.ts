import { join } from "node:path";
import type { DatabaseReport, FindingKind } from "../../check/index.js";
import { NetworkError } from "../../protocol/errors.js";
import { dataDirectory, expandHome, type GlobalOptions } from "../arguments/index.js";
import type { CommandContext } from "../command-context.js";
import { ReportedFailure } from "../exit-codes.js";
import { type CliIo, nodeLog, type Output, plainLine } from "../output/index.js";
import { Progress } from "../show/index.js";

export interface CheckOptions {
  readonly registryFile?: string;
  readonly rosterFile?: string;
  readonly rulesFile?: string;
  readonly networkName?: string;
}

const NOTHING_LOST = "the next start skips them and requests them from peers";
const FROM_BACKUP =
  "restore a backup, or move the database away and sync again; the keys are outside of the database and stay";
const A_FAULT = "a defect of this program: the state digest is not reliable; please report it";

/** The meaning of each finding and its consequence. */
const MEANINGS: Readonly<Record<FindingKind, readonly [what: string, then: string]>> = {
  unreadable: [
    "values, or ranges of values, that the disk can't read",
    "a node that reads them requests them from peers and rebuilds its database without them; look for disk errors",
  ],
  value_damaged: ["values that differ from what was written", NOTHING_LOST],
  record_missing: ["records that are missing", NOTHING_LOST],
  record_damaged: ["records that do not match their id", NOTHING_LOST],
  record_misfiled: ["records under another task, strand or window than their own, or without a name", FROM_BACKUP],
  signature_wrong: ["records with a wrong signature", FROM_BACKUP],
  window_differs: ["windows whose state does not match their records", "nothing is lost: a node computes them again"],
  kept_damaged: ["votes or alerts that can't be read or have a wrong signature", FROM_BACKUP],
  body_missing: ["bodies that records refer to and that are missing", FROM_BACKUP],
  body_damaged: ["bodies that do not match their hash", FROM_BACKUP],
  checkpoint_differs: [
    "checkpoints of tasks that are damaged or differ from their records",
    "nothing is lost: a start reads the records in place of a damaged checkpoint; report another difference",
  ],
  verdict_differs: ["verdicts that differ between two ways to compute them", A_FAULT],
};

/**
 * Reads the directory of a stopped node and writes nothing there. The chain that the node followed need not be
 * reachable.
 */
async function examine(io: CliIo, options: GlobalOptions & CheckOptions): Promise<DatabaseReport> {
  const { rememberedChain } = await import("../../plugin/remembered-chain.js");
  const { registryFile, rosterFile, rulesFile, networkName } = options;
  const dirPath = expandHome(options.dirPath);
  const path = dataDirectory(options);
  const { readFormat } = await import("../../storage/directory/format-file.js");
  const found = (await readFormat(join(path, "format.json"))) !== undefined;
  const known = await rememberedChain(dirPath, options.networkGiven || found ? options.network : undefined);
  // Opening would create a missing directory.
  if (!found && known === undefined) throw new NetworkError("not_found", `there is no database in ${path}`);
  const { openStandalone } = await import("../../plugin/standalone-parts.js");
  const { openStoredChain } = await import("../../plugin/stored-chain.js");
  const { checkDatabase } = await import("../../check/index.js");
  const files = {
    dirPath,
    readOnly: true,
    log: await nodeLog(io, { json: options.json === true, verbose: options.verbose === true }),
    ...(registryFile === undefined ? {} : { registryFile: expandHome(registryFile) }),
    ...(rosterFile === undefined ? {} : { rosterFile: expandHome(rosterFile) }),
    ...(rulesFile === undefined ? {} : { rulesFile: expandHome(rulesFile) }),
  };
  const name = networkName === undefined ? {} : { networkName };
  const parts = await (known === undefined
    ? openStandalone({ ...files, network: options.network, ...name })
    : openStoredChain(files, known));
  const progress = new Progress(io, { unit: "records", json: options.json === true });
  try {
    const { kernel, identity, chain, store } = parts.options;
    return await checkDatabase({
      store,
      kernel: kernel.kernel,
      identity,
      facts: chain.facts(),
      atSeconds: Math.floor(io.nowMs() / 60_000) * 60,
      progress: (done, total) => progress.at(done, total),
    });
  } finally {
    progress.end();
    await parts.close();
  }
}

function show(out: Output, report: DatabaseReport): void {
  const { records, tasks, submissions, windows, windowsBehind, kept, bodies, stateDigest, counts, findings } = report;
  out.pairs([
    ["records", `${records}, each with its signature (kernel: ${report.kernel})`],
    ["tasks", `${tasks}; ${submissions} submissions count`],
    ["windows", `${windows}${windowsBehind === 0 ? "" : `; ${windowsBehind} large ones are behind, which is normal`}`],
    ["kept", `${kept} votes and alerts`],
    ["bodies", `${bodies}`],
    ["digest", `${stateDigest.digest ?? "none"} at ${stateDigest.at}, of all task types`],
  ]);
  for (const [kind, [what, then]] of Object.entries(MEANINGS)) {
    const count = counts[kind as FindingKind];
    if (count === undefined) continue;
    out.line(`${out.style("red", "no  ")}  ${count} ${what}`);
    for (const finding of findings) if (finding.kind === kind) out.line(`      ${plainLine(finding.at)}`);
    out.line(`      ${out.style("dim", then)}`);
  }
  out.line(report.ok ? "the database is whole" : "the database is not whole");
}

/** The report with the names of the API. */
function answered(report: DatabaseReport): unknown {
  const { ok, kernel, records, tasks, submissions, windows, windowsBehind, kept, bodies, counts, findings } = report;
  const { at, digest } = report.stateDigest;
  const sizes = { records, tasks, submissions, windows, windows_behind: windowsBehind, kept, bodies };
  return { ok, kernel, ...sizes, state_digest: { at, digest: digest ?? null }, counts, findings };
}

/** `check`: verifies that the disk of a stopped node still holds what the node admitted. */
export async function check({ io, out, options }: CommandContext<CheckOptions>): Promise<void> {
  const report = await examine(io, options);
  out.answer(answered(report), () => show(out, report));
  if (!report.ok) throw new ReportedFailure("check");
}
