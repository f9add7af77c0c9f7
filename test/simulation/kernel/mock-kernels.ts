import type { LoadedKernel } from "../../../src/kernel/index.js";
import type { Random } from "../world/random.js";
import type { Schedule } from "../world/schedule.js";
import { type KernelSettings, SOUND_KERNEL } from "./kernel-time.js";
import { MockKernel, MockScanners } from "./mock-kernel.js";

interface NodeKernel {
  readonly random: Random;
  settings: KernelSettings;
  /** The kernel of the present process. */
  kernel: MockKernel | undefined;
}

/** The mock kernels of a world and their faults. */
export class MockKernels {
  /** Calls and faults of all kernels, by name. */
  readonly counts = new Map<string, number>();
  readonly #schedule: Schedule;
  readonly #random: Random;
  readonly #scanners = new MockScanners();
  readonly #nodes = new Map<string, NodeKernel>();

  constructor(schedule: Schedule, random: Random) {
    this.#schedule = schedule;
    this.#random = random;
  }

  /** The kernel of a new process of the node. */
  load(name: string): LoadedKernel & { readonly kernel: MockKernel } {
    const node = this.#node(name);
    const { random, settings } = node;
    const kernel = new MockKernel({
      schedule: this.#schedule,
      random,
      settings,
      scanners: this.#scanners,
      counts: this.counts,
    });
    node.kernel = kernel;
    return { kernel, skipped: [] };
  }

  /** `meanMs`: mean of the additional time of each call. The result ends the fault. */
  slow(name: string, meanMs: number): () => void {
    return this.#fault(name, { slowMs: meanMs });
  }

  /** Scans and verifications fail with this probability. */
  fail(name: string, probability: number): () => void {
    return this.#fault(name, { failChance: probability, scanFailChance: probability });
  }

  /** Verifications get no answer with this probability, until the end of the fault. */
  hang(name: string, probability: number): () => void {
    return this.#fault(name, { hangChance: probability });
  }

  /** Ends the faults of all kernels. */
  heal(): void {
    for (const node of this.#nodes.values()) set(node, SOUND_KERNEL);
  }

  #node(name: string): NodeKernel {
    const known = this.#nodes.get(name);
    if (known !== undefined) return known;
    const node: NodeKernel = { random: this.#random.fork(name), settings: SOUND_KERNEL, kernel: undefined };
    this.#nodes.set(name, node);
    return node;
  }

  /** Of two faults of one kind the later one counts; the end of one ends both. */
  #fault(name: string, change: Partial<KernelSettings>): () => void {
    const node = this.#node(name);
    set(node, { ...node.settings, ...change });
    return () => {
      const ended = Object.fromEntries(Object.entries(SOUND_KERNEL).filter(([key]) => key in change));
      set(node, { ...node.settings, ...ended });
    };
  }
}

function set(node: NodeKernel, settings: KernelSettings): void {
  node.settings = settings;
  node.kernel?.time.set(settings);
}
