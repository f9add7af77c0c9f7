import { blake3 as noble } from "@noble/hashes/blake3.js";
import { vi } from "vitest";
import type { PeerFacts } from "../../src/engine/index.js";
import {
  type AddressStore,
  createNetwork,
  type KnownAddress,
  type Network,
  type NetworkHandlers,
  type PeerClock,
} from "../../src/network/index.js";
import type { Blake3 } from "../../src/protocol/hash.js";
import { DEFAULT_RULES, type NetworkIdentity, rulesDigest, standaloneGenesis } from "../../src/protocol/rules.js";
import { strandTopic } from "../../src/protocol/strand.js";
import { SimNet } from "./network/sim-net.js";
import { setPlatform } from "./platform/ambient.js";
import {
  clearImmediate,
  clearInterval,
  clearTimeout,
  dateNow,
  mathRandom,
  performance,
  setImmediate,
  setInterval,
  setTimeout,
} from "./platform/globals.js";
import { Random } from "./world/random.js";
import { Life, Schedule } from "./world/schedule.js";

const TIMERS = { setTimeout, setInterval, setImmediate, clearTimeout, clearInterval, clearImmediate };
const START_MS = 1_780_000_000_000;
export const blake3: Blake3 = noble;
const digest = rulesDigest(blake3, DEFAULT_RULES);
export const IDENTITY: NetworkIdentity = {
  network: 3,
  genesis: standaloneGenesis(blake3, 3, "test", digest),
  rules: DEFAULT_RULES,
  rulesDigest: digest,
};
export const TOPIC = strandTopic(3, 0, 0);

/** What one node of the test saw. */
export interface Member {
  readonly name: string;
  life: Life;
  network: Network | undefined;
  readonly ready: { readonly facts: PeerFacts; readonly clock: PeerClock | undefined }[];
  readonly gone: string[];
  readonly subscribed: string[];
  readonly got: Set<string>;
  readonly frames: Uint8Array[];
  readonly faults: string[];
  readonly dropped: string[];
  book: readonly KnownAddress[];
  /** Replaces the handler of frames. */
  onFrame: ((bytes: Uint8Array) => Promise<void>) | undefined;
}

/** 68 bytes: the protobuf of a libp2p private key has the public key at its end. */
export function keyOf(name: string): Uint8Array {
  const key = new Uint8Array(68);
  key.set(blake3(new TextEncoder().encode(name)), 36);
  return key;
}

/** What a hello of the test contains. */
export function helloOf(name: string, nowMs: () => number) {
  const publicKey = blake3(new TextEncoder().encode(`node key of ${name}`));
  return {
    identity: IDENTITY,
    blake3,
    libp2pKey: keyOf(name),
    signer: { publicKey, sign: async () => new Uint8Array(96) },
    verify: async () => true,
    rest: () => ({
      agent: "test/1",
      versionMin: 1,
      versionMax: 1,
      interests: [],
      features: [],
      registryTime: 0n,
      registryDigest: new Uint8Array(32),
      rosters: [],
      clockSeconds: BigInt(Math.floor(nowMs() / 1000)),
      bodyLimit: 0,
    }),
    topics: [TOPIC],
  };
}

/** Nodes with hand-made handlers over the simulated network. The globals are simulated until `close`. */
export class NetworkWorld {
  readonly schedule = new Schedule(START_MS);
  readonly net: SimNet;
  readonly members: Member[] = [];

  constructor(seed: number, settings: ConstructorParameters<typeof SimNet>[2] = {}) {
    const random = new Random(seed);
    this.net = new SimNet(this.schedule, random.fork("network"), settings);
    setPlatform({ schedule: this.schedule, random: random.fork("platform"), disks: undefined as never, net: this.net });
    for (const [name, simulated] of Object.entries(TIMERS)) vi.stubGlobal(name, simulated);
    vi.stubGlobal("performance", performance);
    vi.spyOn(Date, "now").mockImplementation(dateNow);
    vi.spyOn(Math, "random").mockImplementation(mathRandom);
  }

  close(): void {
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
    setPlatform(undefined);
  }

  /** Starts a node that dials the first `bootstraps` nodes. */
  add(bootstraps = 3): Member {
    const name = `n${this.members.length}`;
    const member: Member = {
      name,
      life: new Life(name),
      network: undefined,
      ...{ ready: [], gone: [], subscribed: [], got: new Set<string>(), frames: [], faults: [], dropped: [] },
      ...{ book: [], onFrame: undefined },
    };
    this.members.push(member);
    this.start(member, bootstraps);
    return member;
  }

  start(member: Member, bootstraps = 3): void {
    const life = new Life(member.name);
    member.life = life;
    const others = this.members.slice(0, bootstraps).filter((other) => other !== member);
    this.schedule.after(0, life, () => {
      void createNetwork({
        ...helloOf(member.name, () => this.schedule.nowMs),
        listen: [`/ip4/${ipOf(member.name)}/tcp/2140`],
        bootstrap: others.map(({ name }) => `/ip4/${ipOf(name)}/tcp/2140`),
        addressStore: storeOf(member),
        handlers: handlersOf(member),
      }).then((network) => {
        member.network = network;
      });
    });
  }

  /** Ends the life of a node without a word. */
  crash(member: Member, silent = false): void {
    member.life.alive = false;
    member.network = undefined;
    this.net.crashed(member.name, silent);
  }

  run(seconds: number): Promise<void> {
    return this.schedule.run(this.schedule.nowMs + seconds * 1000);
  }

  /** Calls work in the life of a node. */
  as<T>(member: Member, work: (network: Network) => T): T {
    const { network } = member;
    if (network === undefined) throw new Error(`${member.name} does not run`);
    return this.schedule.within(member.life, () => work(network));
  }

  publish(member: Member, text: string): void {
    void this.as(member, (network) => network.publish(TOPIC, new TextEncoder().encode(text)));
  }
}

export function ipOf(name: string): string {
  const index = Number(name.slice(1));
  return `10.0.${index >> 8}.${(index & 255) + 1}`;
}

function storeOf(member: Member): AddressStore {
  return {
    load: async () => member.book,
    save: async (entries) => {
      member.book = entries;
    },
  };
}

function handlersOf(member: Member): NetworkHandlers {
  return {
    gossip: ({ messageId, peer, bytes }) => {
      member.got.add(new TextDecoder().decode(bytes.subarray(0, 64)));
      member.network?.verdict(messageId, peer, "accept");
    },
    gossipRoom: () => undefined,
    connectionRefused: () => undefined,
    librarySaving: () => undefined,
    peerReady: (facts, clock) => void member.ready.push({ facts, clock }),
    peerGone: (peer) => void member.gone.push(peer),
    peerSubscribed: (peer) => void member.subscribed.push(peer),
    frame: (_peer, bytes) => {
      member.frames.push(bytes);
      return member.onFrame?.(bytes) ?? Promise.resolve();
    },
    fault: (_peer, code) => void member.faults.push(code),
    dialFailed: () => undefined,
    gossipDropped: (_peer, reason) => void member.dropped.push(reason),
    log: () => undefined,
  };
}
