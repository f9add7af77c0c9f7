import { connect, type Socket } from "node:net";
import { OPCODES } from "../../src/testing/ws-frames.js";

export interface ReceivedFrame {
  readonly kind: "text" | "ping" | "pong" | "close" | "other";
  readonly text: string;
  /** Of a close frame that has one. */
  readonly code?: number;
}

const MASK = Buffer.from([1, 2, 3, 4]);

/** A WebSocket client that hides nothing and may do what a client must not. It pongs only when told. */
export class RawClient {
  readonly frames: ReceivedFrame[] = [];
  head = "";
  /** How the connection ended; undefined: it has not. */
  ended: "end" | "reset" | undefined;
  readonly #socket: Socket;
  #bytes = Buffer.alloc(0);
  #waiters: (() => void)[] = [];

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (chunk: Buffer) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk]);
      if (this.head === "") this.#readHead();
      if (this.head !== "") while (this.#readFrame());
      this.#changed();
    });
    const end = (how: "end" | "reset") => {
      this.ended ??= how;
      this.#changed();
    };
    socket.on("end", () => end("end"));
    socket.on("error", () => end("reset"));
    socket.on("close", () => end("end"));
  }

  /** Resolves with the head of the answer, whatever it is. */
  static async open(port: number, path = "/json_rpc", headers: readonly string[] = []): Promise<RawClient> {
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    const client = new RawClient(socket);
    const lines = ["Host: 127.0.0.1", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"];
    const key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";
    socket.write(`GET ${path} HTTP/1.1\r\n${[...lines, key, ...headers].join("\r\n")}\r\n\r\n`);
    await client.until(() => client.head !== "" || client.ended !== undefined);
    return client;
  }

  get texts(): readonly string[] {
    return this.frames.filter(({ kind }) => kind === "text").map(({ text }) => text);
  }

  count(kind: ReceivedFrame["kind"]): number {
    return this.frames.filter((frame) => frame.kind === kind).length;
  }

  /** The close frame; undefined: none came. */
  get closed(): ReceivedFrame | undefined {
    return this.frames.find(({ kind }) => kind === "close");
  }

  async until(holds: (client: this) => boolean): Promise<void> {
    while (!holds(this)) await new Promise<void>((resolve) => void this.#waiters.push(resolve));
  }

  untilEnded(): Promise<void> {
    return this.until(({ ended }) => ended !== undefined);
  }

  send(opcode: number, payload: string | Buffer, { fin = true, masked = true } = {}): void {
    const bytes = Buffer.from(payload);
    const extended = bytes.length < 126 ? 0 : bytes.length < 65_536 ? 2 : 8;
    const header = Buffer.alloc(2 + extended);
    header[0] = (fin ? 0x80 : 0) | opcode;
    header[1] = (masked ? 0x80 : 0) | (extended === 0 ? bytes.length : extended === 2 ? 126 : 127);
    if (extended === 2) header.writeUInt16BE(bytes.length, 2);
    if (extended === 8) header.writeBigUInt64BE(BigInt(bytes.length), 2);
    const body = masked ? Buffer.from(bytes.map((byte, i) => byte ^ (MASK[i & 3] ?? 0))) : bytes;
    this.#socket.write(Buffer.concat(masked ? [header, MASK, body] : [header, body]));
  }

  text(payload: string | Buffer): void {
    this.send(OPCODES.text, payload);
  }

  call(id: number, method: string, params?: object): void {
    this.text(JSON.stringify({ jsonrpc: "2.0", id, method, params }));
  }

  /** Sends a call and resolves with the text that answers its id. */
  async answer(id: number, method: string, params?: object): Promise<string> {
    const wanted = new RegExp(`"id":${id},"jsonrpc":"2.0"(?!.*"event":)`);
    this.call(id, method, params);
    await this.until(({ texts, ended }) => ended !== undefined || texts.some((text) => wanted.test(text)));
    return this.texts.find((text) => wanted.test(text)) ?? "";
  }

  halfClose(): void {
    this.#socket.end();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #changed(): void {
    for (const wake of this.#waiters.splice(0)) wake();
  }

  #readHead(): void {
    const end = this.#bytes.indexOf("\r\n\r\n");
    if (end < 0) return;
    this.head = this.#bytes.subarray(0, end).toString();
    this.#bytes = this.#bytes.subarray(end + 4);
  }

  #readFrame(): boolean {
    const bytes = this.#bytes;
    const short = (bytes[1] ?? 0) & 0x7f;
    const extended = short < 126 ? 0 : short === 126 ? 2 : 8;
    const size = 2 + extended;
    if (bytes.length < size) return false;
    const length = extended === 0 ? short : extended === 2 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
    if (bytes.length < size + length) return false;
    const payload = bytes.subarray(size, size + length);
    this.#bytes = bytes.subarray(size + length);
    this.frames.push(readPayload((bytes[0] ?? 0) & 0x0f, payload));
    return true;
  }
}

function readPayload(opcode: number, payload: Buffer): ReceivedFrame {
  if (opcode === OPCODES.close && payload.length >= 2) {
    return { kind: "close", text: payload.subarray(2).toString(), code: payload.readUInt16BE(0) };
  }
  const kinds: Record<number, ReceivedFrame["kind"]> = { 1: "text", 8: "close", 9: "ping", 10: "pong" };
  return { kind: kinds[opcode] ?? "other", text: payload.toString() };
}
