import type { SimConnection } from "../sim-connection.js";
import type { GossipMessage } from "./rpc.js";

/**
 * Whether the IDONTWANT of the peer at the other end has come: it got the message so long ago as a frame takes. A peer
 * tells its mesh only.
 */
export function isUnwanted({ net, host, other }: SimConnection, { gotUs, topic }: GossipMessage): boolean {
  const { gossip } = other.host;
  const atUs = gossip === undefined ? undefined : gotUs?.get(gossip);
  if (gossip === undefined || atUs === undefined || other.out.isBlocked) return false;
  const { minMs, meanMs } = other.out.settings;
  if (atUs + 1000 * (minMs + meanMs) > net.schedule.nowUs) return false;
  return gossip.isInMesh(topic, host.peerId.toString());
}
