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

/** The network of a standalone node. */
export interface NetworkChoice {
  readonly network: NetworkName;
  /** Part of the genesis, so that devnets of different names never connect. Default `dev`. */
  readonly networkName?: string;
  /** Network rules of a devnet, JSON. */
  readonly rulesFile?: string;
  /** With a file the registry is that file; without one it is "everyone". */
  readonly registryFile?: string;
}

export const DEFAULT_NETWORK_NAME = "dev";

async function readRules(path: string): Promise<NetworkRules> {
  const rules = parseRules(await readJsonFile(path));
  if (!rules.ok) throw new NetworkError("bad_parameters", `${path} has an unknown rule, or a value out of range`);
  return rules.value;
}

/**
 * The identity of a standalone node. Custom rules and a registry of everyone are allowed on a devnet only; on other
 * networks a standalone node needs a registry file.
 */
export async function networkIdentity(blake3: Blake3, choice: NetworkChoice): Promise<NetworkIdentity> {
  const network = NETWORKS.indexOf(choice.network);
  const name = choice.networkName ?? DEFAULT_NETWORK_NAME;
  if (!/^[\x21-\x7e]{1,64}$/.test(name)) {
    throw new NetworkError("bad_parameters", "a network's name is 1 to 64 printable ASCII characters without spaces");
  }
  if (choice.network !== "devnet") {
    if (choice.rulesFile !== undefined)
      throw new NetworkError("bad_parameters", "custom network rules are allowed on a devnet only");
    if (choice.registryFile === undefined) {
      throw new NetworkError(
        "bad_parameters",
        `a standalone node on ${choice.network} needs a registry of authors: ` +
          "give it with the option registryFile, or start beside a daemon",
      );
    }
  }
  const given = choice.rulesFile === undefined ? DEFAULT_RULES : await readRules(choice.rulesFile);
  const registry = choice.registryFile === undefined ? REGISTRY_EVERYONE : REGISTRY_FILE;
  const rules: NetworkRules = { ...given, registry };
  const digest = rulesDigest(blake3, rules);
  return { network, genesis: standaloneGenesis(blake3, network, name, digest), rules, rulesDigest: digest };
}

/** The network of a node that follows a chain. */
export interface ChainNetworkChoice {
  readonly network: NetworkName;
  /** The chain's genesis hash, 32 bytes. */
  readonly genesis: Uint8Array;
  /** The source of the registry of authors. */
  readonly registry: "chain" | "file" | "everyone";
  /** Network rules of a devnet, JSON. */
  readonly rulesFile?: string;
}

const REGISTRY_KINDS: Readonly<Record<ChainNetworkChoice["registry"], RegistryKind>> = {
  chain: REGISTRY_CHAIN,
  file: REGISTRY_FILE,
  everyone: REGISTRY_EVERYONE,
};

/** The identity of a node on a chain. Custom rules and a registry of everyone are allowed on a devnet only. */
export async function chainIdentity(blake3: Blake3, choice: ChainNetworkChoice): Promise<NetworkIdentity> {
  if (choice.network !== "devnet" && choice.rulesFile !== undefined) {
    throw new NetworkError("bad_parameters", "custom network rules are allowed on a devnet only");
  }
  if (choice.network !== "devnet" && choice.registry === "everyone") {
    throw new NetworkError("bad_parameters", `on ${choice.network} the registry comes from the chain or a file`);
  }
  const given = choice.rulesFile === undefined ? DEFAULT_RULES : await readRules(choice.rulesFile);
  const rules: NetworkRules = { ...given, registry: REGISTRY_KINDS[choice.registry] };
  const network = NETWORKS.indexOf(choice.network);
  return { network, genesis: choice.genesis, rules, rulesDigest: rulesDigest(blake3, rules) };
}
