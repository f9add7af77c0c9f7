import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { getRequestListener, type HttpBindings } from "@hono/node-server";
import { Hono } from "hono";
import { WebSocketServer } from "ws";
import { NetworkError } from "../../protocol/errors.js";
import { listenError } from "../../protocol/listen-error.js";
import { healthAnswer } from "../facts/index.js";
import { DISCOVER_METHOD, isReadingMethod } from "../method-names.js";
import { isMethodName, METHODS } from "../methods.js";
import { ApiMetrics, isSubscription, type RefusedReason } from "../metrics/index.js";
import { openRpcDocument } from "../openrpc/index.js";
import { LINKS_MAX } from "../page/index.js";
import { noParams } from "../params/index.js";
import { METHOD_NOT_FOUND, RpcError } from "../rpc-error.js";
import {
  type AccessRules,
  originRefusal,
  pathRefusal,
  type Refusal,
  type Rights,
  rightsOf,
  type TokenRights,
} from "./access.js";
import type { ApiServer, ApiServerOptions } from "./api-server.js";
import { CallRate } from "./call-rate.js";
import { CONNECTIONS_MAX, ConnectionPlaces } from "./connection-places.js";
import { OpenSessions } from "./open-sessions.js";
import { type LoginLink, PageRoutes, pathOf } from "./page-routes.js";
import { type AnsweredRefusal, failureJson, MAX_REQUEST_BYTES, refusalResponse } from "./refusals.js";
import { readBody } from "./request-body.js";
import { answerRpc, outcomeLabel, type RpcOutcome, type RpcRequest } from "./rpc.js";
import { SocketSession } from "./socket-session.js";
import { Tokens } from "./tokens.js";
import { refuseUpgrade } from "./upgrade-refusal.js";

/** Concurrent calls over HTTP: each holds a request of up to 3 MiB and an answer. */
const MAX_HTTP_CALLS = 32;
/** Most open WebSockets: a few programs of one machine, each with few sockets. */
const MAX_SOCKETS = 64;
/** TOS's times (reference 5.3; transcripts): pings, idle connections, slow headers. */
const PING_INTERVAL_MS = 5000;
const KEEP_ALIVE_MS = 5000;
const HEADERS_TIMEOUT_MS = 5000;
const REQUEST_TIMEOUT_MS = 30_000;
/** How often Node checks these timeouts; its default of 30 s would keep slow headers that long. */
const CONNECTIONS_CHECK_MS = 1000;
/** Longest time for running calls and closing handshakes at a stop, of the 5 s that a stop may take. */
const STOP_DEADLINE_MS = 2000;

/**
 * Starts the node's API: JSON-RPC over HTTP and WebSocket at `/json_rpc`, `/health`, `/metrics` (docs/api.md).
 * Fails with the errors of `listenError`, and with the token file's.
 */
export async function createApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const server = new RunningServer(options, await Tokens.open(options.tokenFile, options.log));
  try {
    await server.listen();
  } catch (error) {
    await server.stop();
    throw error;
  }
  return server;
}

class RunningServer implements ApiServer {
  readonly metrics: ApiMetrics;
  url = "";
  readonly #options: ApiServerOptions;
  readonly #tokens: Tokens;
  readonly #access: AccessRules;
  readonly #page: PageRoutes;
  readonly #http: Server;
  readonly #sockets: WebSocketServer;
  readonly #sessions = new OpenSessions();
  readonly #places = new ConnectionPlaces(
    (reason) => this.metrics.countRefused(reason),
    (isFull) => {
      if (isFull) this.#options.faults?.raise({ component: "api", code: "connections_full" });
      else this.#options.faults?.clear("api", "connections_full");
    },
  );
  readonly #rate = new CallRate();
  #httpCalls = 0;
  #unsubscribe: (() => void) | undefined;
  #pings: NodeJS.Timeout | undefined;
  #stopped: Promise<void> | undefined;

  constructor(options: ApiServerOptions, tokens: Tokens) {
    const { listen } = options;
    this.#options = options;
    this.#tokens = tokens;
    this.metrics = options.metrics ?? new ApiMetrics();
    this.#page = new PageRoutes(tokens.full, { host: listen.host, url: () => this.url });
    this.#access = { listenHost: listen.host, tokens, page: this.#page };
    const listener = getRequestListener(this.#routes().fetch, { overrideGlobalObjects: false });
    this.#http = createServer(
      {
        keepAliveTimeout: KEEP_ALIVE_MS,
        headersTimeout: HEADERS_TIMEOUT_MS,
        requestTimeout: REQUEST_TIMEOUT_MS,
        connectionsCheckingInterval: CONNECTIONS_CHECK_MS,
      },
      (request, response) => void listener(request, response),
    );
    this.#http.on("connection", (socket: Socket) => this.#places.take(socket));
    this.#sockets = new WebSocketServer({
      noServer: true,
      maxPayload: MAX_REQUEST_BYTES,
      perMessageDeflate: false,
      clientTracking: false,
    });
    this.#http.on("upgrade", (request, socket, head) => this.#upgrade(request, socket, head));
  }

  get token(): string {
    return this.#tokens.full;
  }

  bounds(): { name: string; size: number; cap: number }[] {
    return [
      { name: "api_connections", size: this.#places.size, cap: CONNECTIONS_MAX },
      { name: "api_sockets", size: this.#sessions.size, cap: MAX_SOCKETS },
      { name: "api_http_calls", size: this.#httpCalls, cap: MAX_HTTP_CALLS },
      { name: "api_login_links", size: this.#page.links, cap: LINKS_MAX },
    ];
  }

  loginLink(): LoginLink | undefined {
    return this.#page.link();
  }

  async listen(): Promise<void> {
    const { host, port } = this.#options.listen;
    await new Promise<void>((resolve, reject) => {
      const failed = (cause: NodeJS.ErrnoException): void => reject(listenError(`${host}:${port}`, cause.code, cause));
      this.#http.once("error", failed);
      this.#http.listen({ host, port, exclusive: true }, () => {
        this.#http.off("error", failed);
        resolve();
      });
    });
    const { port: bound } = this.#http.address() as AddressInfo;
    this.url = `http://${host.includes(":") ? `[${host}]` : host}:${bound}`;
    this.#http.on("error", (error) =>
      this.#options.log("error", "the API's listener failed", { cause: error.message }),
    );
    this.#unsubscribe = this.#options.control.subscribe((event) => {
      this.metrics.event(event);
      this.#sessions.announce(event);
    });
    this.#pings = setInterval(() => this.#sessions.ping(), PING_INTERVAL_MS);
    this.#tokens.watch((replaced) => this.#tokenChanged(replaced));
  }

  /** Ends what the old token opened. */
  #tokenChanged(replaced: TokenRights): void {
    if (replaced === "all") this.#page.renew(this.#tokens.full);
    this.#sessions.revoke(replaced);
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    clearInterval(this.#pings);
    this.#tokens.stop();
    this.#unsubscribe?.();
    this.#sessions.close();
    const closed = new Promise<void>((resolve) => {
      this.#http.close(() => resolve());
    });
    this.#http.closeIdleConnections();
    const deadline = setTimeout(() => {
      this.#sessions.terminate();
      this.#http.closeAllConnections();
    }, STOP_DEADLINE_MS);
    await closed;
    clearTimeout(deadline);
    this.#sessions.terminate();
    this.#sockets.close();
  }

  #routes(): Hono<{ Bindings: HttpBindings }> {
    const app = new Hono<{ Bindings: HttpBindings }>();
    app.use(async (context, next) => {
      const { path } = context.req;
      const { incoming } = context.env;
      const isOpen = path === "/health" || this.#page.isOpen(path);
      const refused = isOpen
        ? originRefusal(this.#access, incoming.headers)
        : pathRefusal(this.#access, incoming.headers, path);
      if (refused === undefined) {
        if (!isOpen) this.#places.keep(incoming.socket);
        return next();
      }
      this.metrics.countRefused("unauthorized");
      const challenge: Record<string, string> = refused.status === 401 ? { "www-authenticate": "Bearer" } : {};
      const { body, ...init } = failureJson(refused.error, challenge);
      return new Response(body, { ...init, status: refused.status });
    });
    app.get("/health", (context) => {
      const health = this.#options.control.health();
      return context.json(healthAnswer(health), health.status === "failed" ? 503 : 200);
    });
    app.get("/metrics", async (context) => {
      this.metrics.setSockets(this.#sessions.size, this.#sessions.subscriptions);
      this.metrics.setBounds(this.bounds());
      return context.body(await this.metrics.text(this.#options.control), 200, {
        "content-type": this.metrics.contentType,
      });
    });
    app.post(
      "/json_rpc",
      // The check comes before the body is read, so that a refused request takes no memory.
      async (_context, next) => {
        if (this.#httpCalls >= MAX_HTTP_CALLS) return this.#refuse("busy");
        this.#httpCalls++;
        const start = performance.now();
        try {
          return await next();
        } finally {
          this.#httpCalls--;
          this.metrics.observeRequest((performance.now() - start) / 1000);
        }
      },
      async (context) => {
        const body = await readBody(context.req.raw, MAX_REQUEST_BYTES);
        if (body.kind === "too_large") return this.#refuse("too_large");
        if (body.kind === "not_utf8") return this.#refuse("not_utf8");
        const rights = rightsOf(this.#access, context.env.incoming.headers);
        const text = await answerRpc(body.text, (request) => this.#call(request, rights), this.#observe);
        return context.body(text, 200, { "content-type": "application/json" });
      },
    );
    app.get("/json_rpc", (context) => context.text("No WebSocket upgrade header found\n", 400));
    app.notFound(async ({ req, env }) => {
      const page = await this.#page.answer(req.path, req.raw, env.incoming.headers);
      return page ?? this.#refuse("not_found");
    });
    app.onError((error, { env }) => {
      // A caller that left in the middle of its request gets no answer, and no line is logged.
      if (env.incoming.complete) this.#options.log("error", "an API request failed", { cause: error.message });
      return new Response("Internal error\n", { status: 500 });
    });
    return app;
  }

  #refuse(reason: AnsweredRefusal): Response {
    this.metrics.countRefused(reason);
    return refusalResponse(reason);
  }

  async #call({ method, params }: RpcRequest, rights: Rights | Refusal): Promise<unknown> {
    this.#rate.take(typeof rights === "string" ? rights : "read", performance.now());
    if (method === DISCOVER_METHOD) {
      noParams(params);
      return openRpcDocument(this.#options.control.info().version);
    }
    if (!isMethodName(method)) {
      const only = isSubscription(method) ? " (WebSocket only)" : "";
      throw new RpcError(METHOD_NOT_FOUND, `Method ${JSON.stringify(method)} was not found${only}`);
    }
    if (rights !== "all" && !isReadingMethod(method)) {
      const who = rights === "page" ? "a session of the page" : "the token of api-read.token";
      throw new NetworkError("unauthorized", `${who} may only call methods that read`);
    }
    return METHODS[method](this.#options.control, params);
  }

  readonly #observe = ({ method, error }: RpcOutcome): void => {
    const outcome = outcomeLabel(error);
    this.metrics.countCall(method, outcome);
    if (outcome !== "defect") return;
    const cause = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.#options.log("error", "an API call failed by a defect of this program", { cause });
  };

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on("error", () => socket.destroy());
    const rights = rightsOf(this.#access, request.headers);
    if (pathOf(request) !== "/json_rpc") this.#refuseUpgrade(socket, "404 Not Found", "not_found");
    else if (typeof rights !== "string") {
      const line = rights.status === 401 ? "401 Unauthorized" : "403 Forbidden";
      this.#refuseUpgrade(socket, line, "unauthorized", rights.error);
    } else if (this.#stopped !== undefined || this.#sessions.size >= MAX_SOCKETS) {
      const error = new NetworkError("peer_busy", `the node has at most ${MAX_SOCKETS} sockets`);
      this.#refuseUpgrade(socket, "503 Service Unavailable", "busy", error);
    } else {
      this.#sockets.handleUpgrade(request, socket, head, (webSocket) => {
        this.#places.keep(socket);
        const session = new SocketSession(webSocket, {
          connection: socket,
          control: this.#options.control,
          call: (rpc) => this.#call(rpc, rights),
          observe: this.#observe,
          onSlow: () => {
            this.metrics.countSlowSubscriber();
            this.#options.log("warn", "a subscriber read its events too slowly and was dropped");
          },
          onStoreError: (error) => {
            const cause = error instanceof Error ? error.message : String(error);
            this.#options.log("error", "stored events could not be read for a subscriber", { cause });
          },
        });
        this.#sessions.add(session, rights);
        webSocket.once("close", () => this.#sessions.delete(session));
      });
    }
  }

  #refuseUpgrade(socket: Duplex, line: string, reason: RefusedReason, error?: NetworkError): void {
    this.metrics.countRefused(reason);
    refuseUpgrade(socket, line, error);
  }
}
