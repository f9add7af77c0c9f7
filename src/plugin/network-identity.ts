import { readJsonFile } from "../chain/index.js";
import { NetworkError } from "../protocol/errors.js";
import type { Blake3 } from "../protocol/hash.js";
import {
  DEFAULT_RULES,
  NETWORKS,
  type NetworkIdentity,
  type NetworkName,
  type NetworkRules,
  parseRules,
  REGISTRY_CHAIN,
  REGISTRY_EVERYONE,
  REGISTRY_FILE,
  type RegistryKind,
  rulesDigest,
  standaloneGenesis,
} from "../protocol/rules.js";

/** Which network a standalone node is of. */
export interface NetworkChoice {
  readonly network: NetworkName;
  /** Part of the genesis: devnets of different names never mix. Default `dev`. */
  readonly networkName?: string;
  /** Network rules of a devnet, JSON. */
  readonly rulesFile?: string;
  /** Given or not decides between a listed registry and "everyone". */
  readonly registryFile?: string;
}

export const DEFAULT_NETWORK_NAME = "dev";

async function readRules(path: string): Promise<NetworkRules> {
  const rules = parseRules(await readJsonFile(path));
  if (!rules.ok) throw new NetworkError("bad_parameters", `${path} names an unknown rule, or a value out of its range`);
  return rules.value;
}

/**
 * Everything that the network's name binds. Rules other than the standard ones, and a registry of everyone, are for a
 * devnet only: elsewhere a standalone node needs a registry file.
 */
export async function networkIdentity(blake3: Blake3, choice: NetworkChoice): Promise<NetworkIdentity> {
  const network = NETWORKS.indexOf(choice.network);
  const name = choice.networkName ?? DEFAULT_NETWORK_NAME;
  if (!/^[\x21-\x7e]{1,64}$/.test(name)) {
    throw new NetworkError("bad_parameters", "a network's name is 1 to 64 printable ASCII characters without spaces");
  }
  if (choice.network !== "devnet") {
    if (choice.rulesFile !== undefined)
      throw new NetworkError("bad_parameters", "only a devnet takes rules of its own");
    if (choice.registryFile === undefined) {
      throw new NetworkError(
        "bad_parameters",
        `a standalone node on ${choice.network} must know who may author: give --registry-file, or start beside a --daemon`,
      );
    }
  }
  const given = choice.rulesFile === undefined ? DEFAULT_RULES : await readRules(choice.rulesFile);
  const registry = choice.registryFile === undefined ? REGISTRY_EVERYONE : REGISTRY_FILE;
  const rules: NetworkRules = { ...given, registry };
  const digest = rulesDigest(blake3, rules);
  return { network, genesis: standaloneGenesis(blake3, network, name, digest), rules, rulesDigest: digest };
}

/** Which network a node is of that follows a chain. */
export interface ChainNetworkChoice {
  readonly network: NetworkName;
  /** Of the chain, 32 bytes. */
  readonly genesis: Uint8Array;
  /** Who says who may author records. */
  readonly registry: "chain" | "file" | "everyone";
  /** Network rules of a devnet, JSON. */
  readonly rulesFile?: string;
}

const REGISTRY_KINDS: Readonly<Record<ChainNetworkChoice["registry"], RegistryKind>> = {
  chain: REGISTRY_CHAIN,
  file: REGISTRY_FILE,
  everyone: REGISTRY_EVERYONE,
};

/** The identity of a node whose genesis is that of a chain. Rules of its own, and a registry of everyone, are a devnet's. */
export async function chainIdentity(blake3: Blake3, choice: ChainNetworkChoice): Promise<NetworkIdentity> {
  if (choice.network !== "devnet" && choice.rulesFile !== undefined) {
    throw new NetworkError("bad_parameters", "only a devnet takes rules of its own");
  }
  if (choice.network !== "devnet" && choice.registry === "everyone") {
    throw new NetworkError("bad_parameters", `on ${choice.network} the registry is the chain's or a file's`);
  }
  const given = choice.rulesFile === undefined ? DEFAULT_RULES : await readRules(choice.rulesFile);
  const rules: NetworkRules = { ...given, registry: REGISTRY_KINDS[choice.registry] };
  const network = NETWORKS.indexOf(choice.network);
  return { network, genesis: choice.genesis, rules, rulesDigest: rulesDigest(blake3, rules) };
}
