// A node in a process of its own that a test may stop or kill. It runs from the built files and prints its address.
// Usage: child.mjs <libp2p key, hex> <listen> [bootstrap...]
import { randomBytes } from "node:crypto";
import { blake3Of, ReferenceKernel } from "../../dist/kernel/index.js";
import { createNetwork } from "../../dist/network/index.js";
import { DEFAULT_RULES, rulesDigest, standaloneGenesis } from "../../dist/protocol/rules.js";
import { strandTopic } from "../../dist/protocol/strand.js";
import { packItems } from "../../dist/protocol/table.js";

const [key, listen, ...bootstrap] = process.argv.slice(2);
const kernel = new ReferenceKernel("test");
const blake3 = blake3Of(kernel);
const digest = rulesDigest(blake3, DEFAULT_RULES);
const nodeKey = new Uint8Array(randomBytes(32));
nodeKey[31] = 1;
const network = await createNetwork({
  identity: {
    network: 3,
    genesis: standaloneGenesis(blake3, 3, "test", digest),
    rules: DEFAULT_RULES,
    rulesDigest: digest,
  },
  blake3,
  libp2pKey: new Uint8Array(Buffer.from(key, "hex")),
  listen: [listen],
  bootstrap,
  signer: { publicKey: kernel.publicKey(nodeKey), sign: async (message) => kernel.sign(nodeKey, message) },
  verify: async (publicKey, message, signature) => {
    const [verdict] = await kernel.verifyMessages(packItems([{ publicKey, message, signature }]));
    return verdict === 0;
  },
  rest: () => ({
    agent: "child/1",
    versionMin: 1,
    versionMax: 1,
    interests: [],
    features: [],
    registryTime: 0n,
    registryDigest: new Uint8Array(32),
    rosters: [],
    clockSeconds: 1n,
    bodyLimit: 1,
  }),
  topics: [strandTopic(3, 0, 0)],
  addressStore: { load: async () => [], save: async () => {} },
  handlers: {
    gossip: () => {},
    gossipRoom: () => undefined,
    connectionRefused: () => {},
    librarySaving: () => {},
    peerReady: () => {},
    peerGone: () => {},
    peerSubscribed: () => {},
    frame: async () => {},
    fault: () => {},
    gossipDropped: () => {},
    dialFailed: () => {},
    log: () => {},
  },
});
process.stdout.write(`${network.addresses()[0]}\n`);
// The node ends when its parent is gone.
process.stdin.resume();
process.stdin.on("end", async () => {
  await network.stop();
  process.exit(0);
});
