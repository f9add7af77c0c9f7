import { blake3 as hash } from "@noble/hashes/blake3.js";
import fc from "fast-check";
import { expect, it, onTestFinished } from "vitest";
import { HostSource } from "../../src/chain/host/host-source.js";
import { HostChain } from "../../src/chain/host-chain.js";
import { ChainRegistry, DaemonChain } from "../../src/chain/index.js";
import type { BlockchainInterface, ChainMemory } from "../../src/chain/types.js";
import { fromHex, toHex } from "../../src/protocol/bytes.js";
import { registryDigest } from "../../src/protocol/digests.js";
import { NetworkError } from "../../src/protocol/errors.js";
import type { FakeBlock } from "../../src/testing/fake-block.js";
import { FakeDaemon } from "../../src/testing/fake-daemon.js";
import type { FakeTransaction } from "../../src/testing/fake-transactions.js";

const FEE = 1_000_000_000;
const key = (n: number): string => (n + 1).toString(16).padStart(64, "0");
const genesisOf = (daemon: FakeDaemon): Uint8Array => fromHex(daemon.chain.at(0)?.hash ?? "", 32) ?? new Uint8Array(32);

/** The registrations of a block by the protocol's rule, from its transactions. */
function registeredBy({ transactions }: FakeBlock): string[] {
  return transactions.flatMap(({ action, sourceKey }) =>
    action.kind === "register" && action.fee >= FEE && sourceKey === action.key ? [action.key] : [],
  );
}

/** The expected registry of every node: the first inclusion of each key counts, once its height is stable. */
function expected({ chain }: FakeDaemon): {
  readonly authors: Map<string, number>;
  readonly digest: string;
  readonly time: bigint;
} {
  const first = new Map<string, FakeBlock>();
  let time = 0;
  let whole = true;
  for (const block of chain.range(0, chain.topoheight)) {
    for (const author of registeredBy(block)) if (!first.has(author)) first.set(author, block);
    whole &&= block.height <= chain.stableHeight;
    if (whole) time = Math.floor(block.timestampMs / 1000);
  }
  const stable = [...first].filter(([, { height }]) => height <= chain.stableHeight);
  const authors = new Map(stable.map(([author, { timestampMs }]) => [author, Math.floor(timestampMs / 1000)]));
  const weighted = [...authors.keys()].sort().map((author) => ({ key: author, weight: 1 }));
  const digest = toHex(registryDigest(hash, genesisOf({ chain } as FakeDaemon), weighted));
  return { authors, digest, time: BigInt(time) };
}

/** A node that reads its registry from a daemon's chain, and can be restarted with its memory. */
class Counting {
  readonly #daemon: FakeDaemon;
  readonly #open: (node: Counting, registry: ChainRegistry) => BlockchainInterface;
  #chain: BlockchainInterface | undefined;
  #bytes: Uint8Array | undefined;
  #look: () => void = () => undefined;
  /** Each reading of the clock is an hour later than the last one, so no wait delays the node. */
  #nowMs = 0;

  constructor(daemon: FakeDaemon, open: (node: Counting, registry: ChainRegistry) => BlockchainInterface) {
    this.#daemon = daemon;
    this.#open = open;
  }

  get daemon(): FakeDaemon {
    return this.#daemon;
  }

  readonly nowMs = (): number => {
    this.#nowMs += 3_600_000;
    return this.#nowMs;
  };

  async start(): Promise<void> {
    const memory: ChainMemory = {
      load: async () => this.#bytes,
      save: async (bytes) => {
        this.#bytes = bytes;
      },
    };
    const lookup = {
      miner: async (one: string, signal: AbortSignal) => this.#chain?.miner(one, signal),
      block: async (miner: Parameters<DaemonChain["block"]>[0], signal: AbortSignal) =>
        this.#chain instanceof DaemonChain ? this.#chain.block(miner, signal) : undefined,
      tip: async (signal: AbortSignal) => (this.#chain instanceof DaemonChain ? this.#chain.tip(signal) : undefined),
    };
    const registry = new ChainRegistry({
      blake3: hash,
      genesis: genesisOf(this.#daemon),
      rosters: [],
      memory,
      lookup,
      log: () => undefined,
      nowMs: this.nowMs,
    });
    this.#chain = this.#open(this, registry);
    this.#chain.subscribe(() => this.#look());
    await this.#chain.start();
  }

  async stop(): Promise<void> {
    await this.#chain?.stop();
  }

  asked(author: string): void {
    this.#chain?.asked(author);
  }

  /** Tells a host's chain that it missed an event. A chain of a daemon ignores the call. */
  hint(seq: number): void {
    if (this.#chain instanceof HostChain) this.#chain.event("lagged", { seq, missed: 1 });
  }

  /** Resolves when the node's registry equals the chain's. */
  async agrees(): Promise<void> {
    const { authors, digest, time } = expected(this.#daemon);
    let late: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve, reject) => {
      const difference = () =>
        `${this.#chain?.mode} says ${this.#chain?.facts().registryDigest}, and the chain ${digest}`;
      late = setTimeout(() => reject(new Error(difference())), 120_000);
      this.#look = () => {
        const facts = this.#chain?.facts();
        if (facts?.registryDigest !== digest || facts.registryTimeSeconds !== time) return;
        if (this.#chain?.head().hash === this.#daemon.chain.top.hash) resolve();
      };
      this.#look();
    });
    clearTimeout(late);
    this.#look = () => undefined;
    const registry = this.#chain?.facts().registry;
    const counted =
      registry?.kind === "listed" ? [...registry.authors].map(([one, { fromSeconds }]) => [one, fromSeconds]) : [];
    expect(new Map(counted as [string, number][])).toEqual(authors);
  }
}

function beside(node: Counting, facts: ChainRegistry): DaemonChain {
  const { daemon } = node;
  // Shuffled events may be late, so the chain asks the daemon every 100 ms.
  const quiet = { log: () => undefined, count: () => undefined, times: { lookMs: 100 } };
  return new DaemonChain({
    url: daemon.url,
    network: 3,
    genesis: genesisOf(daemon),
    facts,
    needsAiMining: true,
    ...quiet,
  });
}

/** A node that is embedded in a node of the chain, which reads its blocks' transactions as docs/managed.md says. */
function within(node: Counting, facts: ChainRegistry): HostChain {
  const { daemon } = node;
  const block = (one: FakeBlock) => ({
    topoheight: one.topoheight,
    height: one.height,
    hash: one.hash,
    timestamp_ms: one.timestampMs,
    registered: registeredBy(one),
  });
  const source = new HostSource(async (question, params) => {
    const { chain } = daemon;
    if (question === "chain.tip") {
      const { registered: _, ...top } = block(chain.top);
      return {
        ...top,
        stable_height: chain.stableHeight,
        stable_topoheight: chain.stableTopoheight,
        block_time_ms: 1000,
      };
    }
    if (question !== "chain.blocks") return null;
    const { from, to } = params as { from: number; to: number };
    if (to > chain.topoheight) throw new NetworkError("bad_parameters", "past the top");
    return chain.range(from, to).map(block);
  });
  const quiet = { grant: () => undefined, count: () => undefined, log: () => undefined };
  return new HostChain({
    identity: { network: 3, genesis: genesisOf(daemon) },
    source,
    facts,
    tip: undefined,
    nowMs: Date.now,
    ...quiet,
  });
}

const registrations = fc.array(
  fc.record({
    author: fc.nat({ max: 15 }),
    kind: fc.constantFrom("paid", "paid", "paid", "cheap", "foreign", "again"),
  }),
  { maxLength: 4 },
);
const step = fc.record({
  back: fc.oneof(fc.constant(0), fc.nat({ max: 8 }), fc.nat({ max: 40 }), fc.nat({ max: 100 })),
  blocks: fc.array(registrations, { minLength: 1, maxLength: 10 }),
  side: fc.constantFrom("none", "none", "after", "before"),
  follow: fc.boolean(),
  restart: fc.constantFrom("none", "none", "first", "second", "host"),
  asked: fc.nat({ max: 15 }),
  wait: fc.boolean(),
});

it("every node on a chain ends with the same registry after any reorganisations, restarts and look-ups", async () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  const running: { stop(): Promise<void> }[] = [];
  onTestFinished(async () => {
    for (const one of running.splice(0).reverse()) await one.stop();
  });
  const story = fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 6 }), async (steps) => {
    const quirks = { duplicates: true, shuffledBlocks: 3, strayIds: true };
    const [one, other] = [await FakeDaemon.start({ quirks }), await FakeDaemon.start({ quirks })];
    running.push(one, other);
    one.registerMiner(key(0));
    one.mine(90);
    const nodes = {
      first: new Counting(one, beside),
      second: new Counting(other, beside),
      host: new Counting(one, within),
    };
    running.push(...Object.values(nodes));
    for (const node of Object.values(nodes)) await node.start();
    const sent: FakeTransaction[] = [];
    let seq = 0;
    for (const { back, blocks, side, follow, restart, asked, wait } of steps) {
      // While the node is down, the chain grows, or rewinds past all blocks that the node remembers.
      if (restart !== "none") await nodes[restart].stop();
      if (back > 0 && back < one.chain.topoheight) one.popBlocks(back);
      for (const block of blocks) {
        for (const { author, kind } of block) {
          const again = kind === "again" ? sent[author % Math.max(1, sent.length)] : undefined;
          if (again !== undefined) {
            // A transaction that is in the chain is not sent again.
            if ((one.chain.transaction(again.hash)?.where.blocks.length ?? 0) === 0) one.resubmit(again);
            continue;
          }
          const [miner, source] = [key(author), kind === "foreign" ? key(author + 100) : key(author)];
          sent.push(one.registerMiner(miner, { source, fee: kind === "cheap" ? FEE - 1 : FEE }));
        }
        one.mine();
      }
      if (side !== "none" && one.chain.top.height > 0) one.mineBeside({ before: side === "before" });
      if (follow) other.adopt(one);
      nodes.first.asked(key(asked));
      if (restart !== "none") await nodes[restart].start();
      if (restart === "host") seq = 0;
      nodes.host.hint(++seq);
      if (wait) await Promise.all([nodes.first.agrees(), nodes.second.agrees()]);
    }
    other.adopt(one);
    nodes.host.hint(++seq);
    await Promise.all(Object.values(nodes).map((node) => node.agrees()));
    await nodes.second.stop();
    await nodes.second.start();
    await nodes.second.agrees();
    for (const running of [...Object.values(nodes), one, other]) await running.stop();
  });
  await fc.assert(story, { numRuns: 6, seed, endOnFailure: true });
});
