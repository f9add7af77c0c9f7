// A validator's node whose owner is dishonest: the program tos-ai-sync for everything that its owner has no reason to
// change, and beside it an arm that forges (forging-arm.mjs). Told so by a line on standard input, {"double": ...}, it
// signs a second score for a submission, or by {"revote": ...} two votes; the answer is a line on standard output.
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { startStandalone } from "../../dist/plugin/index.js";
import { ForgingArm } from "./forging-arm.mjs";

const { values } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: "boolean" },
    "stop-with-stdin": { type: "boolean" },
    "dir-path": { type: "string" },
    api: { type: "string" },
    "p2p-listen": { type: "string" },
    bootstrap: { type: "string", multiple: true, default: [] },
    "rules-file": { type: "string" },
    "roster-file": { type: "string" },
    "network-name": { type: "string" },
  },
});
const choice = { network: "devnet", rulesFile: values["rules-file"], networkName: values["network-name"] };

const lines = createInterface({ input: process.stdin });
const ended = new Promise((resolve) => {
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, resolve);
  lines.once("close", resolve);
});

const [host, port] = values.api.split(":");
const node = await startStandalone({
  ...choice,
  rosterFile: values["roster-file"],
  dirPath: values["dir-path"],
  api: { host, port: Number(port) },
  listen: [values["p2p-listen"]],
  bootstrap: values.bootstrap,
});
const arm = new ForgingArm(node, choice, values["roster-file"]);
const say = (message) => console.log(JSON.stringify(message));

const { kernel, multiaddrs } = node.manager.control.info();
say({ event: "started", kernel, multiaddrs, data: node.data, api: node.apiUrl });

lines.on("line", (line) => {
  const { double, revote } = JSON.parse(line);
  const done =
    revote === undefined
      ? arm.double(double).then((record) => ({ event: "doubled", record }))
      : arm.revote(revote).then((votes) => ({ event: "revoted", votes }));
  done.then(say, (error) => say({ event: "failed", message: error.message }));
});

await ended;
await node.stop();
process.exit();
