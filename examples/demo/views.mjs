// What each node believes, asked through its API, and whether all believe the same.

/** The state digest at a full minute; undefined while a node is reading something back. */
export async function digestOf(node, atSeconds) {
  const answer = await node.call("ai_get_state_digest", { at: atSeconds }).catch(() => undefined);
  return answer === undefined ? `none of ${node.name}` : answer.digest;
}

/**
 * Ids of all records that the node shows in these tasks: those that count, and those that prove that somebody doesn't.
 */
export async function recordsOf(node, taskIds) {
  const held = new Set();
  for (const taskId of new Set(taskIds)) {
    const details = await node.call("ai_get_task_details", { task_id: taskId }).catch(() => undefined);
    if (details === undefined) continue;
    if (details.deadline !== undefined) held.add(details.task_id);
    for (const submission of details.submissions) {
      held.add(submission.submission_id);
      for (const validation of submission.validations) held.add(validation.validation_id);
    }
    for (const { proof } of details.excluded_authors) for (const id of proof) held.add(id);
  }
  return held;
}

/** One node's view of everything. */
export async function viewOf(node, taskIds, atSeconds) {
  const [tasks, state, { peers }] = await Promise.all([
    Promise.all(taskIds.map((taskId) => node.call("ai_get_task_details", { task_id: taskId }))),
    node.call("ai_get_state_digest", { at: atSeconds }),
    node.call("ai_get_peers"),
  ]);
  return { name: node.name, tasks, digest: state.digest, records: state.records, peers };
}

/** A submission as one view has it, in one line of text that is equal where the views are. */
export function verdictText(view, submissionId) {
  const found = view.tasks.flatMap(({ submissions }) => submissions).find((one) => one.submission_id === submissionId);
  if (found === undefined) return undefined;
  const { verdict, validations } = found;
  return {
    validators: verdict.validators,
    scores: validations
      .map(({ score }) => score)
      .sort((a, b) => b - a)
      .join(" "),
    mean: verdict.mean === null ? "-" : verdict.mean.toFixed(2),
    confidence: verdict.confidence.toFixed(2),
    reached: verdict.reached ? "yes" : "no",
  };
}

/** Authors excluded from a task, by key, as one view has them. */
export function exclusionsIn(view, taskId) {
  return new Map(
    view.tasks
      .filter((task) => task.task_id === taskId)
      .flatMap(({ excluded_authors: authors }) => authors.map((entry) => [entry.author, entry])),
  );
}

/** Validations by this author that count in a task, as one view has them. */
export function countedBy(view, taskId, author) {
  return view.tasks
    .filter((task) => task.task_id === taskId)
    .flatMap(({ submissions }) => submissions)
    .flatMap(({ validations }) => validations)
    .filter(({ validator }) => validator === author).length;
}
