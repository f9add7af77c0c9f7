import { aiMethods } from "./ai-methods.js";
import { blockMethods } from "./block-methods.js";
import type { Json } from "./daemon-json.js";
import { changeSubscription, readNotify } from "./event-board.js";
import type { DaemonView, Method } from "./methods.js";
import { nodeMethods } from "./node-methods.js";
import type { AnswerHook, Override } from "./quirks.js";
import { type Call, HTTP_RULES, respond, SOCKET_RULES } from "./rpc-envelope.js";
import { FAULT_CODES, Misbehaviour, RpcFault } from "./rpc-fault.js";
import type { Outcome } from "./rpc-server.js";
import type { WsSession } from "./ws-session.js";

/** Calls of unknown methods are counted together under this name. */
export const UNKNOWN_METHOD = "(unknown)";

const PLAIN_METHODS: Readonly<Record<string, Method>> = { ...blockMethods, ...nodeMethods };
const SUBSCRIPTION_METHODS = ["subscribe", "unsubscribe"];

export interface CallHandlerPorts {
  view(): DaemonView;
  readonly hook: AnswerHook | undefined;
  /** A client subscribed; it is not answered yet. */
  subscribed(): void;
  /** A call was counted, a subscription changed. */
  changed(): void;
}

/** Counts, overrides and answers calls. */
export class CallHandler {
  readonly #ports: CallHandlerPorts;
  readonly #counts = new Map<string, number>();
  readonly #overrides = new Map<string, { readonly override: Override; left: number }>();

  constructor(ports: CallHandlerPorts) {
    this.#ports = ports;
  }

  count(method: string): number {
    return this.#counts.get(method) ?? 0;
  }

  override(method: string, override: Override, times: number): void {
    this.#overrides.set(method, { override, left: times });
  }

  clearOverrides(): void {
    this.#overrides.clear();
  }

  /** Answers one body or frame. */
  answer(body: string, session: WsSession | undefined): Outcome {
    try {
      const text = respond(body, session === undefined ? HTTP_RULES : SOCKET_RULES, (call) =>
        this.#call(call, session),
      );
      return { kind: "text", text };
    } catch (error) {
      if (error instanceof Misbehaviour) return error.how;
      throw error;
    } finally {
      this.#ports.changed();
    }
  }

  #call(call: Call, session: WsSession | undefined): Json {
    const view = this.#ports.view();
    const run = this.#method(call, session, view);
    const counted = run === undefined ? UNKNOWN_METHOD : call.method;
    this.#counts.set(counted, this.count(counted) + 1);
    const override = this.#ports.hook?.(call.method, call.params) ?? this.#planned(call.method);
    if (override !== undefined) return overridden(override, () => run?.(view, call.params) ?? null);
    if (run === undefined) throw new RpcFault(FAULT_CODES.method, `Method '${call.method}' in request was not found`);
    return run(view, call.params);
  }

  #method(call: Call, session: WsSession | undefined, view: DaemonView): Method | undefined {
    const { method } = call;
    if (session !== undefined && SUBSCRIPTION_METHODS.includes(method)) return () => this.#subscription(call, session);
    if (Object.hasOwn(PLAIN_METHODS, method)) return PLAIN_METHODS[method];
    return view.profile === "ai" && Object.hasOwn(aiMethods, method) ? aiMethods[method] : undefined;
  }

  #subscription({ id, method, params }: Call, session: WsSession): Json {
    changeSubscription(session, method, readNotify(params), id);
    if (method === "subscribe") this.#ports.subscribed();
    return true;
  }

  #planned(method: string): Override | undefined {
    const planned = this.#overrides.get(method);
    if (planned === undefined) return undefined;
    planned.left--;
    if (planned.left <= 0) this.#overrides.delete(method);
    return planned.override;
  }
}

function overridden(override: Override, truth: () => Json): Json {
  switch (override.kind) {
    case "result":
      return override.result;
    case "error":
      throw new RpcFault(override.code, override.message);
    case "change":
      return override.change(truth());
    default:
      throw new Misbehaviour(override);
  }
}
