import type { WorldChain } from "../chain/world-chain.js";
import type { SimNode } from "../node/sim-node.js";
import type { Schedule } from "../world/schedule.js";

/** What faults act on. Each method returns the end of its fault. */
export interface FaultWorld {
  readonly schedule: Schedule;
  /** Honest nodes. */
  readonly nodes: readonly SimNode[];
  readonly network: {
    partition(groups: readonly (readonly string[])[]): () => void;
    mute(name: string): () => void;
    clog(a: string, b: string): () => void;
    /** `delayMs`: time that the node takes for each frame. */
    slowReader(name: string, delayMs: number): () => void;
  };
  readonly disks: {
    fill(name: string): () => void;
    /** `meanMs`: mean latency of each operation. */
    slow(name: string, meanMs: number): () => void;
    fail(name: string, probability: number): () => void;
    damage(name: string): void;
  };
  readonly kernels: {
    slow(name: string, meanMs: number): () => void;
    fail(name: string, probability: number): () => void;
    hang(name: string, probability: number): () => void;
  };
  /** Undefined: the run has no chain. */
  readonly chain: Pick<WorldChain, "slow" | "gone" | "lies" | "reorganise"> | undefined;
  /** Takes work that no one waits for. A rejection ends the run. */
  background(work: Promise<void>): void;
}
