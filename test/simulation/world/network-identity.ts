import {
  DEFAULT_RULES,
  type NetworkIdentity,
  REGISTRY_CHAIN,
  rulesDigest,
  standaloneGenesis,
} from "../../../src/protocol/rules.js";
import { blake3 } from "../kernel/mock-kernel.js";

/** The network of a run, with the registry of a chain or of everyone. */
export function networkIdentity(hasChain: boolean): NetworkIdentity {
  const rules = hasChain ? { ...DEFAULT_RULES, registry: REGISTRY_CHAIN } : DEFAULT_RULES;
  const digest = rulesDigest(blake3, rules);
  return { network: 3, genesis: standaloneGenesis(blake3, 3, "simulation", digest), rules, rulesDigest: digest };
}
