import { randomBytes } from "node:crypto";
import { generateKeyPair, privateKeyFromProtobuf, privateKeyToProtobuf } from "@libp2p/crypto/keys";
import { peerIdFromPrivateKey } from "@libp2p/peer-id";
import { onTestFinished } from "vitest";
import type { PeerFacts } from "../../src/engine/events.js";
import { blake3Of, ReferenceKernel } from "../../src/kernel/index.js";
import type { AddressStore, KnownAddress } from "../../src/network/addresses/known-address.js";
import { createNetwork } from "../../src/network/index.js";
import type {
  ConnectionRefusal,
  GossipDrop,
  Network,
  NetworkHandlers,
  NetworkOptions,
} from "../../src/network/types.js";
import type { DialReason } from "../../src/protocol/dial-reasons.js";
import type { ReasonCode } from "../../src/protocol/errors.js";
import { DEFAULT_RULES, type NetworkIdentity, rulesDigest, standaloneGenesis } from "../../src/protocol/rules.js";
import { strandTopic } from "../../src/protocol/strand.js";
import { packItems } from "../../src/protocol/table.js";

const kernel = new ReferenceKernel("test");
export const blake3 = blake3Of(kernel);
const digest = rulesDigest(blake3, DEFAULT_RULES);
export const IDENTITY: NetworkIdentity = {
  network: 3,
  genesis: standaloneGenesis(blake3, 3, "test", digest),
  rules: DEFAULT_RULES,
  rulesDigest: digest,
};
export const TOPIC = strandTopic(3, 0, 0);
export const OTHER_TOPIC = strandTopic(3, 1, 0);

export type Gossiped = Parameters<NetworkHandlers["gossip"]>[0];

/** The events of a node, in order, with a function that waits for further ones. */
export class Seen {
  readonly gossip: Gossiped[] = [];
  readonly ready: PeerFacts[] = [];
  readonly gone: string[] = [];
  readonly subscribed: string[] = [];
  readonly frames: { readonly peer: string; readonly bytes: Uint8Array }[] = [];
  readonly dropped: { readonly peer: string; readonly reason: GossipDrop; readonly count: number }[] = [];
  readonly faults: { readonly peer: string; readonly code: ReasonCode }[] = [];
  readonly dialsFailed: DialReason[] = [];
  readonly refused: ConnectionRefusal[] = [];
  readonly savings: string[] = [];
  readonly lines: { readonly level: string; readonly text: string }[] = [];
  #waiting = new Set<() => void>();

  changed(): void {
    for (const look of [...this.#waiting]) look();
  }

  /** Resolves when the condition holds; checked after every event. */
  until(what: string, holds: () => boolean, timeoutMs = 120_000): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = () => {
        clearTimeout(timer);
        clearInterval(clock);
        this.#waiting.delete(look);
      };
      const look = () => {
        if (!holds()) return;
        done();
        resolve();
      };
      const timer = setTimeout(() => {
        done();
        reject(new Error(`waited ${timeoutMs} ms for: ${what}; faults ${JSON.stringify(this.faults)}`));
      }, timeoutMs);
      const clock = setInterval(look, 20);
      this.#waiting.add(look);
      look();
    });
  }
}

export interface TestNode {
  readonly network: Network;
  readonly seen: Seen;
  readonly address: string;
  readonly peer: string;
}

export class MemoryStore implements AddressStore {
  entries: readonly KnownAddress[] = [];

  async load(): Promise<readonly KnownAddress[]> {
    return this.entries;
  }

  async save(entries: readonly KnownAddress[]): Promise<void> {
    this.entries = [...entries];
  }
}

export async function newKey(): Promise<Uint8Array> {
  return privateKeyToProtobuf(await generateKeyPair("Ed25519"));
}

export interface NodeSetup extends Partial<Omit<NetworkOptions, "handlers">> {
  /** Called for each bundle; the default accepts it. */
  readonly onGossip?: (message: Gossiped, network: Network) => void;
  /** Default: there is always room. */
  readonly room?: NetworkHandlers["gossipRoom"];
  readonly onFrame?: (peer: string, bytes: Uint8Array) => Promise<void>;
}

/** A scalar below the group order. */
export function newNodeKey(): Uint8Array {
  const key = new Uint8Array(randomBytes(32));
  key[31] = 1;
  return key;
}

export async function optionsOf(setup: NodeSetup, seen: Seen, network: () => Network): Promise<NetworkOptions> {
  const { onGossip, onFrame, room, ...given } = setup;
  const nodeKey = newNodeKey();
  const record = <T>(list: T[], entry: T) => {
    list.push(entry);
    seen.changed();
  };
  return {
    identity: IDENTITY,
    blake3,
    libp2pKey: await newKey(),
    listen: ["/ip4/127.0.0.1/tcp/0"],
    bootstrap: [],
    signer: { publicKey: kernel.publicKey(nodeKey), sign: async (message) => kernel.sign(nodeKey, message) },
    verify: async (publicKey, message, signature) => {
      const [verdict] = await kernel.verifyMessages(packItems([{ publicKey, message, signature }]));
      return verdict === 0;
    },
    rest: () => ({
      agent: "test/1",
      versionMin: 1,
      versionMax: 1,
      interests: ["000000"],
      features: ["plain"],
      registryTime: 0n,
      registryDigest: new Uint8Array(32),
      rosters: [],
      clockSeconds: 1n,
      bodyLimit: 1,
    }),
    topics: [TOPIC],
    addressStore: new MemoryStore(),
    ...given,
    handlers: {
      gossip: (message) => {
        record(seen.gossip, message);
        if (onGossip === undefined) network().verdict(message.messageId, message.peer, "accept");
        else onGossip(message, network());
      },
      gossipRoom: (peer) => room?.(peer),
      connectionRefused: (reason) => record(seen.refused, reason),
      librarySaving: (saving, isApplied) => record(seen.savings, `${saving} ${isApplied}`),
      peerReady: (facts) => record(seen.ready, facts),
      peerGone: (peer) => record(seen.gone, peer),
      peerSubscribed: (peer) => record(seen.subscribed, peer),
      frame: async (peer, bytes) => {
        record(seen.frames, { peer, bytes });
        await onFrame?.(peer, bytes);
      },
      dialFailed: (reason) => record(seen.dialsFailed, reason),
      fault: (peer, code) => record(seen.faults, { peer, code }),
      gossipDropped: (peer, reason, count) => record(seen.dropped, { peer, reason, count }),
      log: (level, text) => record(seen.lines, { level, text }),
    },
  };
}

/** A real node on 127.0.0.1, stopped when the test ends. */
export async function startNode(setup: NodeSetup = {}): Promise<TestNode> {
  const seen = new Seen();
  let network: Network | undefined;
  const options = await optionsOf(setup, seen, () => {
    if (network === undefined) throw new Error("not started");
    return network;
  });
  network = await createNetwork(options);
  const started = network;
  onTestFinished(() => started.stop());
  const [address = ""] = started.addresses();
  return { network: started, seen, address, peer: started.peerId };
}

/** A new libp2p peer id as text. */
export async function newPeer(): Promise<string> {
  return peerIdFromPrivateKey(privateKeyFromProtobuf(await newKey())).toString();
}

export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function textOf(bytes: Uint8Array | undefined): string {
  return new TextDecoder().decode(bytes);
}

/** Waits until the nodes have each other's subscriptions, so that each gets what another publishes. */
export async function meshed(...nodes: readonly TestNode[]): Promise<void> {
  for (const node of nodes) {
    await node.seen.until("mesh", () => node.network.peers().filter(({ topics }) => topics > 0).length >= 1);
  }
}
