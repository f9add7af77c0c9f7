import type { NodeCount } from "../api/metrics.js";
import type { BlockchainInterface, ChainEvent, ChainTrouble } from "../chain/types.js";
import type { EngineEvent } from "../engine/events.js";
import type { Network } from "../network/types.js";
import type { Log } from "./options.js";

/** A chain that is not there yet at the start is given so long before a person hears of it. */
const START_GRACE_MS = 3000;
/** A chain that comes and goes with the same trouble, or changes its mind, is spoken of this often; the metrics count each time. */
const SAY_AGAIN_MS = 600_000;

export interface ChainWatchOptions {
  readonly chain: BlockchainInterface;
  readonly network: Pick<Network, "hosts">;
  readonly step: (event: EngineEvent) => void;
  readonly count: NodeCount;
  readonly log: Log;
  readonly nowMs: () => number;
}

/** Takes what the chain tells to where it belongs: facts to the engine, machines to the network, troubles to people. */
export class ChainWatch {
  readonly #options: ChainWatchOptions;
  /** When each trouble, and a reorganisation, was told last. */
  readonly #saidMs = new Map<ChainTrouble | "rewound", number>();
  /** A person was told of the trouble that lasts. */
  #said = false;
  #trouble: ChainTrouble | undefined;
  /** Tells of a trouble that was passed over, if it stays. */
  #later: NodeJS.Timeout | undefined;

  constructor(options: ChainWatchOptions) {
    this.#options = options;
  }

  /** The answer ends it. A trouble that began before is told if it stays. */
  start(): () => void {
    const { chain } = this.#options;
    const unsubscribe = chain.subscribe((event) => this.#heard(event));
    const grace = setTimeout(() => {
      const trouble = chain.trouble();
      if (trouble !== undefined) this.#degraded(trouble.reason, trouble.detail);
    }, START_GRACE_MS);
    grace.unref();
    return () => {
      clearTimeout(grace);
      clearTimeout(this.#later);
      unsubscribe();
    };
  }

  #heard(event: ChainEvent): void {
    const { step, count, network, log } = this.#options;
    switch (event.kind) {
      case "facts":
        step({ kind: "chain", facts: event.facts });
        return;
      case "block":
        count("chain_events", "block", 1);
        return;
      case "rewound":
        count("chain_events", "rewound", 1);
        log(this.#isNews("rewound") ? "info" : "debug", "the chain was reorganised", { to: event.toTopoheight });
        return;
      case "skipped":
        count("chain_events", "skipped", 1);
        return;
      case "hosts":
        network.hosts(event.hosts);
        return;
      case "degraded":
        this.#degraded(event.reason, event.detail);
        return;
      case "healed":
        this.#healed();
        return;
      case "head":
        return;
    }
  }

  #degraded(reason: ChainTrouble, detail: string): void {
    if (reason === this.#trouble) return;
    this.#trouble = reason;
    this.#options.count("chain_troubles", reason, 1);
    this.#say(reason, detail);
  }

  #say(reason: ChainTrouble, detail: string): void {
    const news = this.#isNews(reason);
    this.#said ||= news;
    clearTimeout(this.#later);
    if (!news) this.#later = setTimeout(() => this.#say(reason, detail), SAY_AGAIN_MS).unref();
    this.#options.log(news ? "warn" : "debug", "the chain can't be followed; the node goes on with what it knows", {
      reason,
      detail,
    });
  }

  #isNews(what: ChainTrouble | "rewound"): boolean {
    const nowMs = this.#options.nowMs();
    if (Math.abs(nowMs - (this.#saidMs.get(what) ?? Number.NEGATIVE_INFINITY)) < SAY_AGAIN_MS) return false;
    this.#saidMs.set(what, nowMs);
    return true;
  }

  #healed(): void {
    if (this.#trouble === undefined) return;
    // As loud as the trouble was: who heard of it wants to hear that it is over.
    this.#options.log(this.#said ? "warn" : "debug", "the chain is followed again");
    clearTimeout(this.#later);
    this.#trouble = undefined;
    this.#said = false;
  }
}
