import { join } from "node:path";
import type { LogLosses } from "../api/index.js";
import type { BlockchainInterface } from "../chain/index.js";
import { blake3Of, loadKernel } from "../kernel/index.js";
import { Undo } from "../lifecycle/index.js";
import type { Log, ManagerOptions } from "../manager/index.js";
import { defaultListen, isElsewhere } from "../network/index.js";
import type { StreamingBlake3 } from "../protocol/hash.js";
import type { NetworkIdentity } from "../protocol/rules.js";
import { type DataDirectory, DiskRecordStore, openDataDirectory, openReadOnlyDirectory } from "../storage/index.js";

/** What every way to be loaded takes. */
export interface NodeOptions {
  /** Base directory; data lies in `{dirPath}ai/{network}/`. */
  readonly dirPath: string;
  /** Multiaddrs; default port 2135 on loopback, or on every interface where a bootstrap address is on another machine. */
  readonly listen?: readonly string[];
  /** Multiaddrs of peers to join by, with or without /p2p/. */
  readonly bootstrap?: readonly string[];
  /** Multiaddrs told to peers in place of those listened on: a forwarded port, a public address, DNS names; at most 8. */
  readonly announce?: readonly string[];
  /** Who votes. */
  readonly rosterFile?: string;
  /** Network rules of a devnet, JSON. */
  readonly rulesFile?: string;
  /** Task types (indexes into TASK_TYPES) that the node holds, gossips and reconciles; default all six. */
  readonly taskTypes?: readonly number[];
  readonly log?: Log;
  /** Of where the log is written to. */
  readonly logLosses?: LogLosses;
  /** To read what a node left, not to run one: nothing in the data directory is written. */
  readonly readOnly?: boolean;
}

/** What an AINetworkSyncManager needs to run, and how to close it after the manager has stopped. */
export interface OpenedNode {
  readonly options: ManagerOptions;
  readonly data: DataDirectory;
  close(): Promise<void>;
}

/** What stands when the chain is opened. */
export interface Ground {
  readonly blake3: StreamingBlake3;
  readonly identity: NetworkIdentity;
  readonly data: DataDirectory;
}

/** What one way to be loaded differs by from another. */
export interface NodeRecipe {
  readonly identity: (blake3: StreamingBlake3) => Promise<NetworkIdentity>;
  /** The chain, not started. */
  readonly chain: (ground: Ground) => Promise<BlockchainInterface>;
  /** The rest of what the manager takes. */
  readonly manager: Pick<ManagerOptions, "networkName"> &
    Partial<Pick<ManagerOptions, "hostKeys" | "bounds" | "watches">>;
  /** Called before each part is opened; throws to call the start off. */
  readonly stage?: (name: "kernel" | "data" | "chain") => void;
}

/** Kernel, network rules, data directory and chain of a node, opened in this order. Errors are NetworkErrors. */
export async function openNode(options: NodeOptions, recipe: NodeRecipe): Promise<OpenedNode> {
  const { dirPath, bootstrap = [], announce, taskTypes, log, logLosses } = options;
  const listen = options.listen ?? defaultListen(bootstrap);
  if (options.listen === undefined && listen.some(isElsewhere)) {
    log?.("info", "listens on every interface, since a bootstrap address is on another machine", {
      cure: "name other addresses with --p2p-listen",
    });
  }
  const opened = new Undo();
  try {
    recipe.stage?.("kernel");
    const kernel = await loadKernel();
    opened.push(() => kernel.kernel.close());
    const blake3 = blake3Of(kernel.kernel);
    const identity = await recipe.identity(blake3);
    recipe.stage?.("data");
    const { network, genesis } = identity;
    const open = options.readOnly === true ? openReadOnlyDirectory : openDataDirectory;
    const data = await open({ dir: dirPath, network, genesis, nowMs: Date.now() });
    opened.push(() => data.close());
    const store = new DiskRecordStore(data.store);
    for (const reason of data.damage) store.losses.file(reason);
    recipe.stage?.("chain");
    const chain = await recipe.chain({ blake3, identity, data });
    opened.push(() => chain.stop());
    await chain.start();
    const managerOptions: ManagerOptions = {
      identity,
      kernel,
      store,
      chain,
      keysPath: data.keysPath,
      libp2pKeyPath: join(data.path, "libp2p.key"),
      listen,
      bootstrap,
      ...(announce === undefined ? {} : { announce }),
      ...recipe.manager,
      ...(taskTypes === undefined ? {} : { taskTypes }),
      ...(log === undefined ? {} : { log }),
      ...(logLosses === undefined ? {} : { logLosses }),
    };
    return { options: managerOptions, data, close: () => opened.run() };
  } catch (error) {
    return opened.fail(error);
  }
}
