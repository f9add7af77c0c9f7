import { setTimeout as pause } from "node:timers/promises";
import type { BoundRow, NodeCount } from "../api/index.js";
import {
  AHEAD_BLOCKS,
  type AuthorLookup,
  type BlockchainInterface,
  DaemonChain,
  PEERS_MAX,
  probeDaemon,
  readJsonFile,
  WINDOW_BLOCKS,
} from "../chain/index.js";
import { Backoff } from "../engine/index.js";
import type { Log } from "../manager/index.js";
import { NetworkError } from "../protocol/errors.js";
import { NETWORKS, type NetworkName } from "../protocol/rules.js";
import { logOf } from "./logger.js";
import { chainIdentity } from "./network-identity.js";
import { type FactsFaults, factsWatches, openFacts } from "./open-facts.js";
import { type NodeOptions, type OpenedNode, openNode, type PreparedParts } from "./opening.js";
import { checkOptions } from "./option-shapes.js";
import { checkTerms, type RegistrySource, type RememberedChain, rememberedChain, termsOf } from "./remembered-chain.js";
import type { ApiAddress } from "./running-node.js";
import { type ServedNode, serveNode } from "./served-node.js";

/** Interval of probes; a daemon is ready 0.1 to 0.35 s after its start. */
const PROBE_AGAIN_MS = 1000;
/** Timeout of one probe, which is three small requests. */
const PROBE_TIMEOUT_MS = 10_000;
/** The time between two log lines about a daemon that does not answer yet: it may stay away for hours. */
const LOG_WAITING = new Backoff(5000, 300_000);

export interface SidecarOptions extends NodeOptions {
  /** `ws://host:port/json_rpc`, or http, or `host:port`. */
  readonly daemon: string;
  /** Default: the daemon's network. */
  readonly network?: NetworkName;
  /** Default: that of the first start; at a first start `file` if a file is given, else `chain` if it has AI mining. */
  readonly registry?: RegistrySource;
  /** The registry of authors. */
  readonly registryFile?: string;
  /** Cancels a first start that waits for the daemon. */
  readonly signal?: AbortSignal;
}

export interface ServedSidecarOptions extends SidecarOptions {
  /** Where the API listens; default 127.0.0.1:8135. */
  readonly api?: ApiAddress;
}

/** Probes until the daemon answers. Throws errors that waiting can't fix, and `stopped` if it is cancelled. */
async function waitForDaemon(options: SidecarOptions, log: Log): ReturnType<typeof probeDaemon> {
  const { daemon, signal = new AbortController().signal } = options;
  let logMs = performance.now();
  let logged = 0;
  for (;;) {
    try {
      return await probeDaemon(daemon, AbortSignal.any([signal, AbortSignal.timeout(PROBE_TIMEOUT_MS)]));
    } catch (error) {
      if (signal.aborted) throw new NetworkError("stopped", "the start was cancelled", { cause: error });
      if (error instanceof NetworkError && error.code === "bad_parameters") throw error;
      if (performance.now() >= logMs) {
        logMs = performance.now() + LOG_WAITING.waitMs(logged);
        logged += 1;
        const reason = error instanceof Error ? error.message : String(error);
        log("warn", "waiting for the daemon: a first start asks it which network it serves", { daemon, reason });
      }
    }
    await pause(PROBE_AGAIN_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** The registry source of a first start. */
function firstRegistry(options: SidecarOptions, network: NetworkName, ai: boolean): RegistrySource {
  const { registry, registryFile } = options;
  if (registry === "chain" && !ai) {
    throw new NetworkError("bad_parameters", "this daemon has no AI mining, so its chain keeps no registry of authors");
  }
  if (registry !== undefined) return registry;
  if (registryFile !== undefined) return "file";
  if (ai) return "chain";
  if (network === "devnet") return "everyone";
  throw new NetworkError(
    "bad_parameters",
    `this daemon has no AI mining: on ${network} give the registry of authors with the option registryFile`,
  );
}

/**
 * Checks the options that do not depend on the daemon, so that a wrong file name is reported without waiting for the
 * daemon. Throws NetworkErrors.
 */
export async function checkGivenFiles(options: Omit<SidecarOptions, "dirPath" | "daemon">): Promise<void> {
  if (options.registry !== undefined) checkChoice(options, options.registry);
  for (const path of [options.registryFile, options.rosterFile, options.rulesFile]) {
    if (path !== undefined) await readJsonFile(path);
  }
}

async function firstStart(options: SidecarOptions, log: Log): Promise<RememberedChain> {
  await checkGivenFiles(options);
  const found = await waitForDaemon(options, log);
  const network = NETWORKS[found.network];
  if (network === undefined) throw new NetworkError("wrong_network", "the daemon's network is not a TOS network");
  if (options.network !== undefined && options.network !== network) {
    throw new NetworkError("wrong_network", `the daemon serves ${network}, the option network is ${options.network}`);
  }
  return { network, genesis: found.genesis, registry: firstRegistry(options, network, found.ai) };
}

/** The chain of the data directory; needs no daemon. */
function laterStart(options: SidecarOptions, known: RememberedChain): RememberedChain {
  const given = options.registry ?? (options.registryFile === undefined ? undefined : "file");
  return { ...known, registry: given ?? known.registry };
}

function checkChoice(
  { registry, registryFile }: Pick<SidecarOptions, "registry" | "registryFile">,
  chosen: RegistrySource,
): void {
  if (chosen === "file" && registryFile === undefined) {
    throw new NetworkError("bad_parameters", "a registry from a file needs the option registryFile");
  }
  if (registry !== undefined && registry !== "file" && registryFile !== undefined) {
    throw new NetworkError(
      "bad_parameters",
      `the option registry ${registry} and the option registryFile exclude each other`,
    );
  }
}

/** The look-up of facts that are computed from the chain itself. `chain` is set before the first look-up. */
class LateLookup implements AuthorLookup {
  chain: DaemonChain | undefined;

  async miner(...asked: Parameters<AuthorLookup["miner"]>): ReturnType<AuthorLookup["miner"]> {
    return this.chain?.miner(...asked);
  }

  async block(...asked: Parameters<AuthorLookup["block"]>): ReturnType<AuthorLookup["block"]> {
    return this.chain?.block(...asked);
  }

  async tip(signal: AbortSignal): ReturnType<AuthorLookup["tip"]> {
    return this.chain?.tip(signal);
  }
}

function chainBounds({ sizes }: DaemonChain): readonly BoundRow[] {
  return [
    { name: "chain_window", size: sizes.remembered, cap: WINDOW_BLOCKS },
    { name: "chain_ahead", size: sizes.ahead, cap: AHEAD_BLOCKS },
    { name: "chain_peers", size: sizes.peers, cap: PEERS_MAX },
  ];
}

/** Opens the parts of a node beside a daemon. Throws NetworkErrors. */
export async function openSidecar(options: SidecarOptions, count: NodeCount = () => undefined): Promise<OpenedNode> {
  checkOptions("openSidecar", options);
  return openParts(options, count);
}

async function openParts(options: SidecarOptions, count: NodeCount): Promise<OpenedNode> {
  const log: Log = logOf(options.log) ?? (() => undefined);
  const known = await rememberedChain(options.dirPath, options.network);
  const { network, genesis, registry } =
    known === undefined ? await firstStart(options, log) : laterStart(options, known);
  checkChoice(options, registry);
  let bounds = (): readonly BoundRow[] => [];
  let faults = (): FactsFaults => ({});
  const openChain = async (prepared: PreparedParts): Promise<BlockchainInterface> => {
    const lookup = new LateLookup();
    const opened = await openFacts(prepared, options, registry, lookup, log);
    const { facts, bounds: factsBounds } = opened;
    faults = opened.faults;
    // After the files are read, so that a wrong file name does not bind the directory.
    await checkTerms(prepared.data.path, termsOf(registry, prepared.identity.rulesDigest));
    const chain = new DaemonChain({
      url: options.daemon,
      network: prepared.identity.network,
      genesis,
      facts,
      needsAiMining: registry === "chain",
      // The node reports chain trouble to people; these lines are for debugging.
      log: (_level, text, fields) => log("debug", text, fields),
      count: (label) => count("daemon_link", label, 1),
    });
    lookup.chain = chain;
    bounds = () => [...chainBounds(chain), ...factsBounds()];
    return chain;
  };
  const { rulesFile } = options;
  const choice = { network, genesis, registry, ...(rulesFile === undefined ? {} : { rulesFile }) };
  return openNode(options, {
    identity: (blake3) => chainIdentity(blake3, choice),
    chain: openChain,
    manager: { networkName: undefined, bounds: () => bounds(), watches: factsWatches(() => faults()) },
  });
}

/** Starts a node beside a daemon. Closes all opened parts on a failure. Throws NetworkErrors. */
export async function startSidecar(options: ServedSidecarOptions): Promise<ServedNode> {
  checkOptions("startSidecar", options);
  const { metricsRegistry, ...parts } = options;
  return serveNode(
    (metrics) => openParts(parts, (name, label, value) => metrics.count(name, label, value)),
    options.api,
    metricsRegistry,
  );
}
