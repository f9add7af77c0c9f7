// A validator: scores every submission whose answer the node holds.
//   node validator.js <data directory> <author key> <state file>
import { setInterval } from "node:timers/promises";
import { NodeRefusal } from "tos-ai-sync/client";
import { clientFor, insist, readState, saveState } from "./bot.js";

/** How often the submissions are tried whose answers the node did not hold: most come after the deadline. */
const TRY_AGAIN_MS = 10_000;

const [dataDirectory = "", author = "", stateFile = ""] = process.argv.slice(2);
const client = clientFor(dataDirectory);
const state = await readState(stateFile);

/** The work of a validator: here whether the answer counts words. */
function judge(answer: string): { readonly score: number; readonly reasoning: string } {
  return /^\d+ words$/.test(answer) ? { score: 90, reasoning: "a count" } : { score: 10, reasoning: "no count" };
}

/** Whether the submission needs no other try. */
async function validate(submissionId: string): Promise<boolean> {
  try {
    const submission = await insist(() => client.call("ai_get_submission", { submission_id: submissionId }));
    if (submission.content === null) return false;
    const { score, reasoning } = judge(submission.content.answer ?? "");
    const params = {
      submission_id: submissionId,
      result: { Approve: { quality_score: score, reasoning } },
      author,
      // The same key after a restart of this bot: the node publishes the validation once.
      idempotency_key: `score-${submissionId.slice(0, 48)}`,
    };
    const { record } = await insist(() => client.call("ai_validate_submission", params));
    console.log(`validated ${submissionId} with ${score}: ${record.id}`);
  } catch (error) {
    // Own submission or task, over, validated by another run. Another error is a defect of the bot.
    if (!(error instanceof NodeRefusal) || error.code === "bad_parameters") throw error;
    console.log(`skipped ${submissionId}: ${error.code}`);
  }
  return true;
}

/** Validates the submissions that events name. */
async function follow(): Promise<void> {
  const onLost = (): void => console.log("the node does not answer; waiting for it");
  for await (const event of client.events({ after: state.after, waitForNode: true, onLost })) {
    if (event.event === "events_missed") state.waiting.push(...(await missed()));
    const isNew = event.event === "submission_received";
    if (isNew && !(await validate(event.submission_id))) state.waiting.push(event.submission_id);
    state.after = event.sequence;
    await saveState(stateFile, state);
  }
}

/** The submissions of every task, for the case that events were missed. */
async function missed(): Promise<string[]> {
  const found: string[] = [];
  let after: string | undefined;
  do {
    const params = { status: "all", ...(after === undefined ? {} : { after }) } as const;
    const page = await insist(() => client.call("ai_list_active_tasks", params));
    for (const { task_id } of page.tasks) {
      const { submissions } = await insist(() => client.call("ai_get_task_details", { task_id }));
      found.push(...submissions.map(({ submission_id: id }) => id));
    }
    after = page.next ?? undefined;
  } while (after !== undefined);
  return found;
}

async function tryAgain(): Promise<void> {
  for await (const _tick of setInterval(TRY_AGAIN_MS)) {
    for (const id of [...state.waiting]) {
      if (!(await validate(id))) continue;
      state.waiting = state.waiting.filter((one) => one !== id);
      await saveState(stateFile, state);
    }
  }
}

await Promise.all([follow(), tryAgain()]);
