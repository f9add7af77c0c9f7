import { type AuthorLookup, StandaloneChain } from "../chain/index.js";
import { NetworkError } from "../protocol/errors.js";
import { logOf } from "./logger.js";
import { chainIdentity } from "./network-identity.js";
import { openFacts } from "./open-facts.js";
import { type NodeOptions, type OpenedNode, openNode, type PreparedParts } from "./opening.js";
import { checkTerms, type RememberedChain, termsOf } from "./remembered-chain.js";

export interface StoredChainOptions extends NodeOptions {
  /** The registry file, if the node was started with one. */
  readonly registryFile?: string;
}

/** No chain is connected: look-ups find nothing. */
const NO_LOOKUP: AuthorLookup = {
  miner: async () => undefined,
  block: async () => undefined,
  tip: async () => undefined,
};

/**
 * Opens the data directory of a node that followed a chain, without its daemon or host. The registry is the saved one.
 * For reading, not for running a node. Throws NetworkErrors.
 */
export function openStoredChain(options: StoredChainOptions, known: RememberedChain): Promise<OpenedNode> {
  const { rulesFile } = options;
  const log = logOf(options.log) ?? (() => undefined);
  if (known.registry === "file" && options.registryFile === undefined) {
    throw new NetworkError(
      "bad_parameters",
      "the node was started with a registry file: give it with the option registryFile",
    );
  }
  const openChain = async (prepared: PreparedParts): Promise<StandaloneChain> => {
    await checkTerms(prepared.data.path, termsOf(known.registry, prepared.identity.rulesDigest));
    const { facts } = await openFacts(prepared, options, known.registry, NO_LOOKUP, log);
    await facts.start(() => undefined);
    await facts.stop();
    return new StandaloneChain(prepared.identity, facts.facts());
  };
  return openNode(options, {
    identity: (blake3) => chainIdentity(blake3, { ...known, ...(rulesFile === undefined ? {} : { rulesFile }) }),
    chain: openChain,
    manager: { networkName: undefined },
  });
}
