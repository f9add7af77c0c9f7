// The side of a node that follows a daemon, alone: chain, registry and its file. Tells each chain event as one JSON
// line; `report` on standard input asks for what it holds. Arguments: URL, genesis, file of the registry's memory.
import { createInterface } from "node:readline";
import { ChainRegistry, DaemonChain } from "../../dist/chain/index.js";
import { blake3Of, loadKernel } from "../../dist/kernel/index.js";
import { ChainMemoryFile } from "../../dist/plugin/chain-memory-file.js";
import { fromHex } from "../../dist/protocol/bytes.js";

const DEVNET = 3;
const [url, genesisHex, file] = process.argv.slice(2);
const genesis = fromHex(genesisHex, 32);
const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const { kernel } = await loadKernel({ force: "reference" });
const registry = new ChainRegistry({
  blake3: blake3Of(kernel),
  genesis,
  rosters: [],
  memory: new ChainMemoryFile(file),
  lookup: async () => undefined,
  log: () => undefined,
});

/** The registry. It writes its place in the stream when the chain asks for it. */
const facts = {
  facts: () => registry.facts(),
  startFrom: () => {
    const start = registry.startFrom();
    say({ kind: "start", ...start });
    return start;
  },
  chain: (event) => registry.chain(event),
  asked: () => undefined,
  start: (tell) => registry.start(tell),
  stop: () => registry.stop(),
};
const chain = new DaemonChain({ url, network: DEVNET, genesis, facts, log: () => undefined, count: () => undefined });
chain.subscribe((event) => {
  switch (event.kind) {
    case "block":
      say({ kind: "block", topoheight: event.block.topoheight, hash: event.block.hash });
      break;
    case "head":
      say({ kind: "head", topoheight: event.head.topoheight, hash: event.head.hash });
      break;
    case "rewound":
    case "skipped":
    case "degraded":
    case "healed":
      say({ ...event, head: undefined });
      break;
    default:
      break;
  }
});
await chain.start();

function report() {
  globalThis.gc?.();
  const { registry: known } = registry.facts();
  say({
    kind: "report",
    authors: known.kind === "listed" ? [...known.authors.keys()].sort() : [],
    resources: process.getActiveResourcesInfo().length,
    heap: process.memoryUsage().heapUsed,
  });
}

createInterface({ input: process.stdin })
  .on("line", report)
  .once("close", () => void chain.stop().then(() => process.exit(0)));
