/**
 * Managed mode: the node runs as a child process of a host and speaks newline JSON-RPC over stdin and stdout
 * (docs/managed.md).
 *
 * `run` connects the process's streams. `Peer` matches requests and answers. `Session` is the state machine: manifest,
 * `init`, running, shutdown. `startManagedNode` starts the node that `init` describes. `SigningQueue` sends signature
 * requests to the host, which holds the keys. `takeOutput` redirects stray prints, so that only messages reach stdout.
 *
 * In: requests of the host (`init`, the API methods, `shutdown`), its chain events, its answers.
 * Out: answers, questions (`chain.*`, `sign`), log lines, `grant`s for more events; the exit codes of `MANAGED_EXIT`.
 *
 * Bounds: `LINE_MAX_BYTES` per line, `OPEN_REQUESTS_MAX` open requests in each direction, `CREDIT_MAX` events in
 * flight, `SIGNATURES_WAITING_MAX` signatures that wait, `LOG_TEXT_MAX_BYTES` per log line.
 *
 * Overload: a request past `OPEN_REQUESTS_MAX` is answered `busy`. Log lines are dropped first and counted. A host that
 * takes no output for `UNREAD_MS` ends the process; so do `FAULTS_IN_A_ROW_MAX` unreadable lines in a row.
 */
export { runManaged } from "./run.js";
