import type { BoundRow } from "../../api/index.js";
import { AHEAD_BLOCKS, HostChain, HostSource, WINDOW_BLOCKS } from "../../chain/index.js";
import type { Log } from "../../manager/index.js";
import { fromHex } from "../../protocol/bytes.js";
import { NetworkError } from "../../protocol/errors.js";
import { TASK_TYPES } from "../../protocol/records.js";
import { chainIdentity } from "../network-identity.js";
import { type FactsFaults, factsWatches, openFacts } from "../open-facts.js";
import { type NodeOptions, type OpenedNode, openNode, type PreparedParts } from "../opening.js";
import { checkTerms, termsOf } from "../remembered-chain.js";
import type { PeerCount } from "./peer.js";
import type { InitParams } from "./start-params.js";

/** Unusable or dropped messages of the channel, as labels of a metric. */
export type LinkCount = PeerCount | "gap" | "log_dropped" | "not_read";

/** The host, as the node uses it. */
export interface HostPorts {
  /** Rejects with NetworkErrors. */
  readonly ask: (method: string, params: object, signal?: AbortSignal) => Promise<unknown>;
  /** Allows the host to send this many more events. */
  readonly grant: (events: number) => void;
  /** Reports the stage of the start. */
  readonly stage: (stage: string) => void;
  readonly log: Log;
  /** Sizes and caps of the channel. */
  readonly bounds: () => readonly BoundRow[];
  /** Sets the counter of unusable messages. */
  readonly countWith: (count: (label: LinkCount) => void) => void;
}

/** A node on the chain of its host. The chain is started, the manager is not. */
export interface OpenedManaged {
  readonly parts: OpenedNode;
  readonly chain: HostChain;
}

function nodeOptions({ data_dir: dirPath, options }: InitParams, log: Log): NodeOptions {
  const { listen, bootstrap, announce, task_types: wanted } = options;
  return {
    dirPath,
    log,
    ...(listen === undefined ? {} : { listen }),
    ...(bootstrap === undefined ? {} : { bootstrap }),
    ...(announce === undefined ? {} : { announce }),
    ...(wanted === undefined
      ? {}
      : { taskTypes: [...TASK_TYPES.entries()].filter(([, name]) => wanted.includes(name)).map(([index]) => index) }),
  };
}

/** Opens the node that `init` describes. Throws NetworkErrors and the errors of `stage`. */
export async function openManaged(
  params: InitParams,
  host: HostPorts,
  count: (label: LinkCount) => void,
): Promise<OpenedManaged> {
  const { network, registry, options, tip } = params;
  const genesis = fromHex(params.genesis, 32) ?? new Uint8Array(32);
  const rules = options.rules_file === undefined ? {} : { rulesFile: options.rules_file };
  const source = new HostSource(host.ask);
  let chain: HostChain | undefined;
  let bounds = host.bounds;
  let faults = (): FactsFaults => ({});
  const openChain = async (prepared: PreparedParts): Promise<HostChain> => {
    const files = { registryFile: options.registry_file, rosterFile: options.roster_file };
    const found = await openFacts(prepared, files, registry, source, host.log);
    const { facts, bounds: factsBounds } = found;
    faults = found.faults;
    // After the files are read, so that a wrong file name does not bind the directory.
    await checkTerms(prepared.data.path, termsOf(registry, prepared.identity.rulesDigest));
    const opened = new HostChain({
      identity: prepared.identity,
      source,
      facts,
      tip,
      grant: host.grant,
      count,
      log: host.log,
      nowMs: Date.now,
    });
    bounds = () => [
      { name: "chain_window", size: opened.sizes.remembered, cap: WINDOW_BLOCKS },
      { name: "chain_ahead", size: opened.sizes.ahead, cap: AHEAD_BLOCKS },
      ...factsBounds(),
      ...host.bounds(),
    ];
    chain = opened;
    return opened;
  };
  const parts = await openNode(nodeOptions(params, host.log), {
    identity: (blake3) => chainIdentity(blake3, { network, genesis, registry, ...rules }),
    chain: openChain,
    manager: { networkName: options.network_name, bounds: () => bounds(), watches: factsWatches(() => faults()) },
    stage: host.stage,
  });
  if (chain === undefined) throw new NetworkError("stopped", "the node was opened without its chain");
  return { parts, chain };
}
