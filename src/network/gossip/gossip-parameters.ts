import { type GossipsubOpts, type Message, StrictNoSign } from "@libp2p/gossipsub";
import { createTopicScoreParams, type PeerScoreParams } from "@libp2p/gossipsub/score";
import { toHex } from "../../protocol/bytes.js";
import type { Blake3 } from "../../protocol/hash.js";
import { gossipMessageId } from "../../protocol/strand.js";
import {
  GOSSIP_CONTROL_MAX,
  GOSSIP_FRAME_BYTES,
  GOSSIP_HEARTBEAT_MS,
  GOSSIP_HISTORY,
  GOSSIP_IDS_MAX,
  GOSSIP_SEEN_MS,
  GOSSIP_SUBSCRIPTIONS_MAX,
  IDONTWANT_MIN_BYTES,
} from "../constants.js";

/** A counter of 1 is forgotten (below the library's 0.1) after an hour of one-second steps. */
const HOUR_DECAY = 0.1 ** (1 / 3600);

/**
 * Only rejected messages cost gossip score. Tasks come at no predictable rate, so time in the mesh, first deliveries
 * and the rate of deliveries show nothing. A rejected bundle is bad by its bytes and topic alone, for every node. So
 * one ends gossip with the peer (-10), and three mute it (-90, below -80).
 */
const REJECT_WEIGHT = -10;

export function scoreParameters(topics: readonly string[], loopback: boolean): Partial<PeerScoreParams> {
  const topic = createTopicScoreParams({
    topicWeight: 1,
    timeInMeshWeight: 0,
    firstMessageDeliveriesWeight: 0,
    meshMessageDeliveriesWeight: 0,
    meshFailurePenaltyWeight: 0,
    invalidMessageDeliveriesWeight: REJECT_WEIGHT,
    invalidMessageDeliveriesDecay: HOUR_DECAY,
  });
  return {
    topics: Object.fromEntries(topics.map((name) => [name, topic])),
    // A test network has many nodes on one machine. Elsewhere many nodes at one address may be one attacker.
    IPColocationFactorWeight: loopback ? 0 : -5,
  };
}

/** Options of gossipsub. The fanout of the specification is mesh degree 6. */
export function gossipParameters(topics: readonly string[], blake3: Blake3, loopback: boolean): Partial<GossipsubOpts> {
  return {
    globalSignaturePolicy: StrictNoSign,
    asyncValidation: true,
    // A frame is read after the one before is handled (gossip-guard.ts). Further frames wait in the stream of the peer.
    awaitRpcHandler: true,
    msgIdFn: (message: Message) => gossipMessageId(blake3, message.topic, message.data),
    msgIdToStrFn: toHex,
    allowedTopics: [...topics],
    fallbackToFloodsub: false,
    // Own records go to the mesh only: flooding to all peers multiplies the upload of a publisher.
    floodPublish: false,
    batchPublish: true,
    doPX: false,
    allowPublishToZeroTopicPeers: true,
    ignoreDuplicatePublishError: false,
    emitSelf: false,
    D: 6,
    Dlo: 4,
    Dhi: 12,
    heartbeatInterval: GOSSIP_HEARTBEAT_MS,
    mcacheLength: GOSSIP_HISTORY,
    seenTTL: GOSSIP_SEEN_MS,
    idontwantMinDataSize: IDONTWANT_MIN_BYTES,
    // One stream each way. A second inbound stream may replace the first while that one closes.
    maxInboundStreams: 2,
    maxOutboundStreams: 2,
    maxInboundDataLength: GOSSIP_FRAME_BYTES,
    decodeRpcLimits: {
      maxSubscriptions: GOSSIP_SUBSCRIPTIONS_MAX,
      maxMessages: GOSSIP_IDS_MAX,
      maxIhaveMessageIDs: GOSSIP_IDS_MAX,
      maxIwantMessageIDs: GOSSIP_IDS_MAX,
      maxIdontwantMessageIDs: 512,
      maxControlMessages: GOSSIP_CONTROL_MAX,
      // Peer exchange over gossip is off; the hello does it.
      maxPeerInfos: 16,
    },
    scoreParams: scoreParameters(topics, loopback),
  };
}
