import type { Acceptance } from "../../../src/engine/index.js";
import { packBundles } from "../../../src/protocol/bundle.js";
import { toHex } from "../../../src/protocol/bytes.js";
import { MessageType } from "../../../src/protocol/envelope.js";
import { decodeFrame, encodeFrame, type Frame } from "../../../src/protocol/frames.js";
import { alertsTopic, strandOf, strandTopic } from "../../../src/protocol/strand.js";
import { encodeSyncRequest, type SyncRequest } from "../../../src/protocol/sync-messages.js";
import { blake3 } from "../kernel/mock-kernel.js";
import { mockSign } from "../kernel/mock-signatures.js";
import { RawPeer, type RawPeerOptions } from "../network/raw-peer.js";
import type { Random } from "../world/random.js";
import { Answers } from "./answers.js";
import { ByzantineAuthor, type Made } from "./author.js";
import type { Behaviour, Powers } from "./behaviour.js";
import { MAKERS } from "./behaviours/index.js";
import type { CrowdBook, CrowdPorts } from "./crowd.js";
import type { BehaviourKind } from "./kinds.js";
import { type PeerRecord, seal } from "./records.js";
import { Shelf } from "./shelf.js";

const STEP_MS = 1000;
/** The interval of honest exchanges. */
const EXCHANGE_MS = 30_000;
const TASK_TYPES = 6;
/** Frames that a peer sends and that wait, at most: the product's queue takes 128. Beyond it an answer ends. */
const QUEUE_MAX = 2000;

/** Visits of one peer in a run, and how long one takes. */
const VISITS_MAX = 8;
const VISIT_MS = 10_000;
/** Ports between two visits: a peer has fewer identities. */
const VISITOR_PORTS = 10;

type Visit = Parameters<Powers["visit"]>[0];

/** The name of the peers that visit for another. */
export function visitorOf(name: string): string {
  return `${name}.s`;
}

async function end(raw: RawPeer): Promise<void> {
  await raw.stop();
  raw.life.alive = false;
}

export interface PeerOptions {
  readonly name: string;
  readonly ip: string;
  readonly port: number;
  /** Addresses that it dials. */
  readonly bootstrap: readonly string[];
  readonly behaviours: readonly BehaviourKind[];
  readonly random: Random;
}

/** A running byzantine peer. */
export class ByzantinePeer {
  readonly name: string;
  readonly #ports: CrowdPorts;
  readonly #book: CrowdBook;
  readonly #random: Random;
  readonly #shelf = new Shelf();
  readonly #nodeKey: ByzantineAuthor;
  readonly #kinds: readonly BehaviourKind[];
  #behaviours: readonly Behaviour[] = [];
  #raw: RawPeer | undefined;
  #answers: Answers | undefined;
  /** The key with which it takes part: that of its first author, hex; undefined before the start. */
  memberKey: string | undefined;
  #isQuiet = false;
  #exchangeMs = 0;
  readonly #waiting = new Map<string, number>();
  #visits = 0;
  #isVisiting = false;
  #visit: (hello: Visit) => Promise<void> = async () => undefined;

  constructor(ports: CrowdPorts, book: CrowdBook, { name, behaviours, random }: PeerOptions) {
    this.name = name;
    this.#ports = ports;
    this.#book = book;
    this.#random = random;
    this.#kinds = behaviours;
    this.#nodeKey = new ByzantineAuthor(ports.identity, random.fork("node key"), this.#nowMs);
  }

  /** Resolves when the peer listens. */
  async start(options: PeerOptions): Promise<void> {
    const strands = Array.from({ length: TASK_TYPES }, (_, type) => strandOf(type, 0, 0));
    const raw = await this.#open(options, strands, {
      onFrame: (peer, bytes) => this.#frame(peer, bytes),
      onGossip: (peer, topic, bytes) => this.#gossip(peer, topic, bytes),
    });
    this.#raw = raw;
    this.#visit = async (hello) => {
      if (this.#visits >= VISITS_MAX || this.#isVisiting) return;
      this.#isVisiting = true;
      const port = options.port + VISITOR_PORTS * ++this.#visits;
      const visitor = { ...options, name: visitorOf(this.name), port, bootstrap: this.#ports.bootstrap };
      const stranger = await this.#open(visitor, strands, hello);
      this.#after(VISIT_MS, () => {
        this.#ports.background(end(stranger));
        this.#isVisiting = false;
      });
    };
    const author = this.#newAuthor();
    this.memberKey = author.key;
    this.#behaviours = this.#kinds.map((kind) => MAKERS[kind](this.#powers(kind, raw, author)));
    this.#answers = new Answers(this.#powers("answers", raw, author), this.#behaviours);
    this.#step(strands);
  }

  /** Starts a peer with keys of its own, or those of this peer. */
  async #open(
    { name, ip, port, bootstrap }: PeerOptions,
    interests: readonly string[],
    { registryDigest = new Uint8Array(32), ...more }: Visit & Pick<RawPeerOptions, "onFrame" | "onGossip">,
  ): Promise<RawPeer> {
    const { net, identity } = this.#ports;
    const { publicKey } = this.#nodeKey;
    const libp2pKey = new Uint8Array(68);
    libp2pKey.set(this.#random.bytes(32), 36);
    const topics = Array.from({ length: TASK_TYPES }, (_, type) => strandTopic(identity.network, type, 0));
    return RawPeer.start(net, {
      identity,
      blake3,
      libp2pKey,
      signer: { publicKey, sign: async (message) => mockSign(publicKey, message) },
      verify: async () => true,
      rest: () => ({
        agent: "byzantine/1",
        versionMin: 1,
        versionMax: 1,
        interests,
        features: ["windows-plain"],
        registryTime: 2n ** 64n - 1n,
        registryDigest,
        rosters: [],
        clockSeconds: BigInt(Math.floor(this.#nowMs() / 1000)),
        bodyLimit: identity.rules.bodyLimit,
      }),
      topics: [...topics, alertsTopic(identity.network)],
      name,
      ip,
      port,
      bootstrap,
      ...more,
    });
  }

  /** Makes no new records and starts nothing; it goes on with its answers. */
  quiet(): void {
    this.#isQuiet = true;
  }

  async stop(): Promise<void> {
    const raw = this.#raw;
    if (raw !== undefined) await end(raw);
  }

  readonly #nowMs = (): number => this.#ports.schedule.nowMs;

  #newAuthor(): ByzantineAuthor {
    return this.#book.own(new ByzantineAuthor(this.#ports.identity, this.#random.fork("author"), this.#nowMs));
  }

  #after(delayMs: number, run: () => void): void {
    this.#ports.schedule.after(delayMs, this.#raw?.life, run);
  }

  #step(strands: readonly string[]): void {
    this.#after(STEP_MS * (0.5 + this.#random.unit()), () => {
      if (this.#isQuiet) return;
      for (const behaviour of this.#behaviours) behaviour.step();
      if (this.#nowMs() - this.#exchangeMs >= EXCHANGE_MS) {
        this.#exchangeMs = this.#nowMs();
        for (const [peer, { dialed }] of this.#raw?.ready ?? []) if (dialed) this.#answers?.open(peer, strands);
      }
      this.#step(strands);
    });
  }

  #gossip(peer: string, topic: string, bytes: Uint8Array): Acceptance {
    for (const record of this.#book.read(bytes)) this.#shelf.add(record);
    let acceptance: Acceptance = "accept";
    for (const behaviour of this.#behaviours) acceptance = behaviour.heard?.(peer, topic, bytes) ?? acceptance;
    return acceptance;
  }

  async #frame(peer: string, bytes: Uint8Array): Promise<void> {
    for (const behaviour of this.#behaviours) await behaviour.reads?.(peer);
    const frame = decodeFrame(bytes);
    if (!frame.ok) return;
    for (const behaviour of this.#behaviours) behaviour.received?.(peer, frame.value);
    this.#answers?.frame(peer, frame.value);
  }

  #powers(kind: string, raw: RawPeer, author: ByzantineAuthor): Powers {
    const { identity } = this.#ports;
    const sealed = (type: MessageType, payload: Uint8Array): Uint8Array => {
      const timestampSeconds = Math.floor(this.#nowMs() / 1000);
      const sender = this.#nodeKey.publicKey;
      return seal(identity.genesis, { type, network: identity.network, timestampSeconds, number: 0, sender, payload });
    };
    const random = this.#random.fork(kind);
    return {
      identity,
      random,
      raw,
      author,
      shelf: this.#shelf,
      nowMs: this.#nowMs,
      newAuthor: () => this.#newAuthor(),
      isOwn: (record) => this.#book.isOwn(record),
      peers: () => [...raw.ready.keys()],
      half: (peer) => this.#ports.half(peer),
      keep: (made) => this.#keep(made),
      publish: (records, peers) => this.#publish(raw, records, peers ?? [...raw.ready.keys()]),
      send: (peer, ...frames) => void this.#send(raw, peer, frames),
      sealed,
      request: (peer, request: SyncRequest) => {
        const envelope = sealed(MessageType.SyncRequest, encodeSyncRequest(request));
        void this.#send(raw, peer, [{ kind: "envelope", requestId: request.requestId, envelope }]);
      },
      requestId: () => toHex(random.bytes(16)),
      after: (delayMs, run) => this.#after(delayMs, run),
      visit: (hello) => this.#ports.background(this.#visit(hello)),
      acted: (text) => this.#book.acted(this.name, kind, text),
      forged: (id) => this.#book.forged(id),
      contradicted: (pair) => this.#book.contradicted(pair),
    };
  }

  #keep({ record, body }: Made): PeerRecord {
    this.#shelf.add(record);
    this.#book.made(record);
    if (body !== undefined && "body" in record.payload && record.payload.body !== undefined) {
      this.#shelf.bodies.set(record.payload.body.hash, body);
    }
    return record;
  }

  #publish(raw: RawPeer, records: readonly Pick<PeerRecord, "topic" | "envelope">[], peers: readonly string[]): void {
    const byTopic = new Map<string, Uint8Array[]>();
    for (const { topic, envelope } of records) byTopic.set(topic, [...(byTopic.get(topic) ?? []), envelope]);
    for (const [topic, envelopes] of byTopic) {
      for (const bundle of packBundles(envelopes, this.#ports.identity.rules)) raw.gossip(peers, topic, bundle);
    }
  }

  async #send(raw: RawPeer, peer: string, frames: readonly Frame[]): Promise<void> {
    const waiting = (this.#waiting.get(peer) ?? 0) + frames.length;
    if (waiting > QUEUE_MAX) return;
    this.#waiting.set(peer, waiting);
    let left = frames.length;
    try {
      for (const frame of frames) {
        await raw.sendFrame(peer, encodeFrame(frame));
        left--;
        this.#waiting.set(peer, (this.#waiting.get(peer) ?? 1) - 1);
      }
    } catch {
      // The peer is gone or does not read: the rest of the answer is not sent.
      this.#waiting.set(peer, (this.#waiting.get(peer) ?? left) - left);
    }
  }
}
