// Nine nodes on loopback play a scenario: a publisher, two miners, five validators of whom one is dishonest, and one
// that joins late. A validator is killed during the run and starts again on its data. At the end the validators vote.
// The exit code is 0 only if all nine have the same state digest, each verdict has one certificate that holds without a
// node, the dishonest validator is excluded from each task in which it equivocated and shown with its two votes, and no
// acknowledged record is lost. With --json the last line is one object; --scenario <file> plays another scenario.
import { readFile } from "node:fs/promises";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseRules } from "../../dist/protocol/rules.js";
import { Account } from "./account.mjs";
import { certificatesOf, checkCertificates, doubleVoters, makeRoster } from "./certificates.mjs";
import { readCommandLine } from "./command-line.mjs";
import { demoDirectory, removeDirectory } from "./directory.mjs";
import { judge } from "./judgement.mjs";
import { Market } from "./market.mjs";
import { readScenario } from "./scenario.mjs";
import { showViews } from "./tables.mjs";
import { viewOf } from "./views.mjs";

const SCENARIO = fileURLToPath(new URL("../scenarios/market.json", import.meta.url));
/** Short windows instead of a day: rules of this network, which its nodes hold each other to. */
const RULES = fileURLToPath(new URL("../scenarios/market-rules.json", import.meta.url));
const NETWORK = { network: "devnet", networkName: "market", rulesFile: RULES };
const COLOURS = { publisher: "cyan", miner: "yellow", validator: "green", cheater: "red", latecomer: "magenta" };
const CLOSING =
  "Deadlines and validation windows last seconds here, by the rules of this network. When the last one is over, the " +
  "validators vote by themselves, once each of them has listened for 30 s whether another machine uses its key.";
const CHECKING =
  "Each node has a certificate of each verdict: what was counted, with the votes of more than two thirds of the weight. " +
  "The command verify-certificate needs the roster and no node, and it refuses each copy with a changed signature.";

const options = readCommandLine("npm run demo -- [--json] [--scenario FILE]", {
  json: { type: "boolean" },
  scenario: { type: "string" },
});

let market;
let interrupted = false;

async function play(scenario, account, files) {
  account.title(scenario.name, scenario.description);
  account.columns(
    ["NODE", "ROLE", ""],
    scenario.cast.map(({ name, role, who }) => [name, ROLES[role] ?? role, who]),
  );
  account.line();
  await market.open();
  await market.play();
  account.why(CLOSING);
  await market.closing();
  const certificates = await certificatesOf(market);
  account.why(CHECKING);
  const checked = await checkCertificates(account, market, certificates, files);
  // One that does not come to the same is shown with what it says, and fails the demo.
  await market.agreement().catch(() => undefined);
  const { settledSeconds, tasks } = market;
  const views = await Promise.all(market.nodes.map((node) => viewOf(node, [...tasks.keys()], settledSeconds)));
  const cheaters = await market.authorsOf("cheater");
  const revoted = await doubleVoters(market);
  showViews(account, market, views, cheaters, revoted);
  return judge(market, views, cheaters, { ...checked, revoted });
}

const ROLES = { cheater: "validator" };

async function run() {
  let account = new Account(!options.json);
  let directory;
  try {
    const scenario = await readScenario(options.scenario ?? relative(process.cwd(), SCENARIO));
    const rules = parseRules(JSON.parse(await readFile(RULES, "utf8")));
    if (!rules.ok) throw new Error(`${RULES} names an unknown rule, or a value out of its range`);
    const { validationWindowSeconds } = rules.value;
    account = new Account(
      !options.json,
      Object.fromEntries(scenario.cast.map(({ name, role }) => [name, COLOURS[role]])),
    );
    directory = await demoDirectory();
    const rosterFile = await makeRoster(scenario, directory);
    const words = ["--rules-file", RULES, "--network-name", NETWORK.networkName, "--roster-file", rosterFile];
    market = new Market({ scenario, account, directory, options: words, validationWindowSeconds });
    if (interrupted) await market.stop();
    return { account, result: await play(scenario, account, { directory, rosterFile, network: NETWORK }) };
  } catch (error) {
    return { account, result: { ok: false, error: error.message } };
  } finally {
    await market?.stop();
    if (directory !== undefined) await removeDirectory(directory);
  }
}

for (const signal of ["SIGINT", "SIGTERM"]) {
  process.on(signal, () => {
    interrupted = true;
    // The running step fails then, and run() cleans up.
    void market?.stop();
  });
}

const { account, result } = await run();
account.line();
if (options.json) console.log(JSON.stringify(result));
else
  account.end(
    result,
    "All nine agree, every verdict is certified, the cheater is excluded, and no acknowledged record was lost.",
  );
process.exitCode = interrupted ? 130 : result.ok ? 0 : 1;
