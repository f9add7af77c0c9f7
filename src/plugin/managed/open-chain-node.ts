import type { BoundRow } from "../../api/index.js";
import { AHEAD_BLOCKS, HostChain, HostSource, WINDOW_BLOCKS } from "../../chain/index.js";
import type { Log } from "../../manager/index.js";
import { fromHex } from "../../protocol/bytes.js";
import { NetworkError } from "../../protocol/errors.js";
import { TASK_TYPES } from "../../protocol/records.js";
import { chainIdentity } from "../network-identity.js";
import { type FactsFaults, factsWatches, openFacts } from "../open-facts.js";
import { type Ground, type NodeOptions, type OpenedNode, openNode } from "../opening.js";
import { holdToTerms, termsOf } from "../remembered-chain.js";
import type { PeerCount } from "./peer.js";
import type { InitParams } from "./start-params.js";

/** What came over the channel and was of no use, or did not get through. */
export type LinkCount = PeerCount | "gap" | "log_dropped" | "not_read";

/** What a node has of the host. */
export interface HostPorts {
  /** Rejects with NetworkErrors. */
  readonly ask: (method: string, params: object, signal?: AbortSignal) => Promise<unknown>;
  /** The host may send so many more events. */
  readonly grant: (events: number) => void;
  /** The start has come so far. */
  readonly stage: (stage: string) => void;
  readonly log: Log;
  /** Sizes and caps of the channel. */
  readonly bounds: () => readonly BoundRow[];
  /** Where to count from now on what the channel had no use for. */
  readonly countWith: (count: (label: LinkCount) => void) => void;
}

/** A node on the chain of its host; the chain runs, the manager does not yet. */
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

/** Opens what `init` describes. Errors are NetworkErrors, and what `stage` throws. */
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
  const openChain = async (ground: Ground): Promise<HostChain> => {
    const files = { registryFile: options.registry_file, rosterFile: options.roster_file };
    const found = await openFacts(ground, files, registry, source, host.log);
    const { facts, bounds: factsBounds } = found;
    faults = found.faults;
    // A start that got no further than a wrong file name binds the directory to nothing.
    await holdToTerms(ground.data.path, termsOf(registry, ground.identity.rulesDigest));
    const opened = new HostChain({
      identity: ground.identity,
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
