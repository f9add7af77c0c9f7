import {
  DEFAULT_RULES,
  type NetworkIdentity,
  type NetworkRules,
  REGISTRY_CHAIN,
  rulesDigest,
  standaloneGenesis,
} from "../../../src/protocol/rules.js";
import { blake3 } from "../kernel/mock-kernel.js";

/** The network of a run, with the registry of a chain or of everyone. `changes`: other rules than the default ones. */
export function networkIdentity(hasChain: boolean, changes: Partial<NetworkRules> = {}): NetworkIdentity {
  const rules = { ...DEFAULT_RULES, ...changes, ...(hasChain ? { registry: REGISTRY_CHAIN } : {}) };
  const digest = rulesDigest(blake3, rules);
  return { network: 3, genesis: standaloneGenesis(blake3, 3, "simulation", digest), rules, rulesDigest: digest };
}
