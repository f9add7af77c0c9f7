import { everyone } from "../../src/chain/index.js";
import type { BlockchainInterface, ChainEvent, ChainMiner, ChainTask } from "../../src/chain/types.js";

/** A chain that emits the events of the test, and gives only the answers of the test. */
export interface FakeChain extends BlockchainInterface {
  inTrouble: ReturnType<BlockchainInterface["trouble"]>;
  readonly authorsAsked: string[];
  tell(event: ChainEvent): void;
  /** The answers of `task` and `miner`. */
  onTask: (id: string, signal: AbortSignal) => Promise<ChainTask | undefined>;
  onMiner: (key: string, signal: AbortSignal) => Promise<ChainMiner | undefined>;
}

export function fakeChain(): FakeChain {
  const listeners = new Set<(event: ChainEvent) => void>();
  const facts = everyone([]);
  return {
    mode: "daemon",
    network: 3,
    genesis: new Uint8Array(32),
    inTrouble: undefined,
    authorsAsked: [],
    onTask: async () => undefined,
    onMiner: async () => undefined,
    head: () => ({ height: 0, topoheight: 0, stableHeight: 0, hash: "00".repeat(32), timestampSeconds: 0 }),
    facts: () => facts,
    get following() {
      return this.inTrouble === undefined;
    },
    trouble() {
      return this.inTrouble;
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    tell(event) {
      for (const listener of listeners) listener(event);
    },
    asked(author) {
      this.authorsAsked.push(author);
    },
    doubted: () => undefined,
    task(id, signal) {
      return this.onTask(id, signal);
    },
    miner(key, signal) {
      return this.onMiner(key, signal);
    },
    start: async () => undefined,
    stop: async () => undefined,
  };
}
