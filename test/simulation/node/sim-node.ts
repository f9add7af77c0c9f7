import type { NodeControl } from "../../../src/api/index.js";
import { type BlockchainInterface, StandaloneChain } from "../../../src/chain/index.js";
import { AINetworkSyncManager, type ManagerOptions } from "../../../src/manager/index.js";
import type { ReasonCode } from "../../../src/protocol/errors.js";
import { NetworkError } from "../../../src/protocol/errors.js";
import { DiskRecordStore } from "../../../src/storage/index.js";
import { Life } from "../world/schedule.js";
import { HeldRecords } from "./held-records.js";
import { NodeClock } from "./node-clock.js";
import type { NodeWorld } from "./node-world.js";
import { observedStore } from "./observed-store.js";

/** `waiting`: a start failed, and the service manager starts the node again later. */
export type NodeState = "down" | "starting" | "up" | "waiting";

/** The wait of the simulated service manager before it starts a node again. */
const RESTART_MS = 5000;

/**
 * One node: a life at a time of the real AINetworkSyncManager, over simulated disk, network, chain, kernel and clock.
 */
export class SimNode {
  readonly name: string;
  readonly index: number;
  readonly held = new HeldRecords();
  readonly clock: NodeClock;
  /** Counters of the engine and the manager, by "name label". */
  readonly counts = new Map<string, number>();
  /** Counters that may show a fault of the program: the checkers read them. */
  readonly startRefusals = new Map<string, number>();
  life: Life | undefined;
  /** Lives so far. */
  lives = 0;
  #state: NodeState = "down";
  readonly #world: NodeWorld;
  readonly #bootstrap: readonly string[];
  #manager: AINetworkSyncManager | undefined;
  #chain: BlockchainInterface | undefined;

  constructor(world: NodeWorld, name: string, index: number, bootstrap: readonly string[]) {
    this.#world = world;
    this.name = name;
    this.index = index;
    this.#bootstrap = bootstrap;
    this.clock = new NodeClock(world.schedule);
  }

  get state(): NodeState {
    return this.#state;
  }

  /** The node's interface for programs; undefined while the node does not run. */
  get control(): NodeControl | undefined {
    return this.state === "up" ? this.#manager?.control : undefined;
  }

  /** Starts a new life. */
  start(): void {
    const life = new Life(this.name);
    this.life = life;
    this.lives++;
    this.#become("starting");
    this.#world.schedule.after(0, life, () => {
      this.#boot(life).catch((error: unknown) => this.#startFailed(life, error));
    });
  }

  /** Ends the life without a word, as SIGKILL and a power cut do. `power`: what was not synced may be lost, too. */
  crash(power: boolean): void {
    this.#end(power);
  }

  /** Stops the node as an operator does. Resolves when it has stopped. */
  async stop(): Promise<void> {
    const { life } = this;
    const manager = this.#manager;
    if (life === undefined || this.state !== "up" || manager === undefined) return;
    this.#become("down");
    this.#world.detached(this);
    await this.#world.schedule.within(life, () => manager.stop());
    await this.#world.schedule.within(life, async () => this.#chain?.stop());
    this.#end();
  }

  #end(power = false): void {
    if (this.life !== undefined) this.life.alive = false;
    this.life = undefined;
    this.#manager = undefined;
    if (this.state === "up") this.#world.detached(this);
    this.#become("down");
    this.#world.lifeEnded(this, power);
  }

  #become(state: NodeState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#world.changed(this);
  }

  async #boot(life: Life): Promise<void> {
    const { identity, scenario } = this.#world;
    const store = new DiskRecordStore(this.#world.keyStore(this, life));
    await this.held.load(store, this.#world.schedule.nowMs);
    const followed = this.#world.openChain(this, life);
    const chain = followed?.chain ?? new StandaloneChain(identity, this.#world.facts, this.clock.nowMs);
    const options: ManagerOptions = {
      identity,
      networkName: "simulation",
      kernel: this.#world.kernel(this),
      store: observedStore(store, (writes) => {
        if (!life.alive) return;
        this.held.apply(writes, this.#world.schedule.nowMs, (record) => this.#world.made(this, record));
      }),
      chain,
      ...(followed === undefined ? {} : { bounds: followed.bounds, watches: followed.watches }),
      keysPath: `/sim/${this.name}/keys`,
      libp2pKeyPath: `/sim/${this.name}/libp2p.key`,
      listen: [`/ip4/${this.#world.addressOf(this)}/tcp/2140`],
      bootstrap: this.#bootstrap,
      ...(scenario.maxConnections === undefined ? {} : { maxConnections: scenario.maxConnections }),
      nowMs: this.clock.nowMs,
      log: (level, text, fields) => this.#world.log(this, level, text, fields),
      count: (name, label, value) => this.#count(`${name} ${label}`, value),
    };
    await chain.start();
    const manager = new AINetworkSyncManager(options);
    await manager.start();
    this.#manager = manager;
    this.#chain = chain;
    this.#become("up");
    this.#world.attached(this, manager.control, life);
  }

  #startFailed(life: Life, error: unknown): void {
    if (!life.alive) return;
    const code: ReasonCode | "unexpected" = error instanceof NetworkError ? error.code : "unexpected";
    this.startRefusals.set(code, (this.startRefusals.get(code) ?? 0) + 1);
    this.#world.log(this, "error", "the start failed", { why: error instanceof Error ? error.message : String(error) });
    if (code === "unexpected") throw error;
    this.#end();
    this.#become("waiting");
    this.#world.schedule.after(RESTART_MS, undefined, () => {
      if (this.state === "waiting") this.start();
    });
  }

  #count(name: string, value: number): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + value);
  }
}
