import { BODY_BUNDLES, type Engine, REGISTRY_NEWS, WINDOWS_FULL } from "../../engine/index.js";
import { createNetwork, type Network, type NetworkHandlers } from "../../network/index.js";
import { fromHex } from "../../protocol/bytes.js";
import type { Blake3 } from "../../protocol/hash.js";
import { type HelloRest, helloRosters } from "../../protocol/hello.js";
import { AGENT, type ManagerOptions } from "../options.js";
import { NodeSigner } from "../outbound/index.js";
import { readOrCreateLibp2pKey } from "../publish/index.js";
import { addressStore } from "./address-store.js";
import type { BuildBase } from "./build-base.js";
import type { InboundParts } from "./build-inbound.js";
import type { StorageParts } from "./build-storage.js";

/** The running transport and the node's own signatures for it. */
export interface NetworkParts {
  readonly network: Network;
  readonly signer: NodeSigner;
}

/** Starts the transport. The caller stops `network`. */
export async function buildNetwork(
  base: BuildBase,
  storage: StorageParts,
  inbound: InboundParts,
): Promise<NetworkParts> {
  const { options, shared, link } = base;
  const { identity, store } = options;
  const { blake3, keyring, authors, engine, writer } = storage;
  const salts = new Map<string, string>();
  const signer = new NodeSigner({
    kernel: inbound.verifier,
    identity,
    blake3,
    node: keyring.node,
    author: (key) => authors.byKey(key)?.signer,
    salt: (peer) => salts.get(peer),
    nowMs: shared.nowMs,
  });
  const network = await createNetwork({
    identity,
    blake3,
    ...(await readOrCreateLibp2pKey(options.libp2pKeyPath)),
    listen: options.listen,
    bootstrap: options.bootstrap,
    ...(options.announce === undefined ? {} : { announce: options.announce }),
    ...(options.maxConnections === undefined ? {} : { maxConnections: options.maxConnections }),
    signer: keyring.node,
    verify: (publicKey, message, signature) => signer.verify(publicKey, message, signature),
    rest: () => ownRest(options, blake3, engine, shared.nowMs()),
    topics: engine.topics(),
    addressStore: addressStore(store, writer, (error) => shared.failed("address_book", error)),
    handlers: networkHandlers(base, inbound, salts),
  });
  link.attach(network);
  return { network, signer };
}

/** The transport's reports. They are held back until the gate opens. */
function networkHandlers(
  { shared: { step, count, log } }: BuildBase,
  { gate, inlet, clocks }: InboundParts,
  salts: Map<string, string>,
): NetworkHandlers {
  return {
    gossip: (message) => {
      // Before the start the engine judges nothing: gossipsub drops the bundle, as for Ignore.
      if (gate.isOpen) inlet.gossip(message);
      else inlet.dropped(message.peer, "starting", 1);
    },
    gossipRoom: (peer) => inlet.gossipRoom(peer),
    frame: (peer, bytes, ended) =>
      new Promise<void>((resolve, reject) => gate.pass(() => inlet.frame(peer, bytes, ended).then(resolve, reject))),
    peerReady: (facts, clock) => {
      // The clock sample is valid only now; it does not wait for the gate.
      clocks.ready(facts.peer, { group: facts.addressGroup, dialed: facts.dialed }, clock);
      gate.pass(() => {
        salts.set(facts.peer, facts.salt);
        step({ kind: "peer_ready", facts });
      });
    },
    peerGone: (peer) => {
      clocks.gone(peer);
      gate.pass(() => {
        salts.delete(peer);
        inlet.gone(peer);
        step({ kind: "peer_gone", peer });
      });
    },
    peerSubscribed: (peer) => gate.pass(() => step({ kind: "peer_subscribed", peer })),
    gossipDropped: (peer, reason, dropped) => inlet.dropped(peer, reason, dropped),
    fault: (_peer, code) => count("peer_faults", code, 1),
    connectionRefused: (reason) => count("connections_refused", reason, 1),
    librarySaving: (saving, isApplied) =>
      count("library_savings", isApplied ? `${saving}_applied` : `${saving}_skipped`, 1),
    dialFailed: (reason) => count("dials_failed", reason, 1),
    log,
  };
}

/** The part of the node's hello that the manager knows. */
function ownRest(
  options: ManagerOptions,
  blake3: Blake3,
  engine: Engine,
  nowMs: number,
): Omit<HelloRest, "addresses" | "known" | "observed"> {
  const { chain, identity } = options;
  const facts = chain.facts();
  return {
    agent: AGENT,
    versionMin: 1,
    versionMax: 1,
    interests: engine.strands(),
    features: ["windows-plain", WINDOWS_FULL, REGISTRY_NEWS, BODY_BUNDLES],
    registryTime: facts.registryTimeSeconds,
    registryDigest: fromHex(facts.registryDigest, 32) ?? new Uint8Array(32),
    rosters: helloRosters(blake3, identity.genesis, facts.rosters),
    clockSeconds: BigInt(Math.floor(nowMs / 1000)),
    bodyLimit: identity.rules.bodyLimit,
  };
}
