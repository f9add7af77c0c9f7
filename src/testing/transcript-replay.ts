import { isObject, type Json, writeJson } from "./daemon-json.js";
import { type DaemonTimers, RECORDED_TIMERS } from "./daemon-timers.js";
import { type RequestId, resultText } from "./rpc-envelope.js";
import { type Outcome, RpcServer } from "./rpc-server.js";
import { closeCode, eventOf, readTranscript, type TranscriptLine, textJson } from "./transcript.js";
import { Watch } from "./watch.js";
import type { WsSession } from "./ws-session.js";

export interface ReplayOptions {
  readonly timers?: Partial<DaemonTimers>;
  /** The result of a call that is not in the recording; undefined for an error. Also used for HTTP calls. */
  readonly answer?: (method: string, params: Json | undefined) => Json | undefined;
}

/** A call without its id, to compare calls of different clients. */
function callKey(message: Json | undefined, payload: string): string {
  if (!isObject(message)) return payload;
  const { id: _left, ...call } = message;
  return writeJson(call);
}

/**
 * A server that repeats one recorded connection: each call gets the recorded answer of the same call, with its own id.
 * Frames without a call (events, the close) are sent in their order by `play`.
 */
export class TranscriptReplay {
  readonly #server: RpcServer;
  readonly #options: ReplayOptions;
  /** Answers by call, in the recorded order; the last one is repeated. Undefined: a call without an answer. */
  readonly #answers = new Map<string, (string | undefined)[]>();
  readonly #unasked: readonly TranscriptLine[];
  readonly #watch = new Watch();
  #port = 0;

  private constructor(content: string, options: ReplayOptions) {
    this.#options = options;
    const lines = readTranscript(content);
    const replies = lines.filter((line) => line.what === "RECV" && line.frame === "text" && !isEvent(line));
    const calls = lines.filter((line) => line.what === "SEND" && line.frame === "text");
    for (const [i, { payload }] of calls.entries()) this.#learn(payload, replies[i]?.payload);
    this.#unasked = lines.filter(
      (line) => line.what === "TCP-EOF" || (line.what === "RECV" && !replies.includes(line)),
    );
    this.#server = new RpcServer({
      timers: { ...RECORDED_TIMERS, ...options.timers },
      connectionsPerMinute: undefined,
      greeting: "Hello, world!",
      answer: (body, session) => this.#answer(body, session),
      slowMs: () => 0,
      changed: () => this.#watch.check(),
    });
  }

  /** `content` is a recorded file. */
  static async start(content: string, options: ReplayOptions = {}): Promise<TranscriptReplay> {
    const replay = new TranscriptReplay(content, options);
    replay.#port = await replay.#server.listen(0);
    return replay;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.#port}/json_rpc`;
  }

  async stop(): Promise<void> {
    this.#watch.abandon(new Error("the replay was stopped"));
    await this.#server.close(false);
  }

  /** Resolves when a client has subscribed to these events. */
  untilSubscribed(...events: readonly string[]): Promise<void> {
    return this.#watch.until(() =>
      [...this.#server.sessions].some(({ subscriptions }) => events.every((event) => subscriptions.has(event))),
    );
  }

  /** Sends every client the recorded events of its subscriptions. Pings are left out: the server sends its own. */
  play(): void {
    for (const line of this.#unasked) {
      for (const session of [...this.#server.sessions]) this.#send(session, line);
    }
  }

  #learn(payload: string, reply: string | undefined): void {
    const key = callKey(textJson(payload), payload);
    this.#answers.set(key, [...(this.#answers.get(key) ?? []), reply]);
  }

  #answer(body: string, session: WsSession | undefined): Outcome {
    const message = textJson(body);
    const recorded = this.#answers.get(callKey(message, body));
    if (recorded === undefined) return { kind: "text", text: this.#unrecorded(message) };
    const reply = recorded.length > 1 ? recorded.shift() : recorded[0];
    if (reply === undefined) return { kind: "silence" };
    const known = textJson(reply);
    if (!isObject(message) || !isObject(known)) return { kind: "text", text: reply };
    const { id = null, method, params } = message;
    const notify = isObject(params) ? params.notify : undefined;
    if (session !== undefined && typeof notify === "string" && known.result === true) {
      if (method === "subscribe") session.subscriptions.set(notify, requestId(id));
      else session.subscriptions.delete(notify);
    }
    return { kind: "text", text: writeJson({ ...known, id }) };
  }

  #unrecorded(message: Json | undefined): string {
    const { id = null, method = "", params } = isObject(message) ? message : {};
    const result = typeof method === "string" ? this.#options.answer?.(method, params) : undefined;
    if (result !== undefined) return resultText(requestId(id), writeJson(result));
    return writeJson({ error: { code: -32601, message: "not in the recording" }, id, jsonrpc: "2.0" });
  }

  #send(session: WsSession, { what, frame, payload }: TranscriptLine): void {
    if (what === "TCP-EOF") session.drop(false);
    if (frame === "close") session.close(closeCode(payload));
    const message = textJson(payload);
    const event = eventOf(message);
    if (event === undefined || !isObject(message)) return;
    const id = session.subscriptions.get(event);
    if (id !== undefined) session.sendText(writeJson({ ...message, id }));
  }
}

function isEvent({ payload }: TranscriptLine): boolean {
  return eventOf(textJson(payload)) !== undefined;
}

function requestId(id: Json): RequestId {
  return typeof id === "string" || typeof id === "number" || typeof id === "bigint" ? id : null;
}
