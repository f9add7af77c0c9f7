// A miner: answers every open task of GeneralTask.
//   node miner.js <data directory> <author key> <state file>
import { NodeRefusal } from "tos-ai-sync/client";
import { clientFor, insist, readState, saveState } from "./bot.js";

const [dataDirectory = "", author = "", stateFile = ""] = process.argv.slice(2);
const client = clientFor(dataDirectory);
const state = await readState(stateFile);

/** The work of a miner: here the number of words of the task. */
function solve(description: string, data: string): string {
  const words = `${description} ${data}`.split(/\s+/).filter((word) => word !== "");
  return `${words.length} words`;
}

/** Answers a task once: a repeated call with the same idempotency key publishes nothing. */
async function answer(taskId: string): Promise<void> {
  try {
    const task = await insist(() => client.call("ai_get_task_details", { task_id: taskId }));
    // The data of a task may come later than its announcement; a task without it is answered after the next event.
    if (task.task_data === null) {
      state.waiting.push(taskId);
      return;
    }
    const { description, data = "" } = task.task_data;
    const idempotency_key = `answer-${taskId.slice(0, 48)}`;
    const params = { task_id: taskId, answer: solve(description, data), author, idempotency_key };
    const { record } = await insist(() => client.call("ai_submit_solution", params));
    console.log(`submitted ${record.id} to ${taskId}`);
  } catch (error) {
    // Own task, over, cancelled, answered by another run: nothing to do. Another error is a defect of the bot.
    if (!(error instanceof NodeRefusal) || error.code === "bad_parameters") throw error;
    console.log(`skipped ${taskId}: ${error.code}`);
  }
}

/** Every open task, for the case that events were missed. */
async function* openTasks(): AsyncGenerator<string> {
  let after: string | undefined;
  do {
    const params = { task_type: "GeneralTask", ...(after === undefined ? {} : { after }) } as const;
    const page = await insist(() => client.call("ai_list_active_tasks", params));
    for (const { task_id: taskId } of page.tasks) yield taskId;
    after = page.next ?? undefined;
  } while (after !== undefined);
}

const onLost = (): void => console.log("the node does not answer; waiting for it");
for await (const event of client.events({ after: state.after, waitForNode: true, onLost })) {
  for (const taskId of state.waiting.splice(0)) await answer(taskId);
  if (event.event === "events_missed") for await (const taskId of openTasks()) await answer(taskId);
  if (event.event === "task_published" && event.task_type === "GeneralTask") await answer(event.task_id);
  state.after = event.sequence;
  await saveState(stateFile, state);
}
