import type { BoundRow, NodeHealth, NodeInfo, PeerInfo, SyncReport } from "../../api/index.js";
import { BOUNDS, type BoundName } from "../../engine/index.js";
import {
  ADDRESS_BOOK_MAX,
  addressScope,
  GOSSIP_SEEN_MAX,
  HELD_STREAMS_MAX,
  HINTS_MAX,
  MAX_CONNECTIONS,
  OBSERVERS_MAX,
  PENDING_VERDICT_BYTES,
  PENDING_VERDICTS_MAX,
  REFUSALS_MAX,
  SEND_QUEUE_BYTES,
  SEND_QUEUE_FRAMES,
  VISITS_MAX,
} from "../../network/index.js";
import { encodeAddress } from "../../protocol/address.js";
import { toHex } from "../../protocol/bytes.js";
import { hashBytes } from "../../protocol/records.js";
import { NETWORKS } from "../../protocol/rules.js";
import { MAX_WAITING_REQUESTS, stopTexts } from "../../storage/index.js";
import { SILENT_CALLS_MAX } from "../faults/index.js";
import { BUDGET_PEERS_MAX } from "../inbound/index.js";
import { kernelInfo, VERSION } from "../options.js";
import { LISTENERS_MAX, LISTINGS_MAX, SERVINGS_MAX, WRITER_PAUSE_BYTES } from "../outbound/index.js";
import { PUBLISHING_MAX } from "../publish/index.js";
import { DIGESTS_MAX } from "./digest-queue.js";
import type { ReportParts } from "./report-parts.js";

/** By the number in the rules. */
const REGISTRY_NAMES = ["everyone", "file", "chain"] as const;

/** Identity and state of the node, for `ai_get_network_info`. */
export function nodeInfo(parts: ReportParts): NodeInfo {
  const { options, keyring, engine, network, hub } = parts;
  const { identity, chain } = options;
  const facts = chain.facts();
  const nowSeconds = Math.floor(parts.nowMs() / 1000);
  const stops = new Map(parts.authors.stopped().map(({ key, reason, atSeconds }) => [key, { reason, atSeconds }]));
  const stopOf = (key: string): NodeInfo["authors"][number]["stopped"] => {
    const stop = stops.get(key);
    return stop === undefined ? undefined : { ...stop, ...stopTexts(stop.reason) };
  };
  const address = (key: string): string => encodeAddress(hashBytes(key), identity.network);
  return {
    version: VERSION,
    network: NETWORKS[identity.network] ?? "devnet",
    networkName: options.networkName,
    genesis: toHex(identity.genesis),
    rulesDigest: toHex(identity.rulesDigest),
    nodeKey: keyring.nodeKey,
    nodeAddress: address(keyring.nodeKey),
    peerId: network.peerId,
    multiaddrs: network.addresses(),
    reach: network.reach.report(),
    kernel: kernelInfo(options.kernel),
    storageEngine: options.store.engine,
    authors: keyring.authors.map(({ name, key }) => {
      const [tasks, submissions, validations] = parts.authors.left(key, identity.rules.quotas, nowSeconds);
      const leftToday = { tasks, submissions, validations };
      return { name, key, address: address(key), leftToday, stopped: stopOf(key) };
    }),
    peerCount: network.readyCount,
    tasks: engine.taskCounts(),
    records: engine.recordCount,
    sync: syncReport(parts),
    registry: {
      kind: REGISTRY_NAMES[identity.rules.registry],
      digest: facts.registryDigest,
      timeSeconds: facts.registryTimeSeconds,
    },
    chain: { mode: chain.mode, place: "received", ...chain.head(), trouble: chain.trouble() },
    startedSeconds: Math.floor(parts.startedMs / 1000),
    uptimeSeconds: Math.floor((parts.nowMs() - parts.startedMs) / 1000),
    eventSequence: hub.sequence,
    damagedValues: options.store.corruptValues,
    messageCache: messageCache(parts),
    health: nodeHealth(parts),
    clock: parts.clocks.report(),
  };
}

/** All faults, and warnings that are no faults. */
export function nodeHealth({ faults, clocks }: ReportParts): NodeHealth {
  const health = faults.health();
  const warning = clocks.warning();
  const isFault = health.faults.some(({ component }) => component === "clock");
  return { ...health, warnings: warning === undefined || isFault ? [] : [warning] };
}

/** Bundles that gossip has seen, messages known by id, messages and bodies served. */
function messageCache({ engine, network }: ReportParts): NodeInfo["messageCache"] {
  const { seen, known, served } = engine.messageCache();
  return { seen: seen + (network.sizes().gossipSeen ?? 0), known, served };
}

/**
 * Whether all addresses of this node are loopback: the network is then on one machine, and a dialled peer is not an
 * independent peer. A node that listens on loopback and announces another address is behind a proxy, so its peers only
 * look local.
 */
function onLoopback(network: ReportParts["network"]): boolean {
  const addresses = [...network.addresses(), ...network.reach.report().advertised];
  return network.addresses().length > 0 && addresses.every((address) => addressScope(address) === "loopback");
}

/** How far the node is in sync with its peers, and what it lacks. */
export function syncReport(parts: ReportParts): SyncReport {
  const { engine, network, faults } = parts;
  const { inSync, set, strands, bodies, lackingRecords } = engine.syncReport(onLoopback(network));
  const { tasks, openRequests } = engine.waiting();
  // While the disk refuses writes the node admits no record, so it falls behind its peers.
  const writes = !faults.has("storage", "disk_full") && !faults.has("storage", "write_failed");
  const records = engine.recordCount;
  const wanted = bodies.missing - bodies.unavailable;
  const held = { records, bodies: bodies.held };
  const target = { records: records + lackingRecords, bodies: bodies.held + wanted };
  const catchingUp = {
    ...held,
    targetRecords: target.records,
    targetBodies: target.bodies,
    ...parts.pace.report(parts.nowMs(), held, target),
  };
  return {
    inSync: inSync && writes,
    set,
    catchingUp: lackingRecords + wanted > 0 ? catchingUp : undefined,
    bodies,
    strands,
    pendingTasks: tasks,
    openRequests,
  };
}

const BASIS_POINTS = 10_000;

/** Ready peers, with what the transport and the engine know of them. */
export function peerInfos(parts: ReportParts): readonly PeerInfo[] {
  const { engine, network, options } = parts;
  const reports = new Map(engine.peerReports(Math.floor(parts.nowMs() / 1000)).map((report) => [report.peer, report]));
  return network.peers().flatMap((connection): PeerInfo[] => {
    const report = reports.get(connection.peer);
    if (connection.state !== "ready" || connection.key === undefined || report === undefined) return [];
    return [
      {
        peer: connection.peer,
        key: connection.key,
        address: encodeAddress(hashBytes(connection.key), options.identity.network),
        multiaddr: connection.address,
        dialed: connection.dialed,
        agent: connection.agent,
        connectedSeconds: Math.floor(report.connectedMs / 1000),
        interests: report.interests,
        registryEqual: report.registryEqual,
        registry: report.registry,
        roster: report.roster,
        features: report.features,
        score: {
          reliability: report.score.reliability / BASIS_POINTS,
          responsiveness: report.score.responsiveness / BASIS_POINTS,
          dataQuality: report.score.quality / BASIS_POINTS,
          overall: report.score.overall / BASIS_POINTS,
        },
        interactions: report.interactions,
        lastChange: report.lastChange,
        latencyMs: report.latencyMs,
        streams: { sync: connection.sync, gossip: connection.gossip },
        meshTopics: connection.meshTopics,
        dropped: parts.inlet.drops.of(connection.peer),
      },
    ];
  });
}

/** Caps of the sizes of `Network.sizes`. */
const NETWORK_CAPS: Readonly<Record<string, number>> = {
  connections: MAX_CONNECTIONS + VISITS_MAX,
  heldStreams: (MAX_CONNECTIONS + VISITS_MAX) * HELD_STREAMS_MAX,
  gossipPending: PENDING_VERDICTS_MAX,
  gossipPendingBytes: PENDING_VERDICT_BYTES,
  gossipSeen: GOSSIP_SEEN_MAX,
  syncQueuedFrames: MAX_CONNECTIONS * SEND_QUEUE_FRAMES,
  syncQueuedBytes: MAX_CONNECTIONS * SEND_QUEUE_BYTES,
  addressBook: ADDRESS_BOOK_MAX,
  restingHints: HINTS_MAX,
  observers: OBSERVERS_MAX,
  refusals: REFUSALS_MAX,
};

/** Size and cap of each bounded structure of the node. */
export function boundRows(parts: ReportParts): readonly BoundRow[] {
  const { engine, scanQueue, inlet, writer, diskReader, publisher, authors, hub, network } = parts;
  const sizes = engine.sizes();
  const engineRows = (Object.keys(BOUNDS) as BoundName[]).map((name) => ({
    name,
    size: sizes[name],
    cap: BOUNDS[name].cap,
  }));
  return [
    ...engineRows,
    ...scanQueue.boundRows(),
    { name: "kernel_silent", size: parts.verifier.silent, cap: SILENT_CALLS_MAX },
    { name: "peer_budgets", size: inlet.peersInBudget, cap: BUDGET_PEERS_MAX },
    { name: "peer_drops", size: inlet.drops.size, cap: BUDGET_PEERS_MAX },
    { name: "writer_bytes", size: writer.pendingBytes, cap: WRITER_PAUSE_BYTES },
    { name: "signatures_waiting", size: authors.waiting, cap: MAX_WAITING_REQUESTS },
    { name: "publishing", size: publisher.waiting, cap: PUBLISHING_MAX },
    { name: "servings", size: diskReader.sizes.servings, cap: SERVINGS_MAX },
    { name: "listings", size: diskReader.sizes.listings, cap: LISTINGS_MAX },
    { name: "digests", size: parts.digests.waiting, cap: DIGESTS_MAX },
    ...parts.analyst.boundRows(),
    { name: "listeners", size: hub.listeners, cap: LISTENERS_MAX },
    parts.clocks.boundRow,
    ...(parts.options.bounds?.() ?? []),
    ...Object.entries(NETWORK_CAPS).map(([name, cap]) => ({ name, size: network.sizes()[name] ?? 0, cap })),
  ];
}
