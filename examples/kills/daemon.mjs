// A fake daemon that can be killed for good: what happens on its chain is written down before it happens, and a new
// process with the same log has the same chain. Arguments: log file, port, milliseconds per block. Commands on standard
// input, one JSON line each; standard output answers each with one.
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { FakeDaemon } from "../../dist/testing/index.js";

const [log, port, blockMs] = process.argv.slice(2);
const daemon = new FakeDaemon({ port: Number(port), seed: "kills", profile: "ai" });

const actions = {
  mine: () => daemon.mine(),
  register: ({ key }) => daemon.registerMiner(key),
  reorganise: ({ depth }) => daemon.reorganise(Math.min(depth, daemon.chain.topoheight)),
};

function act(action) {
  appendFileSync(log, `${JSON.stringify(action)}\n`);
  actions[action.kind](action);
}

const questions = {
  top: () => ({ topoheight: daemon.chain.topoheight, hash: daemon.chain.top.hash }),
  hashes: () => daemon.chain.range(0, daemon.chain.topoheight).map(({ hash }) => hash),
  /** Keys whose registration is in a stable block. */
  registered: () => {
    const { chain } = daemon;
    const executed = chain.range(0, chain.stableTopoheight).flatMap(({ transactions }) => transactions);
    return executed.flatMap(({ action }) => (action.kind === "register" ? [action.key] : [])).sort();
  },
  /** No more blocks. */
  hold: () => {
    clearInterval(mining);
    return questions.top();
  },
};

if (existsSync(log)) {
  // The last line may have been cut off by the kill: what it says has not happened.
  const lines = readFileSync(log, "utf8").split("\n").slice(0, -1);
  for (const line of lines) actions[JSON.parse(line).kind](JSON.parse(line));
} else {
  for (let i = 0; i < 20; i++) act({ kind: "mine" });
}
await daemon.start();
const mining = setInterval(() => act({ kind: "mine" }), Number(blockMs));
const say = (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`);
createInterface({ input: process.stdin })
  .on("line", (line) => {
    const asked = JSON.parse(line);
    const answer = questions[asked.kind];
    if (answer === undefined) act(asked);
    say(answer === undefined ? {} : answer());
  })
  .once("close", () => process.exit(0));
say({ port: daemon.port, url: daemon.url, genesis: daemon.chain.at(0).hash });
