import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { HostChain } from "../../src/chain/index.js";
import { DEFAULT_RULES, type NetworkIdentity } from "../../src/protocol/rules.js";
import { nodeChain } from "./chain/node-chain.js";
import { CALM_CHAIN, type ChainSettings, SimChain } from "./chain/sim-chain.js";
import { type HostSettings, SimHost, SOUND_HOST } from "./chain/sim-host.js";
import { blake3 } from "./kernel/mock-kernel.js";
import { setPlatform } from "./platform/ambient.js";
import { clearInterval, clearTimeout, setImmediate, setInterval, setTimeout } from "./platform/globals.js";
import { Random } from "./world/random.js";
import { Life, Schedule } from "./world/schedule.js";

vi.mock("node:timers/promises", () => import("./platform/timers-promises.js"));

const timers = { setTimeout, setInterval, setImmediate, clearTimeout, clearInterval };
const START_MS = 1_780_000_000_000;
const genesis = new Uint8Array(32).fill(9);
const identity: NetworkIdentity = { network: 3, genesis, rules: DEFAULT_RULES, rulesDigest: new Uint8Array(32) };
const STORMY: ChainSettings = {
  ...CALM_CHAIN,
  reorganiseChance: 0.15,
  depthMean: 5,
  depthMax: 20,
  forgetChance: 0.3,
  sideChance: 0.1,
};

class ChainWorld {
  readonly schedule = new Schedule(START_MS);
  readonly counts = new Map<string, number>();
  readonly random: Random;
  readonly chain: SimChain;
  readonly hosts: SimHost[] = [];
  readonly chains: HostChain[] = [];
  readonly events: string[] = [];
  readonly #memories: (Uint8Array | undefined)[] = [];
  readonly #lives: Life[] = [];

  constructor(seed: number, settings: ChainSettings, hosts: number) {
    this.random = new Random(seed);
    const { schedule } = this;
    setPlatform({ schedule, random: this.random.fork("platform") } as Parameters<typeof setPlatform>[0]);
    this.chain = new SimChain(schedule, this.random.fork("chain"), settings, genesis);
    this.chain.prepare(30);
    this.chain.start();
    for (let i = 0; i < hosts; i++) {
      this.hosts.push(new SimHost(schedule, this.random.fork(`host ${i}`), this.chain, this.counts));
      this.start(i);
    }
    this.#register();
  }

  /** A new life of a node. */
  start(index: number): void {
    const before = this.#lives[index];
    if (before !== undefined) before.alive = false;
    const life = new Life(`n${index}`);
    this.#lives[index] = life;
    const { chain } = nodeChain({
      link: (this.hosts[index] as SimHost).connect(life),
      blake3,
      identity,
      memory: {
        load: async () => this.#memories[index],
        save: async (bytes) => {
          this.#memories[index] = bytes;
        },
      },
      log: () => undefined,
      count: () => undefined,
      nowMs: () => Math.floor(this.schedule.nowMs),
    });
    this.chains[index] = chain;
    chain.subscribe((event) => this.events.push(`${this.schedule.nowUs} n${index} ${event.kind}`));
    this.schedule.within(life, () => void chain.start());
  }

  set(index: number, change: Partial<HostSettings>): void {
    this.hosts[index]?.set({ ...SOUND_HOST, ...change });
  }

  run(seconds: number): Promise<void> {
    return this.schedule.run(this.schedule.nowMs + 1000 * seconds);
  }

  /** The authors that a node counts, and those that the chain says are stable. */
  authors(index: number): { readonly counted: string[]; readonly stable: string[] } {
    const { registry } = this.chain1(index).facts();
    const { blocks, stableDepth } = this.chain;
    const top = (blocks.at(-1 - stableDepth)?.height ?? 0) as number;
    const stable = [...new Set(blocks.flatMap(({ registered = [] }) => registered))].filter(
      (key) => (this.chain.registration(key)?.height ?? Number.POSITIVE_INFINITY) <= top,
    );
    return { counted: registry.kind === "listed" ? [...registry.authors.keys()].sort() : [], stable: stable.sort() };
  }

  chain1(index: number): HostChain {
    return this.chains[index] as HostChain;
  }

  #register(): void {
    this.schedule.after(20_000, undefined, () => {
      this.chain.register(Buffer.from(this.random.bytes(32)).toString("hex"));
      this.#register();
    });
  }
}

beforeEach(() => {
  for (const [name, replacement] of Object.entries(timers)) vi.stubGlobal(name, replacement);
});

afterEach(() => {
  vi.unstubAllGlobals();
  setPlatform(undefined);
});

describe("the chain of a world", () => {
  test("gives each node over a sound host the stable registrations", async () => {
    const world = new ChainWorld(1, CALM_CHAIN, 2);
    await world.run(3600);
    world.chain.halted = true;
    await world.run(30);
    for (const index of [0, 1]) {
      const { counted, stable } = world.authors(index);
      expect(counted.length).toBeGreaterThan(50);
      expect(counted).toEqual(stable);
      expect(world.chain1(index).following).toBe(true);
      expect(world.chain1(index).head().topoheight).toBe(world.chain.blocks.length - 1);
    }
  });

  test("is followed through reorganisations past stable, lost events and bad hosts, once the hosts are sound", async () => {
    const world = new ChainWorld(2, STORMY, 6);
    world.set(0, { latencyMs: 3000 });
    world.set(1, { lostChance: 0.2, repeatedChance: 0.2, unansweredChance: 0.1, busyChance: 0.1 });
    world.set(2, { frozen: true });
    world.set(3, { behind: 5 });
    world.set(4, { gone: true });
    await world.run(1200);
    expect(world.chain1(4).trouble()?.reason).toBe("unreachable");
    expect(world.chain1(2).trouble()?.reason).toBe("stalled");
    world.set(2, { lie: "shapes" });
    world.set(3, { lie: "tips" });
    world.set(4, { lie: "blocks" });
    world.set(5, { lie: "registrations" });
    await world.run(60);
    expect(world.chain1(2).trouble()?.reason).toBe("bad_answers");
    world.start(1);
    await world.run(1200);
    world.chain.halted = true;
    for (let index = 0; index < 6; index++) world.set(index, {});
    await world.run(60);
    for (let index = 0; index < 5; index++) {
      const { counted, stable } = world.authors(index);
      expect(counted.length).toBeGreaterThan(5);
      expect(counted).toEqual(stable);
      expect(world.chain1(index).head().hash).toBe(world.chain.blocks.at(-1)?.hash);
    }
    for (const name of ["chain reorganisations past stable", "chain deregistrations", "host events lost"]) {
      expect(world.chain.counts.get(name) ?? world.counts.get(name), name).toBeGreaterThan(0);
    }
  });

  test("is a function of the seed", async () => {
    const runs: string[][] = [];
    for (let i = 0; i < 2; i++) {
      const world = new ChainWorld(3, STORMY, 3);
      world.set(0, { latencyMs: 500, lostChance: 0.1, lie: "tips" });
      await world.run(600);
      runs.push(world.events);
    }
    expect(runs[0]?.length).toBeGreaterThan(100);
    expect(runs[1]).toEqual(runs[0]);
  });
});
