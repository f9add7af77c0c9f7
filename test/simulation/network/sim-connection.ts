import type { Ticket } from "../world/schedule.js";
import { Emitter } from "./emitter.js";
import { connectionClosed, unsupportedProtocol } from "./errors.js";
import type { Host, SimPeerId } from "./host.js";
import { Pipe } from "./pipe.js";
import type { SimNet } from "./sim-net.js";
import { HEAD_BYTES, SimStream } from "./sim-stream.js";

/** Addresses of the two ends, as each sees the other. */
interface Addresses {
  readonly dialer: string;
  readonly acceptor: string;
}

/** One end of a connection with the interface of a libp2p connection. */
export class SimConnection extends Emitter {
  readonly net: SimNet;
  readonly host: Host;
  readonly id: string;
  readonly direction: "inbound" | "outbound";
  readonly remotePeer: SimPeerId;
  readonly remoteAddr: { toString(): string };
  readonly out: Pipe;
  readonly streams = new Set<SimStream>();
  status: "open" | "closed" | "aborted" = "open";
  #other: SimConnection | undefined;
  /** Streams that wait for the answer of the peer. */
  readonly #opening = new Set<(error: Error) => void>();
  #timeout: Ticket | undefined;

  private constructor(net: SimNet, host: Host, remote: Host, direction: "inbound" | "outbound", remoteAddress: string) {
    super();
    this.net = net;
    this.host = host;
    this.id = `${net.nextNumber()}`;
    this.direction = direction;
    this.remotePeer = remote.peerId;
    this.remoteAddr = { toString: () => remoteAddress };
    this.out = new Pipe(net, host, remote);
    host.connections.add(this);
    host.changed();
  }

  /** Makes both ends and returns that of the dialer. */
  static join(net: SimNet, dialer: Host, acceptor: Host, addresses: Addresses): SimConnection {
    const near = new SimConnection(net, dialer, acceptor, "outbound", addresses.acceptor);
    const far = new SimConnection(net, acceptor, dialer, "inbound", addresses.dialer);
    near.#other = far;
    far.#other = near;
    return near;
  }

  get other(): SimConnection {
    if (this.#other === undefined) throw new Error("the connection has one end");
    return this.#other;
  }

  /** Calls `run` at the other end, unless it closes before. */
  transmit(bytes: number, run: () => void, ordered = true): void {
    if (this.status === "open") this.#send(bytes, run, ordered);
  }

  /** Opens a stream for the first of the protocols that the peer handles: one round trip. */
  newStream(
    protocols: string | readonly string[],
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<SimStream> {
    if (this.status !== "open") return Promise.reject(connectionClosed());
    const wanted = typeof protocols === "string" ? [protocols] : protocols;
    return new Promise((resolve, reject) => {
      const stream = new SimStream(this, "outbound", wanted[0] ?? "");
      const settle = (): void => {
        this.#opening.delete(fail);
        signal?.removeEventListener("abort", abort);
      };
      const fail = (error: unknown): void => {
        settle();
        stream.abort();
        reject(error);
      };
      const abort = (): void => fail(signal?.reason);
      if (signal?.aborted === true) return abort();
      signal?.addEventListener("abort", abort, { once: true });
      this.#opening.add(fail);
      this.transmit(HEAD_BYTES, () =>
        this.other.#accept(wanted, stream, (protocol) => {
          if (stream.status !== "open") return stream.disown();
          if (protocol === undefined) return fail(unsupportedProtocol(wanted));
          stream.protocol = protocol;
          settle();
          resolve(stream);
        }),
      );
    });
  }

  /** Ends the connection after what was sent. */
  close(): Promise<void> {
    if (this.status !== "open") return Promise.resolve();
    for (const stream of [...this.streams]) void stream.close();
    this.#send(HEAD_BYTES, () => this.other.#end("closed"), true);
    this.#end("closed");
    return Promise.resolve();
  }

  /** Ends the connection at once. */
  abort(_error?: unknown): void {
    if (this.status !== "open") return;
    this.#send(HEAD_BYTES, () => this.other.#reset(), true);
    this.#end("aborted");
  }

  /** The peer's machine answered that it knows no such connection, or nothing came for too long. */
  lose(reason: "reset" | "timeout"): void {
    if (this.status !== "open") return;
    if (reason === "reset") this.net.counts.resets++;
    else this.net.counts.timeouts++;
    this.#end("aborted");
  }

  /** The process of this end is gone: it sends no more and hears nothing. */
  die(): void {
    this.status = "aborted";
    this.host.connections.delete(this);
    this.host.changed();
    if (this.other.status !== "open") this.net.forget(this);
  }

  /** The end of the connection where nothing comes from the peer until then. */
  expectLoss(afterMs: number, reason: "reset" | "timeout"): void {
    if (this.status !== "open") return;
    this.hope();
    this.#timeout = this.net.schedule.after(afterMs, this.host.life, () => this.lose(reason));
  }

  /** The peer can be heard again. */
  hope(): void {
    if (this.#timeout !== undefined) this.net.schedule.cancel(this.#timeout);
    this.#timeout = undefined;
  }

  get expectsLoss(): boolean {
    return this.#timeout !== undefined;
  }

  #send(bytes: number, run: () => void, ordered: boolean): void {
    const { other } = this;
    this.out.send(
      bytes,
      () => {
        if (other.status === "open") run();
      },
      ordered,
    );
  }

  #reset(): void {
    this.net.counts.resets++;
    this.#end("aborted");
  }

  #accept(wanted: readonly string[], theirs: SimStream, answer: (protocol: string | undefined) => void): void {
    const name = wanted.find((protocol) => this.host.protocols.has(protocol));
    const protocol = name === undefined ? undefined : this.host.protocols.get(name);
    if (name === undefined || protocol === undefined) {
      this.transmit(HEAD_BYTES, () => answer(undefined));
      return;
    }
    let open = 0;
    for (const stream of this.streams) if (stream.direction === "inbound" && stream.protocol === name) open++;
    const stream = new SimStream(this, "inbound", name);
    SimStream.pair(stream, theirs);
    this.transmit(HEAD_BYTES, () => answer(name));
    if (open >= protocol.maxInbound) stream.abort();
    else protocol.handle(stream, this);
  }

  #end(status: "closed" | "aborted"): void {
    if (this.status !== "open") return;
    this.status = status;
    this.hope();
    this.host.connections.delete(this);
    this.host.changed();
    if (this.other.status !== "open") this.net.forget(this);
    for (const fail of [...this.#opening]) fail(connectionClosed());
    for (const stream of [...this.streams]) stream.lose(status);
    this.emit("close", undefined);
  }
}
