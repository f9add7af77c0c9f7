export type { DaemonEvent } from "./daemon-events.js";
export { DaemonSource } from "./daemon-source.js";
export { parseDaemonUrl } from "./daemon-url.js";
export { HostBook, PEERS_MAX } from "./hosts.js";
export { DAEMON_TIMES, type DaemonTimes, STALL_BLOCKS, STALL_MAX_MS } from "./limits.js";
export { DaemonLink, type ReadyDaemon } from "./link.js";
export { type ProbedDaemon, probeDaemon } from "./probe.js";
export { DAEMON_COUNTS, type DaemonCount } from "./requests.js";
export { troubleOf } from "./trouble.js";
