/**
 * Whether this node reaches peers and peers reach it, for health and for people.
 *
 * In: dial reports, the number of ready peers, refused hellos (`Reach.refused`), own and observed addresses. Out:
 * `ReachReport`; the faults `no_peers`, `isolated`, `bootstrap_unreachable` and `wrong_network_peers` (`Isolation`);
 * another node with the libp2p key of this node (`DoubledPeerIds`). `answers` tests whether an open connection answers,
 * and `defaultListen` chooses the listen addresses if none are configured.
 *
 * This folder closes and refuses no connection. A hello calls `answers` to refuse the second node with one key.
 *
 * Bounds: REPORTED_DIALS_MAX dials in a report besides the bootstrap addresses; 64 address groups that report another
 * node with this key; OLDER_PING_MS for one `answers`.
 *
 * Under overload: the oldest address group leaves a full table. While a peer is ready, a tick does not visit the
 * targets.
 */
export { defaultListen } from "./default-listen.js";
export { answers } from "./doubled-peer-ids.js";
export { isElsewhere, Reach } from "./reach.js";
