import type { BoundRow, ComponentHealth, HealthStatus, NodeHealth, NodeInfo, PeerInfo } from "../api/control.js";
import { TASK_STATUSES, type TaskStatus } from "../engine/views.js";
import { encodeAddress } from "../protocol/address.js";
import { toHex } from "../protocol/bytes.js";
import { hashBytes } from "../protocol/records.js";
import { NETWORKS } from "../protocol/rules.js";
import type { ControlParts } from "./control.js";
import { VERSION, kernelInfo } from "./options.js";

/** What the node is and how it stands, for `ai_get_network_info`. */
export function nodeInfo(parts: ControlParts): NodeInfo {
  const { options, keyring, engine, network, hub } = parts;
  const { identity } = options;
  const facts = options.chain.facts();
  const nowSeconds = Math.floor(parts.nowMs() / 1000);
  const counts = engine.statusCounts(nowSeconds);
  const tasks = Object.fromEntries(TASK_STATUSES.map((status) => [status, counts[status] ?? 0]));
  return {
    version: VERSION,
    network: NETWORKS[identity.network] ?? "devnet",
    networkName: options.networkName,
    genesis: toHex(identity.genesis),
    rulesDigest: toHex(identity.rulesDigest),
    nodeKey: keyring.nodeKey,
    nodeAddress: encodeAddress(keyring.node.publicKey, identity.network),
    peerId: network.peerId,
    multiaddrs: network.addresses(),
    kernel: kernelInfo(options.kernel),
    storageEngine: options.store.engine,
    authors: keyring.authors.map(({ name, key }) => ({ name, key, address: encodeAddress(hashBytes(key), identity.network) })),
    peerCount: network.peers().filter(({ state }) => state === "ready").length,
    tasks: tasks as Record<TaskStatus, number>,
    records: engine.memberCount,
    sync: engine.syncReport(),
    registry: {
      kind: facts.registry.kind === "everyone" ? "everyone" : options.chain.mode === "standalone" ? "file" : "chain",
      digest: facts.registryDigest,
      timeSeconds: facts.registryTimeSeconds,
    },
    startedSeconds: Math.floor(parts.startedMs / 1000),
    uptimeSeconds: Math.floor((parts.nowMs() - parts.startedMs) / 1000),
    eventSequence: hub.sequence,
  };
}

export function peerInfos(parts: ControlParts): readonly PeerInfo[] {
  const { engine, network, options } = parts;
  const reports = new Map(engine.peerReports(parts.nowMs()).map((report) => [report.peer, report]));
  const own = options.chain.facts().registryDigest;
  const infos: PeerInfo[] = [];
  for (const connection of network.peers()) {
    const report = reports.get(connection.peer);
    if (connection.state !== "ready" || connection.key === undefined || report === undefined) continue;
    infos.push({
      peer: connection.peer,
      key: connection.key,
      address: encodeAddress(hashBytes(connection.key), options.identity.network),
      multiaddr: connection.address,
      dialed: connection.dialed,
      agent: connection.agent,
      connectedSeconds: Math.floor(connection.connectedMs / 1000),
      interests: report.interests,
      registryEqual: report.registryDigest === own,
      score: report.scoreBasisPoints / 10_000,
    });
  }
  return infos;
}

const RANK: Readonly<Record<HealthStatus, number>> = { ok: 0, degraded: 1, failed: 2 };

/** Every component with its reason; the whole is as well as its worst. */
export function nodeHealth(parts: ControlParts): NodeHealth {
  const { options, writer, network, engine } = parts;
  const backend = options.kernel.kernel.backend;
  const facts = options.chain.facts();
  const rows: [ComponentHealth["name"], HealthStatus, string | undefined][] = [
    ["storage", writer.failing ? "failed" : "ok", writer.failing ? "the disk refuses writes" : undefined],
    ["network", network.addresses().length > 0 ? "ok" : "failed", network.addresses().length > 0 ? undefined : "not listening"],
    ["task_processing", engine.full ? "degraded" : "ok", engine.full ? "the record budget is spent" : undefined],
    ["validation", "ok", undefined],
    [
      "kernel",
      backend === "reference" ? "degraded" : "ok",
      backend === "reference" ? "the reference kernel runs: some 40 times slower than native" : undefined,
    ],
    ["chain", facts === undefined ? "degraded" : "ok", undefined],
    ["signing", "ok", undefined],
  ];
  const components = rows.map(([name, status, reason]) => ({ name, status, reason }));
  const worst = components.reduce<HealthStatus>((found, { status }) => (RANK[status] > RANK[found] ? status : found), "ok");
  return { status: worst, components };
}

/** Every bounded structure of the node with its size and cap. */
export function boundRows(parts: ControlParts): readonly BoundRow[] {
  return [...parts.engine.boundRows(), ...parts.intake.boundRows()];
}
