/**
 * Connections from open to close, each with one hello.
 *
 * In: libp2p connections (`Connections.sessionOf`), hello streams (`acceptHelloStream`) and streams of other protocols
 * (`Session.admit`). Out: `ConnectionEvents`: `ready` after a hello succeeded, `gone`, `closed` and `refused`.
 *
 * `Session` is one connection: it holds streams that come before hello. `openHello` and `acceptHello` are the two sides
 * of the handshake. `GatedRegistrar` shows gossipsub only peers whose hello succeeded. `answerIdentify` answers
 * identify without addresses. A peer has one ready session. `RejectedPeers` closes and refuses peers whose bundles were
 * rejected. A peer that dials while all inbound places are taken is a visit: it gets addresses of other peers.
 *
 * Bounds: HELLO_TIMEOUT_MS for a hello; VISITS_MAX visits, VISITS_PER_GROUP of one address group, each for
 * VISIT_TIMEOUT_MS; HELD_STREAMS_MAX streams before it, paused, so each takes at most one
 * STREAM_WINDOW_BYTES; LINES_PER_MINUTE log lines of one kind; LOGGED_MAX remembered lines; REFUSALS_MAX remembered
 * peers and address groups.
 *
 * Under overload: a stream beyond HELD_STREAMS_MAX is reset. A connection without hello in time is closed with
 * `hello_timeout`. Log lines beyond the rate are written at level debug, and their count is logged each minute.
 */
export { Connections } from "./connections.js";
export { GatedRegistrar } from "./gated-registrar.js";
export type { HelloSuccess } from "./hello.js";
export { answerIdentify } from "./identify.js";
export { InboundGate, inboundPlaces } from "./inbound-places.js";
export { RejectedPeers } from "./rejected-peers.js";
export { Session } from "./session.js";
