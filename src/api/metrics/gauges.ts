import { Gauge, type Registry } from "prom-client";
import { TASK_STATUSES } from "../../engine/index.js";
import type { NodeControl, NodeInfo } from "../control.js";
import { FAULT_ROWS, HEALTH_COMPONENTS, type HealthStatus, SCORE_CLASSES } from "../facts/index.js";

const PREFIX = "tos_ai_sync_";
const HEALTH_VALUES: Readonly<Record<HealthStatus, number>> = { ok: 0, degraded: 1, failed: 2 };

/**
 * The gauges that a scrape sets. `read` sets them. The first gauge calls it: prom-client collects metrics in the
 * order of their registration.
 */
export function gauges(registry: Registry, read: () => void) {
  const gauge = (name: string, help: string, labelNames: string[] = []) =>
    new Gauge({ name: `${PREFIX}${name}`, help, labelNames, registers: [registry] });
  return {
    info: new Gauge({
      name: `${PREFIX}info`,
      help: "1, with the node's version, network and kernel as labels",
      labelNames: ["version", "network", "kernel"],
      registers: [registry],
      collect: read,
    }),
    peers: gauge("peers", "Peers whose hello succeeded"),
    records: gauge("records", "Held members of the set"),
    tasks: gauge("tasks", "Tasks by status", ["status"]),
    inSync: gauge(
      "in_sync",
      "1 if equality with peers was computed for every strand and no body is missing that a peer may hold",
    ),
    bodies: gauge("bodies", "Bodies of members: held, missing, unavailable among the missing, withheld", ["state"]),
    targetRecords: gauge("target_records", "Members that this node knows to exist"),
    targetBodies: gauge("target_bodies", "Bodies that this node may have and that a peer may hold"),
    pending: gauge("pending_tasks", "Tasks this node waits for"),
    uptime: gauge("uptime_seconds", "Seconds since the start"),
    events: gauge("event_sequence", "Sequence of the newest stored event"),
    damaged: gauge("damaged_values", "Damaged values found on disk since the start and skipped"),
    clockOffset: gauge(
      "clock_offset_seconds",
      "This machine's clock minus its peers' clocks (median); NaN without samples",
    ),
    clockSamples: gauge("clock_samples", "Address groups of peers of which the clock offset is the median"),
    stoppedKeys: gauge("stopped_keys", "Stopped author keys"),
    topoheight: gauge("chain_topoheight", "Topoheight of the chain's last known block"),
    stableHeight: gauge("chain_stable_height", "Last known stable height of the chain"),
    health: gauge("health", "0 ok, 1 degraded, 2 failed", ["component"]),
    peerScores: gauge("peers_by_score", "Peers by score: the class 0.2 has those from 0 to 0.2", ["class"]),
    fault: gauge("fault", "A standing fault: 0 absent, 1 degraded, 2 failed", ["component", "code"]),
    size: gauge("bound_size", "Entries or bytes in a bounded structure", ["name"]),
    cap: gauge("bound_cap", "Cap of a bounded structure", ["name"]),
    sockets: gauge("api_sockets", "Open WebSockets"),
    subscriptions: gauge("api_subscriptions", "Subscriptions over all sockets"),
  };
}

/** Sets the gauges from a reading of the node. */
export function readNode(g: ReturnType<typeof gauges>, control: NodeControl): void {
  const info = control.info();
  g.info.set({ version: info.version, network: info.network, kernel: info.kernel.backend }, 1);
  g.peers.set(info.peerCount);
  g.records.set(info.records);
  for (const status of TASK_STATUSES) g.tasks.set({ status }, info.tasks[status]);
  g.inSync.set(info.sync.inSync ? 1 : 0);
  g.pending.set(info.sync.pendingTasks);
  const { bodies, catchingUp } = info.sync;
  for (const [state, count] of Object.entries(bodyStates(bodies))) g.bodies.set({ state }, count);
  g.targetRecords.set(catchingUp?.targetRecords ?? info.records);
  g.targetBodies.set(catchingUp?.targetBodies ?? bodies.held);
  g.uptime.set(info.uptimeSeconds);
  g.events.set(info.eventSequence);
  g.damaged.set(info.damagedValues);
  const { offsetMs } = info.clock;
  g.clockOffset.set(offsetMs === undefined ? Number.NaN : offsetMs / 1000);
  g.clockSamples.set(info.clock.clocks);
  g.stoppedKeys.set(info.authors.filter(({ stopped }) => stopped !== undefined).length);
  const { place, topoheight, stableHeight } = info.chain;
  // Unknown is NaN: 0 is a valid topoheight.
  g.topoheight.set(place === "unknown" ? Number.NaN : topoheight);
  g.stableHeight.set(place === "received" ? stableHeight : Number.NaN);
  const health = control.health();
  for (const name of HEALTH_COMPONENTS) {
    const status = health.components.find((component) => component.name === name)?.status ?? "ok";
    g.health.set({ component: name }, HEALTH_VALUES[status]);
  }
  for (const [component, code] of FAULT_ROWS) g.fault.set({ component, code }, 0);
  for (const { component, code, status } of health.faults) g.fault.set({ component, code }, HEALTH_VALUES[status]);
  const { peerScores } = control.stats();
  for (const [index, name] of SCORE_CLASSES.entries()) g.peerScores.set({ class: name }, peerScores[index] ?? 0);
}

/** With the names of the JSON answer. */
function bodyStates({ held, missing, unavailable, withheld }: NodeInfo["sync"]["bodies"]): Record<string, number> {
  return { held, missing, unavailable, withheld };
}
