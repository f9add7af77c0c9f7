import { onTestFinished } from "vitest";
import type { NodeControl } from "../../src/api/control.js";
import { AINetworkSyncManager } from "../../src/manager/network-sync-manager.js";
import type { ManagerOptions } from "../../src/manager/options.js";
import { openStandalone, type StandaloneOptions, type StandaloneParts } from "../../src/plugin/standalone-parts.js";
import { codeTask } from "../support/local-node.js";
import { makeDirectory } from "../support/scratch.js";

/** The network name whose genesis the adversaries use (test/network/nodes.ts). */
const NETWORK_NAME = "test";
/** Ends a hang before the time limit of the test, with the counters in the message. */
const UNTIL_MS = 120_000;

export interface WatchedOptions extends Partial<StandaloneOptions> {
  readonly bootstrap?: readonly string[];
  readonly manager?: Partial<ManagerOptions>;
}

/** The state of a node's set, compared before and after an attack. */
export interface Belief {
  readonly atSeconds: number;
  readonly digest: string;
  readonly records: number;
}

/** A real node in this process. A test can wait for its counters and lines, and advance its clock. */
export class WatchedNode {
  readonly manager: AINetworkSyncManager;
  readonly lines: string[] = [];
  readonly #parts: StandaloneParts;
  readonly #counts = new Map<string, number>();
  readonly #waiting = new Set<() => void>();
  #aheadMs = 0;

  private constructor(parts: StandaloneParts, overrides: Partial<ManagerOptions>) {
    this.#parts = parts;
    this.manager = new AINetworkSyncManager({
      ...parts.options,
      ...overrides,
      nowMs: () => Date.now() + this.#aheadMs,
      log: (level, text) => this.lines.push(`${level} ${text}`),
      count: (name, label, value) => {
        const key = `${name} ${label}`;
        this.#counts.set(key, (this.#counts.get(key) ?? 0) + value);
        for (const look of [...this.#waiting]) look();
      },
    });
  }

  static async start(options: WatchedOptions = {}): Promise<WatchedNode> {
    const { manager = {}, ...given } = options;
    const directory = given.dirPath === undefined ? await makeDirectory() : undefined;
    const parts = await openStandalone({
      dirPath: directory?.path ?? "",
      networkName: NETWORK_NAME,
      listen: ["/ip4/127.0.0.1/tcp/0"],
      ...given,
    });
    const node = new WatchedNode(parts, manager);
    try {
      await node.manager.start();
    } catch (error) {
      await parts.close();
      throw error;
    }
    node.#remove = directory?.remove;
    return node;
  }

  #remove: (() => Promise<void>) | undefined;

  /** As {@link start}; the node stops when the test ends. */
  static async forTest(options: WatchedOptions = {}): Promise<WatchedNode> {
    const node = await WatchedNode.start(options);
    onTestFinished(() => node.stop());
    return node;
  }

  get control(): NodeControl {
    return this.manager.control;
  }

  get address(): string {
    return this.manager.multiaddrs[0] as string;
  }

  get peer(): string {
    return this.control.info().peerId;
  }

  /** Advances the node's clock. */
  forward(seconds: number): void {
    this.#aheadMs += seconds * 1000;
  }

  /** The value of the counter. */
  count(name: string, label: string): number {
    return this.#counts.get(`${name} ${label}`) ?? 0;
  }

  /** All counters of a name, for the message of a failure. */
  counts(): Record<string, number> {
    return Object.fromEntries([...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** Resolves when the condition holds; checked after every count and every 50 ms. */
  async until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
    const end = performance.now() + UNTIL_MS;
    while (!(await holds())) {
      if (performance.now() > end) throw new Error(`waited for: ${what}; counted ${JSON.stringify(this.counts())}`);
      await new Promise<void>((resolve) => {
        const look = () => {
          clearTimeout(timer);
          this.#waiting.delete(look);
          resolve();
        };
        const timer = setTimeout(look, 50);
        this.#waiting.add(look);
      });
    }
  }

  /** Digest and size of the set at the present minute, or at that of an earlier belief. */
  async belief(atSeconds = Math.floor(Date.now() / 60_000) * 60): Promise<Belief> {
    const { digest, records } = await this.control.stateDigest(atSeconds);
    return { atSeconds, digest, records };
  }

  /** The score of a connected peer, by libp2p peer id or node key. */
  scoreOf(peer: string): number | undefined {
    return this.control.peers().find((known) => known.peer === peer || known.key === peer)?.score.overall;
  }

  holds(taskId: string): Promise<boolean> {
    return this.control.taskDetails(taskId).then(
      () => true,
      () => false,
    );
  }

  async stop(): Promise<void> {
    await this.manager.stop();
    await this.#parts.close();
    await this.#remove?.();
  }
}

/** Expects that a task of one node still reaches the other after the attack. */
export async function stillTalk(from: WatchedNode, to: WatchedNode): Promise<void> {
  const { taskId } = await from.control.publishTask(codeTask("still talking"));
  await to.until("an honest task", () => to.holds(taskId));
}
