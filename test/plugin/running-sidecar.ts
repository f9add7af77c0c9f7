import { onTestFinished } from "vitest";
import { AINetworkSyncManager } from "../../src/manager/network-sync-manager.js";
import type { OpenedNode } from "../../src/plugin/opening.js";
import { openSidecar, type SidecarOptions } from "../../src/plugin/sidecar.js";
import { FakeDaemon, type FakeDaemonOptions } from "../../src/testing/index.js";

/** A fake daemon that ends with the test. */
export async function daemon(options: FakeDaemonOptions = {}): Promise<FakeDaemon> {
  const fake = await FakeDaemon.start(options);
  onTestFinished(() => fake.stop());
  return fake;
}

/** A node beside a daemon. */
export interface Sidecar {
  readonly parts: OpenedNode;
  readonly manager: AINetworkSyncManager;
  /** Resolves when the condition holds; it is evaluated at each event of the chain. */
  until(holds: () => boolean): Promise<void>;
  stop(): Promise<void>;
}

/** A node that runs until the test ends. */
export async function sidecar(options: SidecarOptions): Promise<Sidecar> {
  const parts = await openSidecar({ listen: ["/ip4/127.0.0.1/tcp/0"], ...options });
  const manager = new AINetworkSyncManager(parts.options);
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopped ??= manager.stop().then(() => parts.close());
    return stopped;
  };
  onTestFinished(stop);
  await manager.start();
  const until = (holds: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (!holds()) return;
        unsubscribe();
        resolve();
      };
      const unsubscribe = parts.options.chain.subscribe(look);
      look();
    });
  return { parts, manager, until, stop };
}

/** Whether the node knows that the chain has registered this key. */
export function registered({ parts }: Sidecar, key: string): boolean {
  const { registry } = parts.options.chain.facts();
  return registry.kind === "listed" && registry.authors.has(key);
}
