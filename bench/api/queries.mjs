// Pages of a list, and single answers, of a node that holds many records: over HTTP from another process, one call
// after the other. The records come from a peer, as in bench:e2e.
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { NodeClient } from "../../dist/api/node-client/index.js";
import { startChild } from "../e2e/child.mjs";
import { BUNDLE_RECORDS, SUBMISSIONS } from "../e2e/shape.mjs";
import { atMost, percentile } from "./rows.mjs";

const RECORDS = 200_000;
const QUICK_RECORDS = 20_000;
const CALLS = 1000;
const QUICK_CALLS = 100;
const BAR_MS = 50;
const PAGE_TASKS = 50;
/** A prime: single answers are of tasks all over the list. */
const STRIDE = 7919;
const FIRST_AUTHOR = 1;
const MAKER = new URL("../e2e/make-records.mjs", import.meta.url).pathname;

const run = promisify(execFile);

/** Milliseconds of each call that `next` makes. */
async function timesOf(calls, next) {
  const times = [];
  for (let i = 0; i < calls; i++) {
    const began = performance.now();
    await next();
    times.push(performance.now() - began);
  }
  return times;
}

async function measure(client, calls) {
  let after;
  const ids = [];
  const pages = await timesOf(calls, async () => {
    const page = await client.call("ai_list_active_tasks", { limit: PAGE_TASKS, ...(after && { after }) });
    ids.push(...page.tasks.map((task) => task.task_id));
    after = page.next ?? undefined;
  });
  let at = 0;
  const id = () => {
    at = (at + STRIDE) % ids.length;
    return ids[at];
  };
  return {
    pages,
    details: await timesOf(calls, () => client.call("ai_get_task_details", { task_id: id() })),
    shortIds: await timesOf(calls, () => client.call("ai_resolve_id", { prefix: id().slice(0, 16), kind: "task" })),
    infos: await timesOf(calls, () => client.call("ai_get_network_info")),
  };
}

/** One node, one peer that sends it the records, and the calls. */
export async function queryRows({ quick }) {
  const records = quick ? QUICK_RECORDS : RECORDS;
  const folder = await mkdtemp(join(tmpdir(), "bench-api-queries-"));
  const started = [];
  try {
    const file = join(folder, "records");
    await run(process.execPath, [MAKER, file, records, SUBMISSIONS, FIRST_AUTHOR].map(String));
    const receiver = await startChild("receiver.mjs", { dirPath: `${folder}/` });
    started.push(receiver);
    const sender = await startChild("sender.mjs", { file });
    started.push(sender);
    receiver.on("answered", (count) => sender.tell("answered", count));
    await sender.ask("connect", { address: receiver.facts.address });
    const taken = receiver.ask("take", { records, messages: Math.ceil(records / BUNDLE_RECORDS) });
    await sender.ask("push", { from: 0, count: records, size: BUNDLE_RECORDS });
    await taken;
    await sender.stop();
    const { apiUrl: url, token } = receiver.facts;
    const client = new NodeClient({ access: { url, token } });
    const held = (await client.call("ai_get_network_info")).records;
    const { pages, details, shortIds, infos } = await measure(client, quick ? QUICK_CALLS : CALLS);
    const at = `at ${held.toLocaleString("en")} records, 99 of 100 calls`;
    const row = (name, values) => atMost(`${name} ${at}`, percentile(values, 99), "ms", BAR_MS, { values });
    return [
      row(`page of ${PAGE_TASKS} tasks`, pages),
      row("one task", details),
      row("id from its first 16 digits", shortIds),
      row("network info", infos),
    ];
  } finally {
    await Promise.all(started.map((child) => child.stop()));
    await rm(folder, { recursive: true });
  }
}
