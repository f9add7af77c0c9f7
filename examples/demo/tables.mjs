// The end of the account: what each node believes, side by side.
import { exclusionsIn, verdictText } from "./views.mjs";

/** `market` with everything played, one view of each node, the cheaters' keys by name, and who voted twice. */
export function showViews(account, market, views, cheaters, revoted) {
  verdicts(account, market, views);
  nodes(account, market, views, cheaters);
  proofs(account, market, views, cheaters);
  for (const [name, key] of cheaters) {
    for (const { proof } of revoted.filter(({ equivocator }) => equivocator === key)) {
      const [one, other] = proof.map((id) => id.slice(0, 16));
      account.line(`${account.name(name, name.length)} voted twice in one step: ${one} and ${other}.`);
    }
  }
}

function verdicts(account, market, views) {
  const heading = ["SUBMISSION", "SCORES", "WEIGHTED MEAN", "CONFIDENCE", "AGREED", "SEEN SO BY"];
  const rows = [...market.submissions].flatMap(([id, { label }]) => {
    const seen = new Map();
    for (const view of views) {
      const text = JSON.stringify(verdictText(view, id) ?? null);
      seen.set(text, [...(seen.get(text) ?? []), view.name]);
    }
    return [...seen].map(([text, names]) => {
      const { scores, mean, confidence, reached } = JSON.parse(text) ?? NOT_HELD;
      const by = names.length === views.length ? `all ${views.length} nodes` : names.join(", ");
      return [label, scores, mean, confidence, reached, by];
    });
  });
  account.columns(heading, rows);
}

const NOT_HELD = { scores: "not held", mean: "-", confidence: "-", reached: "-" };

function nodes(account, market, views, cheaters) {
  const minute = new Date(market.settledSeconds * 1000).toISOString().slice(11, 16);
  const names = new Map([...cheaters].map(([name, key]) => [key, name]));
  const heading = [
    "NODE",
    "TASKS",
    "AGREED",
    "EXCLUDED",
    "RECORDS",
    "PEERS",
    "THEIR SCORES",
    `STATE DIGEST AT ${minute} UTC`,
  ];
  const rows = views.map((view) => {
    const submissions = view.tasks.flatMap((task) => task.submissions);
    const agreed = submissions.filter(({ verdict }) => verdict.reached).length;
    const excluded = view.tasks.flatMap(({ excluded_authors: authors }) => authors);
    const scores = view.peers.map(({ score }) => score).sort((a, b) => a - b);
    return [
      view.name,
      states(view.tasks),
      `${agreed} of ${submissions.length}`,
      excluded.map(({ author }) => names.get(author) ?? author.slice(0, 8)).join(" ") || "nobody",
      String(view.records),
      String(view.peers.length),
      scores.length === 0 ? "-" : `${scores[0].toFixed(2)} to ${scores.at(-1).toFixed(2)}`,
      view.digest.slice(0, 24),
    ];
  });
  account.columns(heading, rows);
}

/** "2 Completed, 1 Expired". */
function states(tasks) {
  const counts = new Map();
  for (const { status } of tasks) counts.set(status, (counts.get(status) ?? 0) + 1);
  return [...counts].map(([status, count]) => `${count} ${status}`).join(", ");
}

function proofs(account, market, views, cheaters) {
  account.line();
  for (const [name, key] of cheaters) {
    for (const taskId of new Set(market.doubles.map((double) => double.taskId))) {
      const found = exclusionsIn(views[0], taskId).get(key);
      if (found === undefined) continue;
      const { label } = market.tasks.get(taskId);
      const [one, other] = found.proof.map((id) => id.slice(0, 16));
      const why = found.reason.replaceAll("_", " ");
      account.line(`${account.name(name, name.length)} is excluded from "${label}": ${why}, ${one} and ${other}.`);
    }
  }
}
