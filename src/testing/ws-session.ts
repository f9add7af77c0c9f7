import { createHash } from "node:crypto";
import type { Socket } from "node:net";
import type { DaemonTimers } from "./daemon-timers.js";
import type { RequestId } from "./rpc-envelope.js";
import { encodeFrame, FrameReader, OPCODES } from "./ws-frames.js";

/** Cap of the bytes of one text frame; a larger one closes the connection. */
export const MAX_FRAME = 1_310_720;
/** Cap of the bytes of a fragmented message. */
export const MAX_FRAGMENTED = 1_048_576;
/** Cap of a client's unread bytes; beyond it the client is dropped. Enough for a burst of thousands of blocks. */
export const MAX_UNSENT = 64 * 1024 * 1024;
/** Close code for forbidden frames. */
const BROKEN = 1011;
const NOTHING = Buffer.alloc(0);
const HANDSHAKE_SUFFIX = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

export interface SessionHandlers {
  message(session: WsSession, text: string): void;
  /** Called once, when nothing can be sent any more. */
  ended(session: WsSession): void;
}

/** The HTTP answer of the WebSocket upgrade: no extension, no subprotocol. */
export function handshake(key: string): string {
  const accept = createHash("sha1").update(`${key}${HANDSHAKE_SUFFIX}`).digest("base64");
  const lines = ["connection: upgrade", `sec-websocket-accept: ${accept}`, "upgrade: websocket"];
  return `HTTP/1.1 101 Switching Protocols\r\n${lines.join("\r\n")}\r\ndate: ${new Date().toUTCString()}\r\n\r\n`;
}

/** One WebSocket client. */
export class WsSession {
  /** Ids by the JSON text of the event. */
  readonly subscriptions = new Map<string, RequestId>();
  readonly #socket: Socket;
  readonly #timers: DaemonTimers;
  readonly #handlers: SessionHandlers;
  readonly #frames = new FrameReader(MAX_FRAME);
  #fragments: Buffer[] = [];
  #state: "open" | "zombie" | "closing" | "ended" = "open";
  #frozen = false;
  #held: Buffer[] = [];
  #heldBytes = 0;
  #lastTick = performance.now();
  #ticksWithoutPong = 0;
  #pinging: NodeJS.Timeout | undefined;
  #sending: NodeJS.Timeout | undefined;
  #lingering: NodeJS.Timeout | undefined;

  constructor(socket: Socket, head: Buffer, timers: DaemonTimers, handlers: SessionHandlers) {
    this.#socket = socket;
    this.#timers = timers;
    this.#handlers = handlers;
    socket.on("data", (chunk: Buffer) => this.#received(chunk));
    socket.on("end", () => this.#clientEnded());
    socket.on("drain", () => this.#drained());
    // An error of a connection also closes it.
    socket.on("error", () => undefined);
    socket.on("close", () => this.#end());
    this.#pinging = setInterval(() => this.#tick(), timers.pingMs);
    this.#ping();
    if (head.length > 0) this.#received(head);
  }

  get open(): boolean {
    return this.#state === "open";
  }

  sendText(text: string): void {
    this.sendFrame(OPCODES.text, Buffer.from(text));
  }

  /** Sends any frame, also one that a daemon never sends. */
  sendFrame(opcode: number, payload: Buffer, fin = true): void {
    if (this.#state === "open") this.#write(encodeFrame(opcode, payload, fin));
  }

  /** Sends a close frame, with or without a code, then ends the stream. */
  close(code?: number): void {
    const payload = Buffer.alloc(code === undefined ? 0 : 2);
    if (code !== undefined) payload.writeUInt16BE(code);
    this.#closeWith(payload);
  }

  /** From now on the connection stays open without answers. */
  zombify(): void {
    if (this.#state !== "open") return;
    this.#state = "zombie";
    clearInterval(this.#pinging);
    this.#handlers.ended(this);
  }

  /** Ends the connection without a close frame; `reset`: also without an end of stream. */
  drop(reset: boolean): void {
    if (reset) this.#socket.resetAndDestroy();
    else this.#socket.destroy();
    this.#end();
  }

  freeze(): void {
    this.#frozen = true;
    this.#socket.pause();
    clearInterval(this.#pinging);
  }

  /** Sends the held output and the missed pings; after too many missed pings the client is dropped. */
  thaw(): void {
    this.#frozen = false;
    if (this.#state === "open") {
      const missed = Math.floor((performance.now() - this.#lastTick) / this.#timers.pingMs);
      for (let i = 0; i < missed; i++) this.#tick();
      this.#pinging = setInterval(() => this.#tick(), this.#timers.pingMs);
    }
    this.#heldBytes = 0;
    for (const frame of this.#held.splice(0)) this.#write(frame);
    this.#socket.resume();
  }

  #tick(): void {
    if (this.#state !== "open") return;
    this.#lastTick = performance.now();
    this.#ticksWithoutPong++;
    if (this.#ticksWithoutPong * this.#timers.pingMs >= this.#timers.pongMs) this.close();
    else this.#ping();
  }

  #ping(): void {
    this.sendFrame(OPCODES.ping, NOTHING);
  }

  #received(chunk: Buffer): void {
    if (this.#state !== "open") return;
    this.#frames.push(chunk);
    while (this.#state === "open") {
      const frame = this.#frames.next();
      if (frame === undefined) return;
      if (frame === "bad") this.close(BROKEN);
      else this.#frame(frame.opcode, frame.fin, frame.payload);
    }
  }

  #frame(opcode: number, fin: boolean, payload: Buffer): void {
    switch (opcode) {
      case OPCODES.ping:
        this.sendFrame(OPCODES.pong, NOTHING);
        break;
      case OPCODES.pong:
        if (payload.length > 0) this.close();
        else this.#ticksWithoutPong = 0;
        break;
      case OPCODES.close:
        this.#closeWith(payload);
        break;
      case OPCODES.binary:
        this.close();
        break;
      default:
        this.#textFrame(opcode, fin, payload);
    }
  }

  #textFrame(opcode: number, fin: boolean, payload: Buffer): void {
    const continues = opcode === OPCODES.continuation;
    const whole = fin && !continues;
    if (!whole) this.#fragments.push(payload);
    const total = this.#fragments.reduce((sum, { length }) => sum + length, 0);
    const outOfTurn = continues ? this.#fragments.length === 1 : this.#fragments.length > (whole ? 0 : 1);
    if (outOfTurn || total > MAX_FRAGMENTED) this.close(BROKEN);
    else if (whole) this.#text(payload);
    else if (fin) this.#text(Buffer.concat(this.#fragments.splice(0)));
  }

  #text(payload: Buffer): void {
    let text: string;
    try {
      text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(payload);
    } catch {
      this.close(BROKEN);
      return;
    }
    this.#handlers.message(this, text);
  }

  #clientEnded(): void {
    if (this.#state === "open") this.close();
    else if (this.#state !== "zombie") this.#socket.end();
  }

  #closeWith(payload: Buffer): void {
    if (this.#state !== "open") return;
    this.#held = [];
    this.#write(encodeFrame(OPCODES.close, payload));
    this.#state = "closing";
    clearInterval(this.#pinging);
    // Unread bytes would turn the end of the stream into a reset, and the close frame would be lost.
    this.#socket.end();
    this.#socket.resume();
    this.#lingering = setTimeout(() => this.#socket.destroy(), this.#timers.lingerMs);
    this.#handlers.ended(this);
  }

  #write(frame: Buffer): void {
    if (this.#heldBytes + this.#socket.writableLength > MAX_UNSENT) this.drop(false);
    else if (this.#frozen) {
      this.#held.push(frame);
      this.#heldBytes += frame.length;
    } else if (!this.#socket.write(frame)) {
      this.#sending ??= this.#dropUnlessDrained();
    }
  }

  /** Drops the client unless its output drained. A late timer shows a pause of this process, not a slow client. */
  #dropUnlessDrained(): NodeJS.Timeout {
    const { sendMs } = this.#timers;
    const armed = performance.now();
    return setTimeout(() => {
      if (performance.now() - armed < 2 * sendMs) this.drop(false);
      else this.#sending = this.#dropUnlessDrained();
    }, sendMs);
  }

  #drained(): void {
    clearTimeout(this.#sending);
    this.#sending = undefined;
  }

  #end(): void {
    clearInterval(this.#pinging);
    clearTimeout(this.#sending);
    clearTimeout(this.#lingering);
    const reported = this.#state === "closing" || this.#state === "zombie" || this.#state === "ended";
    this.#state = "ended";
    if (!reported) this.#handlers.ended(this);
  }
}
