import type { FaultSink, NodeCount } from "../../api/index.js";
import type { BlockchainInterface, ChainEvent, ChainTrouble } from "../../chain/index.js";
import type { EngineEvent } from "../../engine/index.js";
import type { Network } from "../../network/index.js";
import type { Log } from "../log.js";

/**
 * The shortest time between two log lines about reorganisations, which are normal in a DAG of blocks. The metric counts
 * each.
 */
const LOG_AGAIN_MS = 600_000;

export interface ChainWatchOptions {
  readonly chain: BlockchainInterface;
  readonly network: Pick<Network, "hosts">;
  readonly faults: FaultSink;
  readonly step: (event: EngineEvent) => void;
  readonly count: NodeCount;
  readonly log: Log;
  readonly nowMs: () => number;
}

/** Passes the chain's events on: facts to the engine, addresses to the network, troubles to the fault board. */
export class ChainWatch {
  readonly #options: ChainWatchOptions;
  /** When the last reorganisation was logged. */
  #rewoundLoggedMs = Number.NEGATIVE_INFINITY;
  /** A log line has reported that the chain is followed. */
  #followed = false;
  #trouble: ChainTrouble | undefined;

  constructor(options: ChainWatchOptions) {
    this.#options = options;
  }

  /** Subscribes to the chain and reports a trouble that began before. The result unsubscribes. */
  start(): () => void {
    const { chain } = this.#options;
    const unsubscribe = chain.subscribe((event) => this.#onEvent(event));
    const trouble = chain.trouble();
    if (trouble !== undefined) this.#degraded(trouble.reason, trouble.detail);
    // The event came before the subscription.
    if (chain.following && chain.mode !== "standalone") this.#logFollowed();
    return unsubscribe;
  }

  #onEvent(event: ChainEvent): void {
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
        log(this.#isNew() ? "info" : "debug", "the chain was reorganised", { to: event.toTopoheight });
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
    const { count, faults } = this.#options;
    if (reason !== this.#trouble) {
      count("chain_troubles", reason, 1);
      if (this.#trouble !== undefined) faults.clear("chain", this.#trouble);
      this.#trouble = reason;
    }
    faults.raise({ component: "chain", code: reason, text: `the chain cannot be followed (${reason}): ${detail}` });
  }

  #isNew(): boolean {
    const nowMs = this.#options.nowMs();
    if (Math.abs(nowMs - this.#rewoundLoggedMs) < LOG_AGAIN_MS) return false;
    this.#rewoundLoggedMs = nowMs;
    return true;
  }

  /** Logs once that the chain is followed; later `healed` events end troubles. */
  #logFollowed(): void {
    if (this.#followed) return;
    this.#followed = true;
    const { chain, log } = this.#options;
    log("info", "the chain is followed", { topoheight: chain.head().topoheight });
  }

  #healed(): void {
    this.#logFollowed();
    if (this.#trouble === undefined) return;
    this.#options.faults.clear("chain", this.#trouble);
    this.#trouble = undefined;
  }
}
