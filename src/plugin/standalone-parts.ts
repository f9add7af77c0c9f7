import { join } from "node:path";
import { everyone, readRegistryFile, readRosterFile, StandaloneChain } from "../chain/index.js";
import { blake3Of, loadKernel } from "../kernel/index.js";
import type { Log, ManagerOptions } from "../manager/options.js";
import { Undo } from "../manager/undo.js";
import type { Blake3 } from "../protocol/hash.js";
import type { NetworkIdentity } from "../protocol/rules.js";
import { type DataDirectory, openDataDirectory } from "../storage/data-directory.js";
import { DiskRecordStore } from "../storage/record-store.js";
import { DEFAULT_NETWORK_NAME, type NetworkChoice, networkIdentity } from "./network-identity.js";

/** Not the daemon's 2125 and 2126, so that both run on one machine without a flag. */
export const DEFAULT_LISTEN = "/ip4/127.0.0.1/tcp/2135";

export interface StandaloneOptions extends Partial<NetworkChoice> {
  /** Base directory; data lies in `{dirPath}ai/{network}/`. */
  readonly dirPath: string;
  /** Multiaddrs; default {@link DEFAULT_LISTEN}. */
  readonly listen?: readonly string[];
  /** Multiaddrs of peers to join by, with or without /p2p/. */
  readonly bootstrap?: readonly string[];
  readonly rosterFile?: string;
  /** Task types (indexes into TASK_TYPES) that the node holds, gossips and reconciles; default all six. */
  readonly taskTypes?: readonly number[];
  readonly log?: Log;
}

/** What an AINetworkSyncManager needs to run by itself, and how to close it after the manager has stopped. */
export interface StandaloneParts {
  readonly options: ManagerOptions;
  readonly data: DataDirectory;
  close(): Promise<void>;
}

async function openChain(
  blake3: Blake3,
  identity: NetworkIdentity,
  options: StandaloneOptions,
): Promise<StandaloneChain> {
  const rosters = options.rosterFile === undefined ? [] : await readRosterFile(options.rosterFile, identity);
  const facts =
    options.registryFile === undefined
      ? everyone(rosters)
      : await readRegistryFile(options.registryFile, blake3, identity, rosters);
  return new StandaloneChain(identity, facts);
}

/** Kernel, network rules, data directory and chain view of a standalone node. Errors are NetworkErrors. */
export async function openStandalone(options: StandaloneOptions): Promise<StandaloneParts> {
  const opened = new Undo();
  try {
    const kernel = await loadKernel();
    opened.push(() => kernel.kernel.close());
    const blake3 = blake3Of(kernel.kernel);
    const identity = await networkIdentity(blake3, { network: "devnet", ...options });
    const chain = await openChain(blake3, identity, options);
    const { network, genesis } = identity;
    const data = await openDataDirectory({ dir: options.dirPath, network, genesis, nowMs: Date.now() });
    opened.push(() => data.close());
    await chain.start();
    opened.push(() => chain.stop());
    const managerOptions: ManagerOptions = {
      identity,
      networkName: options.networkName ?? DEFAULT_NETWORK_NAME,
      kernel,
      store: new DiskRecordStore(data.store),
      chain,
      keysPath: data.keysPath,
      libp2pKeyPath: join(data.path, "libp2p.key"),
      listen: options.listen ?? [DEFAULT_LISTEN],
      bootstrap: options.bootstrap ?? [],
      ...(options.taskTypes === undefined ? {} : { taskTypes: options.taskTypes }),
      ...(options.log === undefined ? {} : { log: options.log }),
    };
    return { options: managerOptions, data, close: () => opened.run() };
  } catch (error) {
    return opened.fail(error);
  }
}
