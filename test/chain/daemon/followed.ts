import {
  DaemonChain,
  type DaemonChainOptions,
  type DaemonCount,
  everyone,
  FixedFacts,
} from "../../../src/chain/index.js";
import type { ChainEvent, FactsSource } from "../../../src/chain/types.js";
import { fromHex } from "../../../src/protocol/bytes.js";
import type { FakeDaemonOptions } from "../../../src/testing/daemon-options.js";
import { FakeDaemon } from "../../../src/testing/fake-daemon.js";
import { StreamOracle } from "../model-chain.js";

/** Facts of a registry of everyone that ask for the blocks from a place on. */
export function factsFrom(startFrom: ReturnType<FactsSource["startFrom"]>): FactsSource {
  const fixed = new FixedFacts(everyone([]));
  return {
    facts: () => fixed.facts(),
    startFrom: () => startFrom,
    chain: () => undefined,
    asked: () => undefined,
    review: () => undefined,
    start: (emit) => fixed.start(emit),
    stop: () => fixed.stop(),
  };
}

export function genesisOf(daemon: FakeDaemon): Uint8Array {
  const genesis = fromHex(daemon.chain.at(0)?.hash ?? "", 32);
  if (genesis === undefined) throw new Error("the fake daemon has no genesis");
  return genesis;
}

/** A chain that follows this daemon from its genesis on, with a check of its stream's contract. */
export class Followed {
  readonly events: ChainEvent[] = [];
  readonly oracle = new StreamOracle(0);
  readonly counts = new Map<DaemonCount, number>();
  readonly chain: DaemonChain;
  readonly #waiting = new Set<() => void>();

  constructor(url: string, options: Pick<DaemonChainOptions, "genesis"> & Partial<DaemonChainOptions>) {
    this.chain = new DaemonChain({
      url,
      network: 3,
      facts: factsFrom({ topoheight: 0, hash: undefined }),
      log: () => undefined,
      count: (what) => {
        this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
        this.#look();
      },
      ...options,
    });
    this.chain.subscribe((event) => {
      this.events.push(event);
      if (event.kind === "block" || event.kind === "head" || event.kind === "rewound" || event.kind === "skipped") {
        this.oracle.emit(event);
      }
      this.#look();
    });
  }

  static async of(daemon: FakeDaemon, options: Partial<DaemonChainOptions> = {}): Promise<Followed> {
    const followed = new Followed(daemon.url, { genesis: genesisOf(daemon), ...options });
    await followed.chain.start();
    return followed;
  }

  get kinds(): string[] {
    return this.events.map(({ kind }) => kind);
  }

  /** Troubles and recoveries without the first recovery, which reports the start of following. */
  get reasons(): string[] {
    const all = this.events.flatMap((event) =>
      event.kind === "degraded" ? [event.reason] : event.kind === "healed" ? ["healed"] : [],
    );
    return all[0] === "healed" ? all.slice(1) : all;
  }

  counted(what: DaemonCount): number {
    return this.counts.get(what) ?? 0;
  }

  /** Resolves when the condition holds; it is evaluated at every event and count. */
  until(holds: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!holds()) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      look();
    });
  }

  /** Whether every block of the daemon was emitted, and no other block is emitted. */
  whole(daemon: FakeDaemon): boolean {
    const { topoheight } = daemon.chain;
    if (this.oracle.next !== topoheight + 1 || this.chain.head().topoheight !== topoheight) return false;
    for (let i = 0; i <= topoheight; i++) if (this.oracle.emitted.get(i) !== daemon.chain.at(i)?.hash) return false;
    return true;
  }

  untilWhole(daemon: FakeDaemon): Promise<void> {
    return this.until(() => this.whole(daemon) && this.chain.trouble() === undefined);
  }

  #look(): void {
    for (const look of [...this.#waiting]) look();
  }
}

/** Everything that a test has opened. It is closed after the test, in reverse order. */
export class Opened {
  readonly #open: { stop(): Promise<void> }[] = [];

  async fake(options: FakeDaemonOptions = {}, blocks = 30): Promise<FakeDaemon> {
    const daemon = await FakeDaemon.start(options);
    this.#open.push(daemon);
    if (blocks > 0) daemon.mine(blocks);
    return daemon;
  }

  async follow(daemon: FakeDaemon, options: Partial<DaemonChainOptions> = {}): Promise<Followed> {
    const followed = await Followed.of(daemon, options);
    this.#open.push(followed.chain);
    return followed;
  }

  async close(): Promise<void> {
    for (const one of this.#open.splice(0).reverse()) await one.stop();
  }
}
