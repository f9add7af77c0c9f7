/**
 * Bundles over gossipsub.
 *
 * In: frames of ready peers through `GossipGuard`, own bundles (`publish`), verdicts (`verdict`). Out: messages to
 * `NetworkHandlers.gossip`, each of which waits for one verdict; `gossipDropped` for what is not handed over; the list
 * of peers that gossip does not reach (`watch`).
 *
 * `GossipGuard` replaces the decoder and the reader of gossipsub: it drops what gossipsub would drop silently, with a
 * reason. `gossipParameters` sets every limit of the library, and `gossip-internals.ts` checks the private interface of
 * the pinned version.
 *
 * Bounds: GOSSIP_FRAME_BYTES of one frame; PENDING_VERDICTS_MAX messages of PENDING_VERDICT_BYTES; GOSSIP_SEEN_MAX ids;
 * GOSSIP_TOPIC_ENTRIES_PER_SECOND subscriptions, GRAFT and PRUNE entries of one peer for each topic.
 *
 * Under overload: a message without room is ignored (`no_room`), entries beyond the rate are dropped (`control_flood`),
 * and frames are read in slices of GOSSIP_SLICE_MS. A peer with GOSSIP_BACKLOG_BYTES unread is closed.
 */
export { Gossip } from "./gossip.js";
export { gossipParameters } from "./gossip-parameters.js";
