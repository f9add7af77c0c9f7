import { timingSafeEqual } from "node:crypto";
import { raceSignal } from "race-signal";
import { within } from "../../lifecycle/index.js";
import { VERSION } from "../../manager/options.js";
import { NetworkError, type ReasonCode } from "../../protocol/errors.js";
import { errnoClass, errnoOf } from "../../storage/errno.js";
import { ChannelError } from "./channel-error.js";
import { MANAGED_EXIT, type ManagedExit, PROTOCOL_VERSION, STOP_TIMEOUT_MS } from "./constants.js";
import { isMethodName, METHOD_LIST, type MethodName } from "./method-list.js";
import { type InitParams, readInitParams, readManifestParams, readShutdownParams } from "./start-params.js";

/** The answer to `init`. */
export interface InitAnswer {
  readonly node_key: string;
  readonly node_address: string;
  readonly multiaddrs: readonly string[];
  readonly api: string | null;
  readonly data: string;
  readonly credit: number;
}

/** The node that `init` starts. */
export interface ManagedNode {
  readonly answer: InitAnswer;
  /** Calls a method of the manifest. */
  call(method: MethodName, params: unknown): Promise<unknown>;
  /** Processes an event of the host. Throws a ChannelError if it is unreadable. False: the event is unknown. */
  event(method: string, params: unknown): boolean;
  /** The node follows the chain. */
  ready(): boolean;
  /** Resolves when everything is stopped and written to disk. */
  stop(): Promise<void>;
}

export interface SessionPorts {
  readonly cookie: string;
  /** Starts the node. On an abort, closes all opened parts and rejects. */
  readonly start: (params: InitParams, signal: AbortSignal) => Promise<ManagedNode>;
  /** The longest event loop delay since the last call, in ms, and the resident memory in bytes. */
  readonly load: () => { readonly lagMs: number; readonly memoryBytes: number };
  readonly log: (level: "info" | "warn" | "error", text: string, fields?: Readonly<Record<string, string>>) => void;
}

type State =
  | { readonly kind: "started" | "manifest" }
  | { readonly kind: "starting"; readonly abort: AbortController; readonly node: Promise<ManagedNode | undefined> }
  | { readonly kind: "running"; readonly node: ManagedNode }
  | { readonly kind: "stopping"; readonly stopped?: Promise<boolean> };

/** Start failures that a retry can't fix: a person must. */
const LASTING: ReadonlySet<ReasonCode> = new Set<ReasonCode>([
  "bad_parameters",
  "invalid_json",
  "key_unreadable",
  "key_exposed",
  "unknown_key",
  "bad_signature",
  "bad_public_key",
  "store_missing",
  "storage_corrupt",
  "storage_foreign",
  "storage_newer",
  "engine_missing",
  "kernel_failed",
]);

/** Storage errors depend on errno: a full disk may pass, a file in place of a directory does not. */
function isLasting(error: NetworkError): boolean {
  return LASTING.has(error.code) || (error.kind === "storage" && errnoClass(errnoOf(error)) === "lasting");
}

function sameCookie(given: string, own: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(own)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function stops(): ChannelError {
  return new ChannelError("shutting_down", "the plugin is shutting down");
}

function brokenOff(): ChannelError {
  return new ChannelError("shutting_down", "the start was cancelled");
}

/** The state machine of a managed plugin, from its start by a host to its exit (docs/managed.md, Start). */
export class Session {
  readonly #ports: SessionPorts;
  #state: State = { kind: "started" };
  #finish: (code: ManagedExit) => void = () => undefined;
  /** Resolves with the exit code. */
  readonly finished: Promise<ManagedExit>;

  constructor(ports: SessionPorts) {
    this.#ports = ports;
    this.finished = new Promise((resolve) => {
      this.#finish = resolve;
    });
  }

  get state(): State["kind"] {
    return this.#state.kind;
  }

  async request(method: string, params: unknown): Promise<unknown> {
    const known = method === "getmanifest" || method === "init" || method === "shutdown" || method === "ping";
    if (!known && !isMethodName(method)) {
      throw new ChannelError("method_not_found", `there is no method ${JSON.stringify(method)}`);
    }
    if (this.#state.kind === "stopping" && method !== "shutdown") throw stops();
    switch (method) {
      case "getmanifest":
        return this.#manifest(params);
      case "init":
        return this.#init(params);
      case "shutdown":
        return this.#shutdown(params);
    }
    if (this.#state.kind !== "running") throw new ChannelError("not_ready", `${method} before init was answered`);
    const { node } = this.#state;
    if (isMethodName(method)) return node.call(method, params);
    const { lagMs, memoryBytes } = this.#ports.load();
    return { ready: node.ready(), lag_ms: lagMs, memory_bytes: memoryBytes };
  }

  /** An event. The host has no credit for events before `init` is answered. */
  notification(method: string, params: unknown): boolean {
    return this.#state.kind === "running" && this.#state.node.event(method, params);
  }

  /** Stops without an answer, because the channel closed or a signal arrived. Idempotent. */
  end(code: ManagedExit = MANAGED_EXIT.stopped): void {
    if (this.#state.kind !== "stopping")
      void this.#stop(STOP_TIMEOUT_MS).then((ok) => this.#exit(ok ? code : undefined));
  }

  #manifest(params: unknown): unknown {
    const { cookie, protocol } = readManifestParams(params);
    this.#checkCookie(cookie);
    if (protocol.min > PROTOCOL_VERSION || protocol.max < PROTOCOL_VERSION) {
      throw new ChannelError("wrong_version", `this plugin speaks version ${PROTOCOL_VERSION} of the protocol`);
    }
    if (this.#state.kind === "started") this.#state = { kind: "manifest" };
    return {
      cookie,
      protocol: PROTOCOL_VERSION,
      name: "tos-ai-sync",
      version: VERSION,
      methods: METHOD_LIST,
      events: ["block", "rewound", "tip", "peers"],
    };
  }

  #checkCookie(cookie: string): void {
    if (!sameCookie(cookie, this.#ports.cookie))
      throw new ChannelError("wrong_cookie", "the cookie is not that of this start");
  }

  async #init(params: unknown): Promise<InitAnswer | { readonly disable: string }> {
    if (this.#state.kind === "started") throw new ChannelError("not_ready", "call getmanifest first");
    if (this.#state.kind !== "manifest") throw new ChannelError("already_initialised", "init was called before");
    const wanted = readInitParams(params);
    this.#checkCookie(wanted.cookie);
    const abort = new AbortController();
    const starting = this.#ports.start(wanted, abort.signal);
    this.#state = { kind: "starting", abort, node: starting.catch(() => undefined) };
    try {
      const node = await raceSignal(starting, abort.signal);
      // A node that started in the turn of the abort is stopped by the caller of the abort.
      if (abort.signal.aborted) throw brokenOff();
      this.#state = { kind: "running", node };
      return node.answer;
    } catch (error) {
      if (abort.signal.aborted) throw brokenOff();
      return this.#startFailed(error);
    }
  }

  /** A failure that only a person can fix disables the plugin; the host may retry any other. */
  #startFailed(error: unknown): { readonly disable: string } {
    this.#state = { kind: "stopping" };
    const known = error instanceof NetworkError ? error : undefined;
    if (known !== undefined && isLasting(known)) {
      this.#exit(MANAGED_EXIT.stopped);
      return { disable: `${known.code}: ${known.message}` };
    }
    this.#exit(MANAGED_EXIT.failed);
    if (known === undefined) throw error;
    throw new ChannelError("internal", known.message, { cause: error, reported: known.code });
  }

  async #shutdown(params: unknown): Promise<Record<string, never>> {
    const { deadline_ms: deadlineMs } = readShutdownParams(params);
    // A service manager may signal every process, so that a signal can arrive before or after the host's `shutdown`.
    const stopping = this.#state.kind === "stopping" ? this.#state.stopped : this.#stop(deadlineMs);
    if (stopping === undefined) throw stops();
    if (!(await stopping)) {
      this.#exit(MANAGED_EXIT.failed);
      throw new ChannelError("internal", "the node did not stop in time");
    }
    this.#exit(MANAGED_EXIT.stopped);
    return {};
  }

  /** True if everything was closed in time. */
  #stop(timeoutMs: number): Promise<boolean> {
    const stopped = this.#close(this.#state, timeoutMs);
    this.#state = { kind: "stopping", stopped };
    return stopped;
  }

  async #close(state: State, timeoutMs: number): Promise<boolean> {
    let stopped = false;
    const work = async (): Promise<void> => {
      if (state.kind === "starting") {
        state.abort.abort();
        await (await state.node)?.stop();
      } else if (state.kind === "running") await state.node.stop();
      stopped = true;
    };
    await within(Math.min(timeoutMs, 2 ** 31 - 1), work()).catch((error: unknown) => {
      // The end of the process closes the rest. Whether everything was written is unknown.
      const reason = error instanceof Error ? error.message : String(error);
      this.#ports.log("error", "the node did not stop cleanly", { reason });
    });
    return stopped;
  }

  /** Exits after the current turn, in which the answer is written. */
  #exit(code: ManagedExit | undefined): void {
    setImmediate(() => this.#finish(code ?? MANAGED_EXIT.failed));
  }
}
