import { Emitter } from "./emitter.js";
import type { SimConnection } from "./sim-connection.js";

/** Bytes, which may be split, or an object that stands for so many bytes. */
export interface Chunk {
  readonly length: number;
}

/** The window that yamux begins with. */
export const STREAM_WINDOW = 262_144;
/** The head of a yamux frame. */
export const HEAD_BYTES = 12;

type Status = "open" | "closed" | "aborted" | "reset";

/**
 * One end of a stream with the interface of a libp2p stream. The sender may have STREAM_WINDOW bytes on the way that
 * the receiver has not read; the rest waits here, and `writableNeedsDrain` is set.
 */
export class SimStream extends Emitter {
  readonly connection: SimConnection;
  readonly direction: "inbound" | "outbound";
  protocol: string;
  status: Status = "open";
  readStatus: "readable" | "paused" | "closed" = "readable";
  writeStatus: "writable" | "closing" | "closed" = "writable";
  remoteWriteStatus: "writable" | "closed" = "writable";
  readableEnded = false;
  readBufferLength = 0;
  writeBufferLength = 0;
  #other: SimStream | undefined;
  #credit = STREAM_WINDOW;
  readonly #unsent: Chunk[] = [];
  readonly #unread: Chunk[] = [];
  /** Read and not yet granted to the sender again. */
  #read = 0;
  #dispatching = false;
  /** The reader of a slow node takes the next chunk later. */
  #waits = false;

  constructor(connection: SimConnection, direction: "inbound" | "outbound", protocol: string) {
    super();
    this.connection = connection;
    this.direction = direction;
    this.protocol = protocol;
    connection.streams.add(this);
  }

  /** Joins the two ends. */
  static pair(a: SimStream, b: SimStream): void {
    a.#other = b;
    b.#other = a;
  }

  get writableNeedsDrain(): boolean {
    return this.writeBufferLength > 0;
  }

  override addEventListener(
    type: string,
    listener: (event: never) => void,
    options?: { readonly once?: boolean },
  ): void {
    super.addEventListener(type, listener, options);
    if (type === "message" && this.#unread.length > 0) queueMicrotask(() => this.#dispatch());
  }

  /** Later ones may overtake a chunk that is not `ordered`. */
  send(chunk: Chunk, ordered = true): boolean {
    if (this.writeStatus !== "writable") throw new Error(`the stream is ${this.writeStatus}`);
    this.#unsent.push(chunk);
    this.writeBufferLength += chunk.length;
    this.#pump(ordered);
    return !this.writableNeedsDrain;
  }

  pause(): void {
    if (this.readStatus === "readable") this.readStatus = "paused";
  }

  resume(): void {
    if (this.readStatus !== "paused") return;
    this.readStatus = "readable";
    this.#dispatch();
  }

  /** Ends the writing side after what waits. */
  close({ signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    if (this.writeStatus !== "writable") return Promise.resolve();
    this.writeStatus = "closing";
    this.#pump(true);
    if (this.status !== "open" || !this.writableNeedsDrain) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const end = (): void => {
        signal?.removeEventListener("abort", abort);
        resolve();
      };
      const abort = (): void => reject(signal?.reason);
      this.addEventListener("closeWrite", end, { once: true });
      signal?.addEventListener("abort", abort, { once: true });
    });
  }

  abort(_error?: unknown): void {
    if (this.status !== "open") return;
    const other = this.#other;
    this.#end("aborted");
    if (other !== undefined) this.connection.transmit(HEAD_BYTES, () => other.#end("reset"));
  }

  /** The peer took a stream that this side has given up meanwhile. */
  disown(): void {
    const other = this.#other;
    if (other !== undefined) this.connection.transmit(HEAD_BYTES, () => other.#end("reset"));
  }

  /** The connection ended. Bytes that arrived can still be read after a graceful end. */
  lose(status: "closed" | "aborted"): void {
    this.#end(status);
  }

  #pump(ordered: boolean): void {
    const other = this.#other;
    if (other === undefined || this.status !== "open") return;
    while (this.#credit > 0) {
      const first = this.#unsent[0];
      if (first === undefined) break;
      let chunk = first;
      if (first instanceof Uint8Array && first.length > this.#credit) {
        chunk = first.subarray(0, this.#credit);
        this.#unsent[0] = first.subarray(this.#credit);
      } else this.#unsent.shift();
      this.#credit -= chunk.length;
      this.writeBufferLength -= chunk.length;
      this.connection.transmit(HEAD_BYTES + chunk.length, () => other.#receive(chunk), ordered);
    }
    if (this.writeStatus !== "closing" || this.#unsent.length > 0) return;
    this.writeStatus = "closed";
    this.connection.transmit(HEAD_BYTES, () => other.#finish());
    this.emit("closeWrite", undefined);
    if (this.remoteWriteStatus === "closed") this.#end("closed");
  }

  #receive(chunk: Chunk): void {
    if (this.readStatus === "closed") return;
    this.#unread.push(chunk);
    this.readBufferLength += chunk.length;
    this.#dispatch();
  }

  #dispatch(): void {
    if (this.#dispatching || this.#waits || !this.listens("message")) return;
    const { host, net } = this.connection;
    const delayMs = net.readDelayMs(host.name);
    this.#dispatching = true;
    try {
      while (this.readStatus === "readable") {
        const chunk = this.#unread.shift();
        if (chunk === undefined) break;
        this.readBufferLength -= chunk.length;
        this.#granted(chunk.length);
        this.emit("message", { data: { subarray: () => chunk } });
        if (delayMs > 0) {
          this.#wait(delayMs);
          break;
        }
      }
    } finally {
      this.#dispatching = false;
    }
    this.#maybeEnd();
  }

  #wait(delayMs: number): void {
    this.#waits = true;
    const { host, net } = this.connection;
    net.schedule.after(delayMs, host.life, () => {
      this.#waits = false;
      this.#dispatch();
    });
  }

  /** Grants the sender what was read, half a window at a time. */
  #granted(bytes: number): void {
    this.#read += bytes;
    const other = this.#other;
    if (this.#read < STREAM_WINDOW / 2 || other === undefined || this.status !== "open") return;
    const read = this.#read;
    this.#read = 0;
    this.connection.transmit(HEAD_BYTES, () => {
      other.#credit += read;
      const waited = other.writableNeedsDrain;
      other.#pump(true);
      if (waited && !other.writableNeedsDrain) other.emit("drain", undefined);
    });
  }

  /** The other side ended its writing. */
  #finish(): void {
    if (this.remoteWriteStatus === "closed") return;
    this.remoteWriteStatus = "closed";
    this.emit("remoteCloseWrite", undefined);
    this.#maybeEnd();
    if (this.writeStatus === "closed") this.#end("closed");
  }

  #end(status: Exclude<Status, "open">): void {
    if (this.status !== "open") return;
    this.status = status;
    this.connection.streams.delete(this);
    this.#unsent.length = 0;
    this.writeBufferLength = 0;
    if (status === "aborted") {
      this.#unread.length = 0;
      this.readBufferLength = 0;
    }
    this.writeStatus = "closed";
    this.remoteWriteStatus = "closed";
    if (this.#unread.length === 0) this.readStatus = "closed";
    this.#maybeEnd();
    this.emit("close", undefined);
  }

  #maybeEnd(): void {
    if (this.readableEnded || this.#unread.length > 0) return;
    if (this.remoteWriteStatus !== "closed" && this.readStatus !== "closed") return;
    this.readableEnded = true;
    this.emit("end", undefined);
  }
}
