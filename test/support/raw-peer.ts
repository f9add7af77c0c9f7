import { randomBytes } from "node:crypto";
import { noise } from "@chainsafe/libp2p-noise";
import { yamux } from "@chainsafe/libp2p-yamux";
import type { Connection, Libp2p, Stream } from "@libp2p/interface";
import { tcp } from "@libp2p/tcp";
import { multiaddr } from "@multiformats/multiaddr";
import { createLibp2p, type Libp2pOptions } from "libp2p";
import { onTestFinished } from "vitest";
import { acceptHello, type HelloOutcome, type HelloSide, openHello } from "../../src/network/sessions/hello.js";
import { FrameStream } from "../../src/network/streams/frame-stream.js";
import { encodeHelloRest, HELLO_FRAME_MAX_BYTES } from "../../src/protocol/hello.js";
import { optionsOf, Seen, type TestNode } from "./network-nodes.js";

const SYNC = "/tos-ai/sync/1";

export interface RawSetup extends Pick<Libp2pOptions, "privateKey" | "addresses" | "services"> {
  /** Gets the sync stream that the node opens; by default it is left unread. `none`: the protocol is not supported. */
  readonly onSync?: ((stream: Stream) => void) | "none";
}

/** A bare libp2p peer that sends nothing by itself: the test decides what it sends. */
export class RawPeer {
  readonly libp2p: Libp2p;
  readonly connection: Connection;
  readonly #to: TestNode;

  private constructor(libp2p: Libp2p, connection: Connection, to: TestNode) {
    this.libp2p = libp2p;
    this.connection = connection;
    this.#to = to;
  }

  static async connect(to: TestNode, setup: RawSetup = {}): Promise<RawPeer> {
    const { onSync = () => undefined, ...given } = setup;
    const libp2p = await createLibp2p({
      ...given,
      transports: [tcp()],
      connectionEncrypters: [noise()],
      streamMuxers: [yamux()],
      connectionMonitor: { enabled: false },
    });
    onTestFinished(() => libp2p.stop());
    if (onSync !== "none") await libp2p.handle(SYNC, onSync);
    return new RawPeer(libp2p, await libp2p.dial(multiaddr(to.address)), to);
  }

  /** One more connection from the same peer. */
  async dialAgain(): Promise<RawPeer> {
    const connection = await this.libp2p.dial(multiaddr(this.#to.address), { force: true });
    return new RawPeer(this.libp2p, connection, this.#to);
  }

  get peer(): string {
    return this.libp2p.peerId.toString();
  }

  async open(protocol: string): Promise<FrameStream> {
    return new FrameStream(await this.connection.newStream(protocol), 1_000_000);
  }

  async side(): Promise<HelloSide> {
    const options = await optionsOf({}, new Seen(), () => this.#to.network);
    return {
      ...options,
      ownPeerId: this.libp2p.peerId.toMultihash().bytes,
      otherPeerId: this.connection.remotePeer.toMultihash().bytes,
      rest: () => encodeHelloRest({ ...options.rest(), addresses: [], known: [], observed: "" }),
      nonce: new Uint8Array(randomBytes(32)),
      nowMs: Date.now,
      isTaken: async () => false,
      referral: () => undefined,
    };
  }

  /** Sends a correct hello, or one with changed fields. */
  async hello(change: Partial<HelloSide> = {}): Promise<HelloOutcome> {
    const pipe = new FrameStream(await this.connection.newStream("/tos-ai/hello/1"), HELLO_FRAME_MAX_BYTES);
    return openHello(pipe, { ...(await this.side()), ...change }, AbortSignal.timeout(60_000));
  }

  /** Answers hellos of connections that the node dials. */
  async answerHellos(): Promise<void> {
    await this.libp2p.handle("/tos-ai/hello/1", async (stream) => {
      const pipe = new FrameStream(stream, HELLO_FRAME_MAX_BYTES);
      await acceptHello(pipe, await this.side(), AbortSignal.timeout(60_000));
    });
  }

  /** Resolves when the other side closes the connection. */
  closed(): Promise<void> {
    return new Promise((resolve) => {
      if (this.connection.status !== "open") resolve();
      else this.connection.addEventListener("close", () => resolve(), { once: true });
    });
  }
}
