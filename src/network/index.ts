import "./with-resolvers.js";
import { P2pNetwork } from "./network.js";
import type { Network, NetworkOptions } from "./types.js";

export {
  type AddressStore,
  addressScope,
  dialReason,
  type KnownAddress,
  parseAddress,
  parseDnsaddr,
  resolveDnsaddr,
  systemResolver,
} from "./addresses/index.js";
export type {
  HelloSigner,
  Network,
  NetworkHandlers,
  NetworkOptions,
  PeerClock,
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
export {
  ADDRESS_BOOK_MAX,
  ADDRESS_DIAL_TIMEOUT_MS,
  ANNOUNCED_MAX,
  GOSSIP_SEEN_MAX,
  HELD_STREAMS_MAX,
  HINTS_MAX,
  MAX_CONNECTIONS,
  NAMES_TIMEOUT_MS,
  OBSERVERS_MAX,
  PENDING_VERDICT_BYTES,
  PENDING_VERDICTS_MAX,
  SEND_QUEUE_BYTES,
  SEND_QUEUE_FRAMES,
} from "./constants.js";
export { defaultListen, isElsewhere } from "./reach/index.js";
export { deadline } from "./streams/index.js";
