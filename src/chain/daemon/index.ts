/**
 * The connection to a TOS daemon: JSON-RPC over WebSocket, or over HTTP if the daemon refuses the upgrade.
 *
 * `DaemonLink` keeps one connection: it opens it, checks network and genesis, subscribes to events, and reconnects with
 * backoff. `DaemonSource` reads tip and blocks of the connected daemon. `probeDaemon` asks a daemon once, before the
 * first start.
 *
 * In: `parseDaemonUrl` reads the operator's address; the daemon's messages are untrusted and parsed strictly.
 * Out: `DaemonEvent`s (hints only), `ReadyDaemon` with typed methods, `NetworkError`s, `DaemonCount`s for the metrics.
 *
 * Bounds: `MESSAGE_MAX_BYTES` per message, `IN_FLIGHT_MAX` requests in flight, `WAITING_MAX` requests that wait,
 * `PEERS_MAX` peers remembered, `HOSTS_MAX` hosts per event. Timeouts are in `DAEMON_TIMES`.
 *
 * Overload: a request past `WAITING_MAX` fails with `peer_busy`. A late answer (`answerMs`), a silent connection
 * (`silenceMs`) or an unreadable message ends the connection; the next one starts after the backoff.
 */
export type { DaemonEvent } from "./daemon-events.js";
export { DaemonSource } from "./daemon-source.js";
export { parseDaemonUrl } from "./daemon-url.js";
export { HostBook, PEERS_MAX } from "./hosts.js";
export { DAEMON_TIMES, type DaemonTimes, STALL_BLOCKS, STALL_MAX_MS } from "./limits.js";
export { DaemonLink, type ReadyDaemon } from "./link.js";
export { probeDaemon } from "./probe.js";
export type { DaemonCount } from "./requests.js";
export { troubleOf } from "./trouble.js";
