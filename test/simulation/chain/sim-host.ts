import type { Random } from "../world/random.js";
import type { Life, Schedule } from "../world/schedule.js";
import { ChainView, TRUE_VIEW, type ViewSettings } from "./chain-view.js";
import { HostLink } from "./host-link.js";
import type { SimChain, SimChainEvent } from "./sim-chain.js";

/** How a host treats its node, besides what it shows of the chain. Chances are fractions of the messages. */
export interface HostSettings extends ViewSettings {
  /** Mean latency of a message in one direction; it is exponential. */
  readonly latencyMs: number;
  /** A question gets no answer. */
  readonly unansweredChance: number;
  /** A question is refused as one of too many. */
  readonly busyChance: number;
  /** An event is lost without a word. */
  readonly lostChance: number;
  /** An event comes twice. */
  readonly repeatedChance: number;
  /** The host refuses each question and sends no event. */
  readonly gone: boolean;
}

export const SOUND_HOST: HostSettings = {
  ...TRUE_VIEW,
  latencyMs: 1,
  unansweredChance: 0,
  busyChance: 0,
  lostChance: 0,
  repeatedChance: 0,
  gone: false,
};

/**
 * The chain's node beside one node: it shows the chain of the world, well or badly, over the plugin channel of
 * docs/managed.md. It outlives the lives of its node.
 */
export class SimHost {
  /** Messages and faults, by name. */
  readonly counts: Map<string, number>;
  readonly view: ChainView;
  readonly random: Random;
  readonly schedule: Schedule;
  #settings: HostSettings = SOUND_HOST;
  #link: HostLink | undefined;

  constructor(schedule: Schedule, random: Random, chain: SimChain, counts: Map<string, number>) {
    this.schedule = schedule;
    this.random = random;
    this.counts = counts;
    this.view = new ChainView(chain, random);
    chain.subscribe((event) => this.#pass(event));
  }

  get settings(): HostSettings {
    return this.#settings;
  }

  set(settings: HostSettings): void {
    this.#settings = settings;
    this.view.set(settings);
    // A host that was behind, gone or wrong compares with its node again.
    this.#link?.send("lagged", () => ({ missed: 1 }));
  }

  /** Opens the channel to a life of the node. It ends the channel before. */
  connect(life: Life): HostLink {
    this.#link?.close();
    this.#link = new HostLink(this, life);
    return this.#link;
  }

  count(name: string): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
  }

  /** Latency of one message. */
  latencyMs(): number {
    return this.random.exponential(this.#settings.latencyMs);
  }

  #pass(event: SimChainEvent): void {
    const link = this.#link;
    if (link === undefined || this.#settings.frozen) return;
    if (this.view.pushes) {
      if (event.kind === "block") link.send("block", () => this.view.block(event.block));
      else link.send("rewound", () => ({ topoheight: event.toTopoheight, tip: this.view.tip() }));
    }
    if (event.kind === "block") link.send("tip", () => ({ tip: this.view.tip() }));
  }
}
