import type { NetworkIdentity } from "../../../src/protocol/rules.js";
import { blake3 } from "../kernel/mock-kernel.js";
import type { HeldRecord } from "../node/held-records.js";
import type { SimNode } from "../node/sim-node.js";
import type { Random } from "../world/random.js";
import type { Life, Schedule } from "../world/schedule.js";
import { LIES } from "./chain-view.js";
import { type NodeChain, nodeChain } from "./node-chain.js";
import { CALM_CHAIN, type ChainSettings, SimChain } from "./sim-chain.js";
import { type HostSettings, SimHost, SOUND_HOST } from "./sim-host.js";

/** Blocks before the start of a run. */
const EARLIER_BLOCKS = 30;
/** Blocks more than the stable depth that a deep reorganisation removes at most. */
const PAST_STABLE_MAX = 6;

export interface WorldChainOptions {
  readonly schedule: Schedule;
  readonly random: Random;
  readonly settings: ChainSettings;
  readonly identity: NetworkIdentity;
  readonly names: readonly string[];
}

/** Takes a log line. */
export type ChainLog = (level: string, text: string, fields?: Readonly<Record<string, string | number>>) => void;

/** Draws the chain of a run: it reorganises above the stable block only. */
export function drawChain(random: Random): ChainSettings {
  const stableDepth = random.between(3, 6);
  return {
    blockMs: random.between(500, 3000),
    stableDepth,
    reorganiseChance: random.chance(0.7) ? random.between(1, 20) / 100 : 0,
    depthMean: 2,
    depthMax: stableDepth,
    forgetChance: 0,
    sideChance: random.chance(0.5) ? random.between(1, 20) / 100 : 0,
  };
}

/** The chain of a run with a host for each node. It registers the authors of the nodes. */
export class WorldChain {
  readonly chain: SimChain;
  readonly #options: WorldChainOptions;
  readonly #hosts = new Map<string, SimHost>();
  readonly #counts = new Map<string, number>();

  constructor(options: WorldChainOptions) {
    const { schedule, random, settings, identity, names } = options;
    this.#options = options;
    this.chain = new SimChain(schedule, random.fork("chain"), settings, identity.genesis);
    this.chain.prepare(EARLIER_BLOCKS);
    for (const name of names) {
      this.#hosts.set(name, new SimHost(schedule, random.fork(name), this.chain, this.#counts));
    }
    this.chain.start();
  }

  /** The chain of a new life of the node, not started. */
  open(node: SimNode, life: Life, log: ChainLog): NodeChain {
    return nodeChain({
      link: this.#host(node.name).connect(life),
      blake3,
      identity: this.#options.identity,
      memory: `/sim/${node.name}/registry`,
      log,
      count: () => this.#count("host event gaps"),
      nowMs: node.clock.nowMs,
    });
  }

  /** The chain registers these keys in its next block. */
  register(keys: readonly string[]): void {
    for (const key of keys) this.chain.register(key);
  }

  /** Stable blocks were replaced: registrations may have moved. */
  get movedStable(): boolean {
    return this.chain.counts.has("chain reorganisations past stable");
  }

  /**
   * Whether each node has to hold the record: its author's registration, as the chain has it now, is not later than the
   * record. A reorganisation past the stable block may move a registration.
   */
  admits({ author, timestampSeconds }: Pick<HeldRecord, "author" | "timestampSeconds">): boolean {
    const block = this.chain.registration(author);
    return block !== undefined && Math.floor(block.timestampMs / 1000) <= timestampSeconds;
  }

  /** The host is slow, late or loses messages. The result ends the fault. */
  slow(name: string, random: Random): () => void {
    return this.#fault(name, {
      latencyMs: random.between(200, 5000),
      behind: random.below(6),
      lostChance: random.below(30) / 100,
      repeatedChance: random.below(30) / 100,
      unansweredChance: random.below(30) / 100,
      busyChance: random.below(30) / 100,
    });
  }

  gone(name: string): () => void {
    return this.#fault(name, { gone: true });
  }

  /** The host shows something else than the chain. */
  lies(name: string, random: Random): () => void {
    const lie = random.pick(LIES);
    return this.#fault(name, lie === "none" ? { frozen: true } : { lie });
  }

  /** Blocks that were stable are removed. */
  reorganise(random: Random): void {
    this.chain.reorganise(this.chain.stableDepth + random.between(1, PAST_STABLE_MAX));
  }

  /** All hosts are sound, and the chain only grows. */
  heal(): void {
    for (const host of this.#hosts.values()) host.set(SOUND_HOST);
    this.chain.set({ ...CALM_CHAIN, blockMs: this.chain.blockMs, stableDepth: this.chain.stableDepth });
  }

  /** Counters of chain and hosts, by name. */
  counts(): Map<string, number> {
    return new Map([...this.chain.counts, ...this.#counts]);
  }

  #host(name: string): SimHost {
    const host = this.#hosts.get(name);
    if (host === undefined) throw new Error(`${name} has no host`);
    return host;
  }

  /** Of two faults of one host the end of one ends both. */
  #fault(name: string, change: Partial<HostSettings>): () => void {
    const host = this.#host(name);
    host.set({ ...host.settings, ...change });
    return () => {
      const ended = Object.fromEntries(Object.entries(SOUND_HOST).filter(([key]) => key in change));
      host.set({ ...host.settings, ...ended });
    };
  }

  #count(name: string): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }
}
