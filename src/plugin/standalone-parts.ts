import { everyone, readRegistryFile, readRosterFile, StandaloneChain } from "../chain/index.js";
import { DEFAULT_NETWORK_NAME, type NetworkChoice, networkIdentity } from "./network-identity.js";
import { type NodeOptions, type OpenedNode, openNode, type PreparedParts } from "./opening.js";
import { checkOptions } from "./option-shapes.js";

export interface StandaloneOptions extends NodeOptions, Partial<NetworkChoice> {}

/** The parts of a standalone node. */
export type StandaloneParts = OpenedNode;

async function openChain({ blake3, identity }: PreparedParts, options: StandaloneOptions): Promise<StandaloneChain> {
  const rosters = options.rosterFile === undefined ? [] : await readRosterFile(options.rosterFile, identity);
  const facts =
    options.registryFile === undefined
      ? everyone(rosters)
      : await readRegistryFile(options.registryFile, blake3, identity, rosters);
  return new StandaloneChain(identity, facts);
}

/** Opens the parts of a standalone node. Throws NetworkErrors. */
export async function openStandalone(options: StandaloneOptions): Promise<StandaloneParts> {
  checkOptions("openStandalone", options);
  return openParts(options);
}

/** The same for options that are checked already. */
export function openParts(options: StandaloneOptions): Promise<StandaloneParts> {
  return openNode(options, {
    identity: (blake3) => networkIdentity(blake3, { network: "devnet", ...options }),
    chain: (prepared) => openChain(prepared, options),
    manager: { networkName: options.networkName ?? DEFAULT_NETWORK_NAME },
  });
}
