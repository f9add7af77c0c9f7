// Whether the demo showed what it claims: the one object that it ends with.
import { countedBy, exclusionsIn, recordsOf } from "./views.mjs";

/** `cheaters`: keys by name. Everything is asked of every node: one that differs is enough to fail. */
export async function judge(market, views, cheaters, { held, refused, revoted }) {
  const count = (kind) => market.records.filter((record) => record.kind === kind).length;
  const digestsEqual = new Set(views.map(({ digest }) => digest)).size === 1;
  const excluded = [...cheaters].filter(([name, key]) => isExcludedEverywhere(market, views, name, key)).length;
  const sound =
    excluded === cheaters.size &&
    !anyWronged(views, new Set(cheaters.values())) &&
    held === market.submissions.size &&
    refused === held &&
    market.revoters.every((key) => revoted.some(({ equivocator }) => equivocator === key)) &&
    // A certificate is a member of the set too.
    views.every(({ records }) => records === market.records.length + held) &&
    (await everyoneHoldsAll(market, cheaters));
  return {
    ok: digestsEqual && sound && market.restartLost === 0,
    nodes: views.length,
    digests_equal: digestsEqual,
    tasks: count("task"),
    submissions: count("submission"),
    validations: count("validation"),
    consensus_reached: agreedIn(views[0]),
    certified: held,
    forged_certificates_refused: refused,
    excluded_validators: excluded,
    double_voters: new Set(revoted.map(({ equivocator }) => equivocator)).size,
    restart_lost: market.restartLost,
    late_joiner_caught_up_ms: market.lateJoinerCaughtUpMs,
    kernel: market.kernel,
  };
}

/** In each task that its doubled records name, on every node. */
function isExcludedEverywhere(market, views, name, key) {
  const tasks = market.doubles.filter(({ node }) => node.name === name).map(({ taskId }) => taskId);
  return tasks.every((taskId) =>
    views.every((view) => exclusionsIn(view, taskId).has(key) && countedBy(view, taskId, key) === 0),
  );
}

/** An author who did not cheat is excluded from a task. */
function anyWronged(views, guilty) {
  const excluded = views.flatMap(({ tasks }) => tasks).flatMap(({ excluded_authors: authors }) => authors);
  return excluded.some(({ author }) => !guilty.has(author));
}

/** Of the honest records: the API shows a cheater's records only as proofs, and the digest covers them. */
async function everyoneHoldsAll(market, cheaters) {
  const honest = market.records.filter(({ node }) => !cheaters.has(node.name));
  const held = await Promise.all(market.nodes.map((node) => recordsOf(node, market.tasks.keys())));
  return held.every((ids) => honest.every(({ id }) => ids.has(id)));
}

function agreedIn(view) {
  return view.tasks.flatMap(({ submissions }) => submissions).filter(({ verdict }) => verdict.reached).length;
}
