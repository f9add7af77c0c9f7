import { join } from "node:path";
import type { Registry } from "prom-client";
import type { LogLosses } from "../api/index.js";
import type { BlockchainInterface } from "../chain/index.js";
import { blake3Of, loadKernel } from "../kernel/index.js";
import { Undo } from "../lifecycle/index.js";
import type { Log, ManagerOptions, TracingApi } from "../manager/index.js";
import { defaultListen, isElsewhere } from "../network/index.js";
import type { StreamingBlake3 } from "../protocol/hash.js";
import type { NetworkIdentity } from "../protocol/rules.js";
import {
  type DataDirectory,
  type DataDirectoryOptions,
  DiskRecordStore,
  openReadOnlyDirectory,
  type RecordStore,
  ThreadStore,
} from "../storage/index.js";
import { type Logger, logOf } from "./logger.js";
import { metricsIn, metricsOptions } from "./node-metrics.js";

/** Options of every kind of node. */
export interface NodeOptions {
  /** Base directory; the data directory is `{dirPath}ai/{network}/`. */
  readonly dirPath: string;
  /**
   * Multiaddrs; default port 2135 on loopback, or on every interface where a bootstrap address is on another machine.
   */
  readonly listen?: readonly string[];
  /** Multiaddrs of peers to join by, with or without /p2p/. */
  readonly bootstrap?: readonly string[];
  /**
   * Multiaddrs announced to peers in place of the listen addresses: a forwarded port, a public address, DNS names; at
   * most 8.
   */
  readonly announce?: readonly string[];
  /** The rosters of validators. */
  readonly rosterFile?: string;
  /** Network rules of a devnet, JSON. */
  readonly rulesFile?: string;
  /** Task types (indexes into TASK_TYPES) that the node holds, gossips and reconciles; default all six. */
  readonly taskTypes?: readonly number[];
  /** A function, or a logger of pino's shape. */
  readonly log?: Log | Logger;
  /** A registry of prom-client, for the metrics of this node: `registry.metrics()` reads the node. Default: none. */
  readonly metricsRegistry?: Registry;
  /**
   * The module `@opentelemetry/api` of the program, which has set up its SDK: the node makes spans of the way of each
   * message. Default: none are made.
   */
  readonly tracing?: TracingApi;
  /** Counts of lost log lines. */
  readonly logLosses?: LogLosses;
  /** Read the data directory only; write nothing to it. */
  readonly readOnly?: boolean;
}

/** The data directory of a node, without its database. */
export type NodeDirectory = Omit<DataDirectory, "store">;

/** The options of an AINetworkSyncManager; `close` closes the parts after the manager has stopped. */
export interface OpenedNode {
  readonly options: ManagerOptions;
  readonly data: NodeDirectory;
  close(): Promise<void>;
}

/** The parts that are open when the chain is opened. */
export interface PreparedParts {
  readonly blake3: StreamingBlake3;
  readonly identity: NetworkIdentity;
  readonly data: NodeDirectory;
}

/** The differences between the kinds of nodes. */
export interface NodePlan {
  readonly identity: (blake3: StreamingBlake3) => Promise<NetworkIdentity>;
  /** The chain, not started. */
  readonly chain: (prepared: PreparedParts) => Promise<BlockchainInterface>;
  /** Further options of the manager. */
  readonly manager: Pick<ManagerOptions, "networkName"> &
    Partial<Pick<ManagerOptions, "hostKeys" | "bounds" | "watches">>;
  /** Called before each part is opened; throws to cancel the start. */
  readonly stage?: (name: "kernel" | "data" | "chain") => void;
}

/** Opens kernel, network identity, data directory and chain, in this order. Throws NetworkErrors. */
export async function openNode(options: NodeOptions, plan: NodePlan): Promise<OpenedNode> {
  const { dirPath, bootstrap = [], announce, taskTypes, logLosses, metricsRegistry, tracing } = options;
  const log = logOf(options.log);
  const listen = options.listen ?? defaultListen(bootstrap);
  if (options.listen === undefined && listen.some(isElsewhere)) {
    log?.("info", "listens on every interface, because a bootstrap address is on another machine", {
      cure: "name other addresses with the option listen",
    });
  }
  const opened = new Undo();
  try {
    plan.stage?.("kernel");
    const kernel = await loadKernel();
    opened.push(() => kernel.kernel.close());
    const blake3 = blake3Of(kernel.kernel);
    const identity = await plan.identity(blake3);
    plan.stage?.("data");
    const { network, genesis } = identity;
    const open = options.readOnly === true ? openForReading : openForRunning;
    const { data, store } = await open({ dir: dirPath, network, genesis, nowMs: Date.now() });
    opened.push(() => data.close());
    if (data.upgraded === true) log?.("info", "upgraded the data directory to the current version");
    plan.stage?.("chain");
    const chain = await plan.chain({ blake3, identity, data });
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
      ...plan.manager,
      ...(taskTypes === undefined ? {} : { taskTypes }),
      ...(log === undefined ? {} : { log }),
      ...(metricsRegistry === undefined ? {} : metricsOptions(metricsIn(metricsRegistry))),
      ...(logLosses === undefined ? {} : { logLosses }),
      ...(tracing === undefined ? {} : { tracing }),
    };
    return { options: managerOptions, data, close: () => opened.run() };
  } catch (error) {
    return opened.fail(error);
  }
}

interface OpenedData {
  readonly data: NodeDirectory;
  readonly store: RecordStore;
}

/** A running node has other work while its database is read and written. */
async function openForRunning(options: DataDirectoryOptions): Promise<OpenedData> {
  const { store, ...data } = await ThreadStore.open(options);
  return { data: { ...data, readOnly: false }, store };
}

async function openForReading(options: DataDirectoryOptions): Promise<OpenedData> {
  const data = await openReadOnlyDirectory(options);
  const store = new DiskRecordStore(data.store);
  for (const reason of data.damage) store.losses.file(reason);
  return { data, store };
}
