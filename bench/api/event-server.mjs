// An API server in a process of its own, with a node that does nothing but emit events. A message names a rate; the
// answer is the processor time that the seconds cost, without and with a subscriber.
import { createApiServer } from "../../dist/api/index.js";

const [, , tokenFile] = process.argv;
/** Events come in such steps, as they do when the disk has written a batch. */
const STEP_MS = 10;

let listener = () => undefined;
let sequence = 0;
const control = {
  subscribe(next) {
    listener = next;
    return () => undefined;
  },
  info: () => ({ eventSequence: sequence }),
  eventsAfter: async () => [],
};
const listen = { host: "127.0.0.1", port: 0 };
const server = await createApiServer({ control, listen, tokenFile, log: () => undefined });

function emit(count) {
  for (let i = 0; i < count; i++) {
    sequence++;
    const body = {
      task_id: sequence.toString(16).padStart(64, "0"),
      publisher: "ab".repeat(32),
      deadline: 1_800_000_000,
    };
    listener({ sequence, event: "task_published", body });
  }
}

/** Milliseconds of the processor that the process uses while it emits `rate` events a second. */
async function costOf({ rate, seconds }) {
  const before = process.cpuUsage();
  const began = performance.now();
  const first = sequence;
  await new Promise((resolve) => {
    const timer = setInterval(() => {
      const passed = performance.now() - began;
      emit(Math.floor((Math.min(passed, 1000 * seconds) * rate) / 1000) - (sequence - first));
      if (passed < 1000 * seconds) return;
      clearInterval(timer);
      resolve();
    }, STEP_MS);
  });
  const { user, system } = process.cpuUsage(before);
  return { cpuMs: (user + system) / 1000, wallMs: performance.now() - began, events: sequence - first };
}

process.on("message", (asked) => void costOf(asked).then((cost) => process.send(cost)));
process.on("disconnect", () => void server.stop().then(() => process.exit()));
process.send({ url: server.url, token: server.token });
