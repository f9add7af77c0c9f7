// A node of this program that receives, with its API on a free port and its data in a scratch directory. It reports how
// many bundles it has answered, and measures itself on request.
import { readFileSync } from "node:fs";
import { openStandalone } from "../../dist/plugin/index.js";
import { serveNode } from "../../dist/plugin/served-node.js";
import { notify, serveChild } from "./child.mjs";
import { Measure, machineMs } from "./measure.mjs";
import { NETWORK_NAME, ownTask } from "./shape.mjs";

/** How often the sender hears how much was answered. */
const REPORT_MS = 5;
/** Counters whose sum is the number of answered bundles. */
const ANSWERS = ["bundles_in", "gossip_dropped"];

/** The node's own record at the end is counted too. */
const OWN_RECORDS = 1;

const listen = ["/ip4/127.0.0.1/tcp/0"];

await serveChild(async ({ dirPath }) => {
  let answered = 0;
  let reported = 0;
  let records = 0;
  let holds = () => false;
  let reached = () => undefined;
  let counts = {};

  const taken = (name, label, value) => {
    if (ANSWERS.includes(name)) answered += value;
    if (name === "records_in" && label === "new") records += value;
    if (holds()) reached();
  };
  const until = (condition) =>
    new Promise((resolve) => {
      holds = condition;
      reached = resolve;
      if (holds()) resolve();
    });
  const node = await serveNode(
    (metrics) => {
      const count = metrics.count.bind(metrics);
      metrics.count = (name, label, value = 1) => {
        count(name, label, value);
        taken(name, label, value);
        counts[`${name} ${label}`] = (counts[`${name} ${label}`] ?? 0) + value;
      };
      return openStandalone({ dirPath, networkName: NETWORK_NAME, listen });
    },
    { host: "127.0.0.1", port: 0 },
  );
  const { manager } = node;
  // The first own record waits until peers have answered, and the senders here answer nothing.
  await manager.control.publishTask(ownTask());
  const reporter = setInterval(() => {
    if (answered === reported) return;
    reported = answered;
    notify("answered", answered);
  }, REPORT_MS);

  /** When the event of each watched task came. */
  const watched = new Map();
  manager.control.subscribe(({ event, body }) => {
    if (event === "task_published" && watched.get(body.task_id) === null) watched.set(body.task_id, machineMs());
  });

  let measure;
  return {
    facts: { address: manager.multiaddrs[0], apiUrl: node.apiUrl, token: readFileSync(node.tokenFile, "utf8").trim() },
    handlers: {
      /**
       * Resolves when that many records are new, folded and written to the disk, or that many messages are answered:
       * some may have been dropped.
       */
      async take({ records: count, messages }) {
        records = 0;
        const before = answered;
        await until(() => answered > before);
        measure = new Measure();
        await until(() => records >= count || answered - before >= messages);
        // Writes are made in order: the answer about an own record comes after all writes before it.
        await manager.control.publishTask(ownTask());
        if (records <= OWN_RECORDS) throw new Error("no record was new: are they older than gossip takes?");
        return { records: records - OWN_RECORDS, ...measure.end() };
      },
      begin() {
        counts = {};
        measure = new Measure();
      },
      end: () => ({ ...measure.end(), counts }),
      watch(ids) {
        for (const id of ids) watched.set(id, null);
      },
      seen: () => [...watched],
      answered: () => answered,
    },
    async stop() {
      clearInterval(reporter);
      await node.stop();
    },
  };
});
