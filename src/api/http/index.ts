/**
 * The HTTP and WebSocket server of the API.
 *
 * In: connections, requests and subscriptions. Out: calls of `NodeControl`, answers, events.
 *
 * `access.ts` decides who may call, `page-routes.ts` serves the page and its login, `connection-places.ts` keeps places
 * for connections that have sent a request, `request-body.ts` reads a body with a limit, `rpc.ts` runs JSON-RPC,
 * `socket-session.ts` serves one WebSocket.
 *
 * Bounds: CONNECTIONS_MAX, MAX_HTTP_CALLS, MAX_SOCKETS, MAX_REQUEST_BYTES, MAX_BATCH, MAX_WAITING,
 * MAX_EVENT_QUEUE_BYTES.
 *
 * Under overload: a connection or an HTTP request beyond a bound is refused and counted by its reason
 * (`refusals.ts`). A call beyond CALLS_A_SECOND of its token and a request beyond MAX_WAITING of a socket are answered
 * with `peer_busy`. A subscriber with more than MAX_EVENT_QUEUE_BYTES unread is disconnected.
 */

export type { ApiLog, ApiServer, ApiServerOptions } from "./api-server.js";
export type { LoginLink } from "./page-routes.js";
export { outcomeLabel } from "./rpc.js";
export { createApiServer } from "./server.js";
