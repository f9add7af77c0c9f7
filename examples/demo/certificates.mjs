// The last act of the demo: the roster votes, and a certificate is checked without any node.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readRosterFile } from "../../dist/chain/index.js";
import { blake3Of, loadKernel, verifyCertificate } from "../../dist/kernel/index.js";
import { networkIdentity } from "../../dist/plugin/index.js";
import { runCommand } from "./node-process.mjs";

/** Makes the author keys of the validators before their first start, and writes them into a roster of equal weights. */
export async function makeRoster(scenario, directory) {
  const voters = scenario.cast.filter(({ role }) => role === "validator" || role === "cheater");
  const members = [];
  for (const { name } of voters) {
    const made = await runCommand(["key", "new", "default", "--json", "--dir-path", join(directory, name)]);
    members.push({ key: JSON.parse(made).key, weight: 10 });
  }
  const path = join(directory, "roster.json");
  await writeFile(path, JSON.stringify({ network: "devnet", rosters: [{ from_day: 0, members }] }));
  return path;
}

/** The certificates by submission, when every node has one of each. */
export async function certificatesOf(market) {
  const found = new Map();
  for (const [id, { label }] of market.submissions) {
    const answers = await market.everyone(`the certificate of ${label}`, async (node) => {
      const { certificates, contested } = await node.call("ai_get_certificates", { submission_id: id });
      return certificates.length === 1 && !contested ? certificates[0] : undefined;
    });
    const values = new Set(answers.map(({ value }) => value));
    if (values.size > 1) throw new Error(`the nodes have ${values.size} certificates of "${label}"`);
    found.set(id, answers[0]);
  }
  return found;
}

/** Checks each certificate, and a forged copy of each, with the rosters and without a node. */
export async function checkCertificates(account, market, certificates, { directory, rosterFile, network }) {
  const { kernel } = await loadKernel();
  const count = { held: 0, refused: 0 };
  try {
    const identity = await networkIdentity(blake3Of(kernel), network);
    const rosters = { network: identity.network, rosters: await readRosterFile(rosterFile, identity) };
    for (const [id, { certificate }] of certificates) {
      const bytes = Buffer.from(certificate, "hex");
      const { ok, value } = await verifyCertificate(bytes, identity.genesis, rosters, kernel);
      if (ok && value.submissionId === id) count.held++;
      bytes[bytes.length - 1] ^= 1;
      const forged = await verifyCertificate(bytes, identity.genesis, rosters, kernel);
      if (forged.refusal === "bad_signature") count.refused++;
      const scores = `${value?.n} scores with the sum ${value?.sum}`;
      const weight = `${value?.votedWeight} of ${value?.weight} by weight`;
      account.say("anybody", "can check a verdict", `"${market.submissions.get(id).label}": ${scores}; ${weight}`);
    }
  } finally {
    await kernel.close();
  }
  await checkByCommand(account, certificates, { directory, rosterFile, network });
  return count;
}

/** The same for the first certificate by the command line. */
async function checkByCommand(account, [[, { certificate }]], { directory, rosterFile, network }) {
  const path = join(directory, "certificate.hex");
  await writeFile(path, certificate);
  const options = ["--roster", rosterFile, "--rules-file", network.rulesFile, "--network-name", network.networkName];
  const printed = await runCommand(["verify-certificate", path, ...options]);
  account.say("anybody", "verify-certificate", printed.trim().split("\n").at(-1));
}

/** The proofs of members who voted for two values in one step, as one node has them. */
export async function doubleVoters(market) {
  const { alerts } = await market.nodes[0].call("ai_get_fraud_alerts", { limit: 200 });
  return alerts.filter(({ kind }) => kind === 3).map(({ equivocator, proof }) => ({ equivocator, proof }));
}
