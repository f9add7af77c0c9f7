// What one subscriber costs the process that serves it, at 1,000 events a second: the processor time with the
// subscriber less that without one, as a part of one core.
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { NodeClient } from "../../dist/api/node-client/index.js";
import { atMost, median } from "./rows.mjs";

const RATE = 1000;
const ROUNDS = 5;
const SECONDS = 10;
const QUICK_ROUNDS = 1;
const QUICK_SECONDS = 3;
const BAR_PERCENT = 3;
const SERVER = fileURLToPath(new URL("event-server.mjs", import.meta.url));

async function cost(server, seconds, rate) {
  server.send({ rate, seconds });
  const [{ cpuMs, wallMs, events }] = await once(server, "message");
  return { share: (100 * cpuMs) / wallMs, events };
}

/**
 * The part of a core, in percent, that one subscriber costs. The first seconds, in which the code is compiled, are not
 * counted. Throws if the subscriber lacks an event.
 */
async function subscriberCost(server, access, seconds) {
  const over = new AbortController();
  let received = 0;
  const events = new NodeClient({ access }).events({ after: 0, signal: over.signal });
  const reading = (async () => {
    for await (const _event of events) received++;
  })();
  // The subscription is answered before the first event.
  await new Promise((resolve) => setTimeout(resolve, 500));
  const warm = await cost(server, seconds, RATE);
  const busy = await cost(server, seconds, RATE);
  const sent = warm.events + busy.events;
  const deadline = performance.now() + 5000;
  while (received < sent && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));
  over.abort();
  await reading;
  if (received < sent) throw new Error(`the subscriber got ${received} of ${sent} events`);
  const idle = await cost(server, seconds, RATE);
  return busy.share - idle.share;
}

export async function eventRows({ quick }) {
  const folder = await mkdtemp(join(tmpdir(), "bench-api-events-"));
  const [rounds, seconds] = quick ? [QUICK_ROUNDS, QUICK_SECONDS] : [ROUNDS, SECONDS];
  const values = [];
  try {
    for (let round = 0; round < rounds; round++) {
      const server = fork(SERVER, [join(folder, "api.token")]);
      const [access] = await once(server, "message");
      values.push(await subscriberCost(server, access, seconds));
      server.disconnect();
      await once(server, "exit");
    }
  } finally {
    await rm(folder, { recursive: true });
  }
  const name = `one subscriber at ${RATE.toLocaleString("en")} events/s, of one core`;
  return [atMost(name, median(values), "%", BAR_PERCENT, { values })];
}
