/**
 * The transport between nodes: libp2p with TCP, noise, yamux and gossipsub.
 *
 * In: options (`NetworkOptions`), and calls of `Network`: `publish`, `verdict`, `send`, `dial`, `disconnect`, `hosts`.
 * Out: `NetworkHandlers` gets gossip messages, sync frames, peers that come and go, faults and log lines.
 *
 * Folders: `addresses` reads and remembers addresses, `dial` decides whom to dial, `reach` reports whether peers are
 * reachable, `streams` frames and bounds one stream, `sessions` runs hello on each connection, `sync` and `gossip`
 * carry records. `network.ts` connects them over the one libp2p node of `libp2p-node.ts`.
 *
 * Bounds (`constants.ts`): MAX_CONNECTIONS, of which INBOUND_SHARE inbound; STREAMS_PER_CONNECTION, STREAM_WINDOW_BYTES
 * and SEND_QUEUE_BYTES of one peer; PENDING_VERDICTS_MAX gossip messages.
 *
 * Under overload: an inbound connection beyond the share is refused. A sync stream is not read while the handler of a
 * frame works, so the sender stops. A peer that does not read is closed with `peer_busy` and dialled again. Gossip
 * beyond a bound is dropped and counted through `gossipDropped`; sync brings its records later.
 */
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
  PeerSender,
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
  REFUSALS_MAX,
  SEND_QUEUE_BYTES,
  SEND_QUEUE_FRAMES,
  VISITS_MAX,
} from "./constants.js";
export { defaultListen, isElsewhere } from "./reach/index.js";
export { deadline } from "./streams/index.js";
