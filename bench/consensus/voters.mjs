// Seven validators in processes of their own certify submissions. Prints one JSON object: for each submission the
// seconds from the end of its window to its certificate, and its round; votes cast and received by all nodes.
//   node bench/consensus/voters.mjs SUBMISSIONS
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fromHex } from "../../dist/protocol/bytes.js";
import { decodeCertificate } from "../../dist/protocol/verdict-messages.js";
import { makeRoster } from "../../examples/demo/certificates.mjs";
import { NodeProcess, runCommand } from "../../examples/demo/node-process.mjs";
import { until } from "../../examples/demo/until.mjs";

const NODES = 7;
const RULES = { validationWindowSeconds: 10, startWaitSeconds: 1, quietSeconds: 30 };
/** Validators listen for other uses of their keys for 30 s first. */
const DEADLINE_SECONDS = 45;
const PATIENCE_MS = 400_000;
const SUBMISSIONS = Number(process.argv[2]);

const directory = await mkdtemp(join(tmpdir(), "bench-consensus-"));
const nodes = [];

async function open() {
  const cast = Array.from({ length: NODES }, (_, i) => ({ name: `v${i}`, role: "validator" }));
  const rosterFile = await makeRoster({ cast }, directory);
  const rulesFile = join(directory, "rules.json");
  await writeFile(rulesFile, JSON.stringify(RULES));
  for (const name of ["publisher", "miner"]) {
    await runCommand(["key", "new", name, "--dir-path", join(directory, "v0")]);
  }
  const options = ["--rules-file", rulesFile, "--roster-file", rosterFile, "--network-name", "bench"];
  for (const { name } of cast) {
    const node = new NodeProcess(name, join(directory, name), { options });
    await node.start(nodes.map(({ multiaddr }) => multiaddr));
    nodes.push(node);
  }
}

/** The submissions, each of a task of its own, with a score of every member; by id the end of the window in ms. */
async function fill() {
  const ends = new Map();
  const [first] = nodes;
  for (let i = 0; i < SUBMISSIONS; i++) {
    const { task_id: taskId, deadline } = await first.call("ai_publish_task", {
      author: "publisher",
      task_type: { GeneralTask: { category: "bench", subcategory: String(i) } },
      description: `task ${i}`,
      data: "",
      reward_amount: "5000000000",
      duration_seconds: DEADLINE_SECONDS,
      difficulty_level: "Beginner",
    });
    const answer = { author: "miner", task_id: taskId, answer: `answer ${i}` };
    const { record } = await first.call("ai_submit_solution", answer);
    ends.set(record.id, 1000 * (deadline + RULES.validationWindowSeconds));
  }
  await Promise.all(
    nodes.map(async (node, i) => {
      for (const id of ends.keys()) {
        await until(PATIENCE_MS, "the submission", () =>
          node.call("ai_get_submission", { submission_id: id }).catch(() => undefined),
        );
        await node.call("ai_validate_submission", {
          author: "default",
          submission_id: id,
          // Too far apart for a verdict, so that no vote starts before the window is over.
          result: { Approve: { quality_score: i % 2 === 0 ? 10 : 90, reasoning: "" } },
        });
      }
    }),
  );
  return ends;
}

async function certificates(ends) {
  const found = new Map();
  await until(PATIENCE_MS, "the certificates", async () => {
    for (const [id, endMs] of ends) {
      if (found.has(id)) continue;
      const { certificates: held } = await nodes.at(-1).call("ai_get_certificates", { submission_id: id });
      if (held.length === 0) continue;
      const { value } = decodeCertificate(fromHex(held[0].certificate));
      found.set(id, { seconds: (Date.now() - endMs) / 1000, round: value.round });
    }
    return found.size === ends.size || undefined;
  });
  return [...found.values()];
}

/** The sum of a counter over all nodes. */
async function sumOf(pattern) {
  let sum = 0;
  for (const node of nodes) {
    const response = await fetch(`${node.api}/metrics`, { headers: { authorization: `Bearer ${node.token}` } });
    for (const line of (await response.text()).split("\n"))
      if (pattern.test(line)) sum += Number(line.split(" ").at(-1));
  }
  return sum;
}

try {
  await open();
  const ends = await fill();
  const certified = await certificates(ends);
  const cast = await sumOf(/^tos_ai_sync_broadcasts_total\{label="vote"\}/);
  const received = await sumOf(/^tos_ai_sync_messages_in_total\{/);
  console.log(JSON.stringify({ nodes: NODES, certified, cast, received }));
} finally {
  await Promise.all(nodes.map((node) => node.stop()));
  await rm(directory, { recursive: true });
}
