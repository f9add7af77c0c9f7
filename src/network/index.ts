import "./with-resolvers.js";
import { P2pNetwork } from "./network.js";
import type { Network, NetworkOptions } from "./types.js";

export type {
  AddressStore,
  HelloSigner,
  KnownAddress,
  Network,
  NetworkHandlers,
  NetworkOptions,
  PeerConnection,
  PublishResult,
  VerifySignature,
} from "./types.js";

/**
 * Starts the transport: listens, dials, says hello, gossips. Throws the NetworkErrors of `listenError` for
 * addresses it can't use; nothing is left running then. `stop` of the result ends everything.
 */
export function createNetwork(options: NetworkOptions): Promise<Network> {
  return P2pNetwork.start(options);
}
