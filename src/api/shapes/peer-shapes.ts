import { z } from "zod";
import { count, hex32, seconds, share } from "./values.js";

/** An address that the node dials. */
export const dialShape = z.object({
  kind: z.enum(["bootstrap", "known", "hint", "host"]),
  address: z.string(),
  peer_id: z.string().nullable(),
  source: z.string().nullable().describe("the /dnsaddr name that it comes from"),
  state: z.enum(["connected", "dialing", "waiting", "resolved"]),
  attempts: count.describe("dials since the last good connection"),
  reason: z.string().nullable().describe("why the last dial failed; network.md lists the reasons"),
  last_tried: seconds.nullable(),
  next_try: seconds.nullable(),
});

const streamState = z.enum(["open", "waiting"]);

const peer = z.object({
  peer_id: z.string(),
  key: hex32.describe("node key"),
  address: z.string(),
  multiaddr: z.string().nullable(),
  direction: z.enum(["outgoing", "incoming"]),
  agent: z.string(),
  connected_at: seconds,
  interests: z.array(z.string()).describe("strands that the peer holds, 6 hex digits each"),
  registry_equal: z.boolean(),
  registry: z.enum(["equal", "later", "earlier", "differs"]).describe("the peer's registry against this node's"),
  roster: z
    .enum(["equal", "differs", "none"])
    .describe("the peer's roster against this node's; none: one of the two has no roster"),
  features: z.array(z.string()).describe("as announced in its hello"),
  score: share.describe("0.4, 0.3 and 0.3 of the next three"),
  reliability: share,
  responsiveness: share,
  data_quality: share,
  interactions: count,
  last_change: z.object({ reason: z.string(), at: seconds }).nullable().describe("last change of the score"),
  latency_ms: z.number().nullable().describe("usual time to an answer"),
  streams: z.object({ sync: streamState, gossip: streamState }),
  mesh_topics: count.describe("topics in whose mesh the peer is: gossip goes to it in full"),
  dropped: z.record(z.string(), count).describe("gossip that was not judged since the peer connected, by reason"),
});

/** `ai_get_peers`. */
export const peersShape = z.object({
  peers: z.array(peer),
  dials: z.array(dialShape).describe("bootstrap addresses first, then at most 64 others"),
});
