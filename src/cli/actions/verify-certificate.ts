import { readFile } from "node:fs/promises";
import { fromHex } from "../../protocol/bytes.js";
import type { CertificateRefusal, CertifiedList } from "../../protocol/certificate-check.js";
import type { Blake3 } from "../../protocol/hash.js";
import { DEFAULT_RULES, NETWORKS, type NetworkIdentity, rulesDigest } from "../../protocol/rules.js";
import { expandHome, type GlobalOptions } from "../arguments/index.js";
import type { CommandContext } from "../command-context.js";
import { ReportedFailure, UsageError } from "../exit-codes.js";

export interface VerifyCertificateOptions {
  readonly roster: string;
  readonly genesis?: string;
  readonly networkName?: string;
  readonly rulesFile?: string;
  readonly registryFile?: string;
}

const MEANINGS: Readonly<Record<CertificateRefusal, string>> = {
  malformed: "the file is no certificate",
  doubled_commit: "it has two commits of one member",
  list_mismatch: "its list is not the one that its members signed, or this is another network",
  wrong_roster: "it was made under another roster",
  unknown_member: "it has a commit of a key that does not vote",
  below_quorum: "its commits have too little weight: at most two thirds of those who vote, or a third of the roster",
  bad_signature: "a signature does not hold",
};

/** The network whose genesis the signatures contain. */
async function identityOf(blake3: Blake3, options: GlobalOptions & VerifyCertificateOptions): Promise<NetworkIdentity> {
  const { genesis, network, networkName, rulesFile, registryFile } = options;
  if (genesis === undefined) {
    if (network !== "devnet") throw new UsageError(`--genesis names the chain of ${network}: give its genesis hash`);
    const { networkIdentity } = await import("../../plugin/index.js");
    return networkIdentity(blake3, {
      network,
      ...(networkName === undefined ? {} : { networkName }),
      ...(rulesFile === undefined ? {} : { rulesFile: expandHome(rulesFile) }),
      ...(registryFile === undefined ? {} : { registryFile: expandHome(registryFile) }),
    });
  }
  const bytes = fromHex(genesis, 32);
  if (bytes === undefined) throw new UsageError("--genesis is a hash: 64 hex digits");
  const digest = rulesDigest(blake3, DEFAULT_RULES);
  return { network: NETWORKS.indexOf(network), genesis: bytes, rules: DEFAULT_RULES, rulesDigest: digest };
}

/** The largest payload of a certificate is 48 KiB: 98,304 hex digits. */
const FILE_MAX_BYTES = 200_000;

async function readHexFile(path: string): Promise<Uint8Array> {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    const why = cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
    throw new UsageError(`${path} can't be read (${why})`);
  });
  const bytes = text.length > FILE_MAX_BYTES ? undefined : fromHex(text.trim());
  if (bytes === undefined) throw new UsageError(`${path} is not the hex text of a certificate`);
  return bytes;
}

function answered(certified: CertifiedList) {
  const { taskId, submissionId, sumOfSquares, votedWeight, n, sum, ...rest } = certified;
  const scores = { n, sum, sum_of_squares: sumOfSquares };
  return { ok: true, task: taskId, submission: submissionId, ...scores, voted_weight: votedWeight, ...rest };
}

/** `verify-certificate`: prints what a certificate proves, or why it proves nothing. */
export async function verifyCertificateFile(
  { out, options }: CommandContext<VerifyCertificateOptions>,
  file: string,
): Promise<void> {
  const { blake3Of, loadKernel, verifyCertificate } = await import("../../kernel/index.js");
  const { readRosterFile } = await import("../../chain/index.js");
  const bytes = await readHexFile(expandHome(file));
  const { kernel } = await loadKernel();
  try {
    const identity = await identityOf(blake3Of(kernel), options);
    const rosters = await readRosterFile(expandHome(options.roster), identity);
    const { network, genesis, rules } = identity;
    const known = { network, rosters, rosterMax: rules.rosterMax };
    const result = await verifyCertificate(bytes, genesis, known, kernel);
    if (!result.ok) {
      const { refusal } = result;
      const meaning = MEANINGS[refusal];
      out.answer({ ok: false, refusal, meaning }, () => out.line(`refused: ${meaning} (${refusal})`));
      throw new ReportedFailure("verify-certificate");
    }
    const certified = result.value;
    out.answer(answered(certified), () => {
      out.pairs([
        ["submission", certified.submissionId],
        ["task", certified.taskId],
        ["submitter", certified.submitter],
        ["publisher", certified.publisher],
        ["scores", `${certified.n}, sum ${certified.sum}, sum of squares ${certified.sumOfSquares}`],
        ["votes", `${certified.votedWeight} of ${certified.weight} by weight, in round ${certified.round}`],
        ["value", certified.value],
        ["rules", certified.rules],
      ]);
      out.line("the certificate holds");
    });
  } finally {
    await kernel.close();
  }
}
