import { bech32 } from "@scure/base";
import type { Json } from "./daemon-json.js";
import { DIFFICULTY, MINER_REWARD, supplyAt, versionAt } from "./fake-block.js";
import { MAX_PEERS, peerJson, topoheightsOf } from "./fake-peers.js";
import { keyBytes } from "./fake-transactions.js";
import { type DaemonView, type Method, withoutParams, withParams } from "./methods.js";
import { bool, optional, text, u64 } from "./params.js";
import { FAULT_CODES, invalidParams, RpcFault } from "./rpc-fault.js";

const MAXIMUM_SUPPLY = 18_400_000_000_000_000;
const NETWORK_NAMES = ["Mainnet", "Testnet", "Stagenet", "Dev"];
/** Blocks over which the average time is taken. */
const AVERAGED_BLOCKS = 50;

function averageBlockTime({ chain }: DaemonView): number {
  const first = chain.at(Math.max(0, chain.topoheight - AVERAGED_BLOCKS)) ?? chain.top;
  const count = chain.topoheight - (first.topoheight ?? 0);
  return count === 0 ? 0 : Math.floor((chain.top.timestampMs - first.timestampMs) / count);
}

function blockTimeTarget({ chain, profile }: DaemonView): number {
  if (profile === "plain") return 1000;
  return versionAt(chain.height) === 0 ? 60_000 : 3000;
}

/** The pruned topoheight that the daemon reports. */
export function shownPruned({ chain, hidesPruning }: DaemonView): number | null {
  return chain.pruned === 0 || hidesPruning ? null : chain.pruned;
}

function info(view: DaemonView): Json {
  const { chain, profile } = view;
  const supply = supplyAt(chain.topoheight);
  return {
    average_block_time: averageBlockTime(view),
    block_reward: 292_459_556,
    block_time_target: blockTimeTarget(view),
    block_version: profile === "plain" ? 0 : versionAt(chain.height),
    burned_supply: 0,
    circulating_supply: supply,
    dev_reward: 29_245_955,
    difficulty: String(DIFFICULTY),
    emitted_supply: supply,
    height: chain.shownHeight,
    maximum_supply: MAXIMUM_SUPPLY,
    mempool_size: chain.mempool.length,
    miner_reward: MINER_REWARD,
    network: NETWORK_NAMES[view.network] ?? "Dev",
    pruned_topoheight: shownPruned(view),
    stableheight: chain.stableHeight,
    ...(profile === "plain" ? { stable_topoheight: chain.stableTopoheight } : {}),
    top_block_hash: chain.top.hash,
    topoheight: chain.topoheight,
    version: view.version,
  };
}

function peersOf({ peers }: DaemonView): NonNullable<DaemonView["peers"]> {
  if (peers === undefined) throw invalidParams("P2p engine is not running");
  return peers;
}

interface Address {
  readonly key: Uint8Array;
  /** The address contains data besides the key. */
  readonly integrated: boolean;
}

/** An invalid address is an error of the parameters; there is no answer "not valid". */
function readAddress(address: string, network: number): Address {
  const standard = address.replace(/^(tos|tst):/, "$11");
  if (!standard.includes("1")) throw invalidParams("Separator not found");
  const decoded = bech32.decodeUnsafe(standard, false);
  if (decoded === undefined) throw invalidParams("Invalid checksum");
  if (decoded.prefix !== (network === 0 ? "tos" : "tst")) throw invalidParams("Invalid network state");
  const bytes = bech32.fromWordsUnsafe(decoded.words);
  if (!(bytes instanceof Uint8Array) || bytes.length < 33) throw invalidParams("Invalid address");
  return { key: bytes.slice(0, 32), integrated: bytes[32] !== 0 };
}

const address = text;

export const nodeMethods: Readonly<Record<string, Method>> = {
  get_version: withoutParams(({ version }) => version),
  get_info: withoutParams(info),
  get_difficulty: withoutParams(() => ({
    difficulty: String(DIFFICULTY),
    hashrate: "5",
    hashrate_formatted: "5.00 H/s",
  })),
  get_dev_fee_thresholds: withoutParams(() => [
    { fee_percentage: 10, height: 0 },
    { fee_percentage: 5, height: 15_768_000 },
  ]),
  get_hard_forks: withoutParams(() => [
    { changelog: "Initial version", height: 0, version: 0, version_requirement: null },
    { changelog: "tos-hash v2", height: 5, version: 1, version_requirement: ">=1.13.0" },
    { changelog: "MultiSig, P2P", height: 10, version: 2, version_requirement: ">=1.16.0" },
    { changelog: "Smart Contracts", height: 15, version: 3, version_requirement: ">=1.16.0" },
  ]),
  get_size_on_disk: withoutParams(() => ({ size_bytes: 0, size_formatted: "0 B" })),
  get_estimated_fee_rates: withoutParams(() => ({ default: 10_000, high: 10_000, low: 10_000, medium: 10_000 })),

  p2p_status: withoutParams((view) => {
    const peers = peersOf(view);
    const { best, median } = topoheightsOf(peers, view.chain.topoheight);
    return {
      best_topoheight: best,
      max_peers: MAX_PEERS,
      median_topoheight: median,
      our_topoheight: view.chain.topoheight,
      peer_count: peers.length,
      peer_id: view.peerId,
      tag: view.tag,
    };
  }),
  get_peers: withoutParams((view) => {
    const peers = peersOf(view);
    const shown = peers.filter(({ hidden }) => !hidden);
    return {
      hidden_peers: peers.length - shown.length,
      peers: shown.map((peer) => peerJson(peer, view.chain, view.version, view.nowMs)),
      total_peers: peers.length,
    };
  }),

  validate_address: withParams(
    { address, allow_integrated: optional(bool, false), max_integrated_data_size: optional(u64, undefined) },
    ({ network }, params) => {
      const { integrated } = readAddress(params.address, network);
      if (integrated && !params.allow_integrated) throw invalidParams("Integrated address is not allowed");
      return { is_integrated: integrated, is_valid: true };
    },
  ),
  extract_key_from_address: withParams({ address, as_hex: optional(bool, false) }, ({ network }, params) => {
    const hex = Buffer.from(readAddress(params.address, network).key).toString("hex");
    return params.as_hex ? { hex } : { bytes: keyBytes(hex) };
  }),
  split_address: withParams({ address }, ({ network }, params) => {
    if (!readAddress(params.address, network).integrated) throw invalidParams("Address is not an integrated address");
    throw new RpcFault(FAULT_CODES.context, "integrated data is not part of the fake daemon");
  }),
};
