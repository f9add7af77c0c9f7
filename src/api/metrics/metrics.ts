import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { COUNTERS, type StoredEvent, TASK_STATUSES } from "../../engine/index.js";
import { DIAL_REASONS, type DialReason } from "../../protocol/dial-reasons.js";
import { REASONS, type ReasonCode } from "../../protocol/errors.js";
import { SYNC_STATUSES, type SyncRequest } from "../../protocol/sync-messages.js";
import type { BoundRow, NodeControl, NodeInfo } from "../control.js";
import { FAULT_ROWS, faultLabel, HEALTH_COMPONENTS, type HealthStatus, LINE_LOSSES } from "../facts/index.js";
import { DISCOVER_METHOD } from "../method-names.js";
import { isMethodName } from "../methods.js";
import { SUBSCRIBING_METHODS } from "../params/index.js";
import { SpecificationMetrics } from "./specification-metrics.js";

const PREFIX = "tos_ai_sync_";
/** The label for unknown names: labels from outside would grow without bound. */
const OTHER = "other";
/** Most rows of the table of bounds: several times the rows of this program. */
const MAX_BOUNDS = 256;
const HEALTH_VALUES: Readonly<Record<HealthStatus, number>> = { ok: 0, degraded: 1, failed: 2 };

/** Labels are of closed lists (reason codes, lanes, verdicts). This cap holds even if one is not. */
const MAX_LABELS = 128;
const LABEL = /^[A-Za-z0-9_]{1,48}$/;

const REQUEST_KINDS: readonly SyncRequest["kind"][] = ["task", "body", "list", "windows"];
const REASON_CODES = Object.keys(REASONS) as ReasonCode[];

/** Why gossip was dropped without verification: the network's reasons, then the node's. */
const GOSSIP_DROP_LABELS = [
  "malformed",
  "muted",
  "foreign_topic",
  "signed",
  "control_flood",
  "no_room",
  "late_verdict",
  "starting",
  "queue_full",
] as const;
export type GossipDropLabel = (typeof GOSSIP_DROP_LABELS)[number];

/** The node's counters beside the engine's, with their labels: closed lists, like the engine's. */
export const NODE_COUNTER_LABELS = {
  /** Faults of peers that an honest peer does not make, seen by transport or engine, by reason. */
  peer_faults: REASON_CODES,
  /** New connections that were refused, by reason: the peer or its address sent rejected bundles. */
  connections_refused: ["rejected_bundles"],
  /** Whether fewer writes of the transport libraries are in force: once at the start, and for each connection. */
  library_savings: [
    "window_updates_applied",
    "window_updates_skipped",
    "corked_writes_applied",
    "corked_writes_skipped",
  ],
  /** Failed dials and ended connections, by reason. */
  dials_failed: Object.keys(DIAL_REASONS) as DialReason[],
  /** Gossip bundles that were not accepted, by reason. */
  gossip_refused: REASON_CODES,
  /**
   * Own bundles (specification: record_broadcast): written to at least one peer, without a peer to send to, refused by
   * the transport, or not sent because their record could not be stored.
   */
  bundles_out: ["sent", "no_peers", "failed", "not_stored"],
  /**
   * Sync requests written to a peer's stream, by kind (specification: record_sync_request); `failed` were not written.
   */
  requests_out: [...REQUEST_KINDS, "failed"],
  /** Sync responses written, by status (specification: record_sync_response_sent); `failed` were not written. */
  responses_out: [...SYNC_STATUSES, "failed"],
  /** Reports of this node's scores: sent to a peer, or failed. */
  scores_out: ["sent", "failed"],
  /** Gossip dropped without verification, by reason: bundles, and entries of gossip control. */
  gossip_dropped: GOSSIP_DROP_LABELS,
  /** How often the gossip of a peer waited unread, because the peer had used its room. */
  gossip_waits: ["peer_room"],
  /** Sync frames dropped unread, by reason: their connection ended while they waited for the disk or for the budget. */
  frames_dropped: ["peer_gone"],
  /** Starts that signed own records though no peer had compared its set with theirs in time. */
  first_exchange: ["missed"],
  /** Events of the chain, and gaps in them (`skipped`). */
  chain_events: ["block", "rewound", "skipped"],
  /** How often following the chain failed, by reason. */
  chain_troubles: ["unreachable", "stalled", "wrong_network", "bad_answers"],
  /** Connections to the daemon, and faults on them. */
  daemon_link: [
    "disconnected",
    "connected",
    "timeout",
    "silent",
    "bad_answer",
    "bad_event",
    "unknown_id",
    "wrong_network",
    "fallback",
  ],
  /** Faults on the link to a host: unusable messages, gaps, and output that the host did not read. */
  host_link: ["fault", "unknown_notification", "stray_answer", "gap", "log_dropped", "not_read"],
  /** Steps of this machine's clock while the node ran. */
  clock_steps: ["forward", "back"],
  /** Failures of this node itself, by reason. */
  failures: [...REASON_CODES, "unexpected"],
  /** Refused publications of this node's callers, by reason. */
  own_refused: [...REASON_CODES, "unexpected"],
  /** Lines of the log that could not be written, by reason. */
  log_lines_lost: LINE_LOSSES,
  /** Standing faults that began (fault-codes.ts). */
  standing_faults: FAULT_ROWS.map(([component, code]) => faultLabel(component, code)),
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type NodeCounter = keyof typeof NODE_COUNTER_LABELS;
/** Adds to one of the node's counters. */
export type NodeCount = <N extends NodeCounter>(
  name: N,
  label: (typeof NODE_COUNTER_LABELS)[N][number],
  value: number,
) => void;

/**
 * Metrics of one node in its own registry (specification: SyncMetrics). Names begin with `tos_ai_sync_`, except those
 * of the sister documents.
 */
export class ApiMetrics {
  readonly #registry = new Registry();
  readonly #families = new Map<string, { readonly counter: Counter; readonly labels: Set<string> }>();
  readonly #other: Counter;
  readonly #calls: Counter;
  readonly #seconds: Histogram;
  readonly #dropped: Counter;
  readonly #refused: Counter;
  readonly #gauges: ReturnType<typeof gauges>;
  readonly #specification: SpecificationMetrics;

  constructor(names: readonly string[] = [...COUNTERS, ...Object.keys(NODE_COUNTER_LABELS)]) {
    const registers = [this.#registry];
    for (const name of names) {
      const help = `Count of ${name.replaceAll("_", " ")}`;
      const counter = new Counter({ name: `${PREFIX}${name}_total`, help, labelNames: ["label"], registers });
      this.#families.set(name, { counter, labels: new Set() });
    }
    this.#other = new Counter({
      name: `${PREFIX}other_total`,
      help: "Counts without a family of their own",
      registers,
    });
    this.#calls = new Counter({
      name: `${PREFIX}api_calls_total`,
      help: "JSON-RPC calls by method and how they ended",
      labelNames: ["method", "outcome"],
      registers,
    });
    this.#seconds = new Histogram({
      name: `${PREFIX}api_call_seconds`,
      help: "Time from a request's last byte to its answer",
      buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10],
      registers,
    });
    this.#dropped = new Counter({
      name: `${PREFIX}api_slow_subscribers_total`,
      help: "Sockets closed because they read too slowly",
      registers,
    });
    this.#refused = new Counter({
      name: `${PREFIX}api_refused_total`,
      help: "Requests refused before they were read",
      labelNames: ["reason"],
      registers,
    });
    this.#gauges = gauges(this.#registry);
    this.#specification = new SpecificationMetrics(this.#registry);
  }

  /** Adds to a counter of the engine or the node. An unknown name or a label beyond the cap counts as `other`. */
  count(name: string, label: string, value: number): void {
    this.#specification.count(name, label, value);
    const family = this.#families.get(name);
    if (family === undefined) {
      this.#other.inc(value);
      return;
    }
    const { counter, labels } = family;
    if (labels.size < MAX_LABELS && LABEL.test(label)) labels.add(label);
    counter.inc({ label: labels.has(label) ? label : OTHER }, value);
  }

  /** Counts an event of the node. Called once for each event. */
  event(event: StoredEvent): void {
    this.#specification.event(event);
  }

  /** Sets the sizes and caps of the table of bounds. */
  setBounds(rows: readonly BoundRow[]): void {
    for (const { name, size, cap } of rows.slice(0, MAX_BOUNDS)) {
      this.#gauges.size.set({ name }, size);
      this.#gauges.cap.set({ name }, cap);
    }
  }

  countCall(method: string, outcome: string): void {
    const known = isMethodName(method) || isSubscription(method) || method === DISCOVER_METHOD;
    this.#calls.inc({ method: known ? method : OTHER, outcome });
  }

  observeRequest(seconds: number): void {
    this.#seconds.observe(seconds);
  }

  countSlowSubscriber(): void {
    this.#dropped.inc();
  }

  countRefused(reason: RefusedReason): void {
    this.#refused.inc({ reason });
  }

  setSockets(sockets: number, subscriptions: number): void {
    this.#gauges.sockets.set(sockets);
    this.#gauges.subscriptions.set(subscriptions);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Reads the node and returns the Prometheus text. */
  text(control: NodeControl): Promise<string> {
    const info = control.info();
    const g = this.#gauges;
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
    this.setBounds(control.bounds());
    this.#specification.setActiveMiners(control.activeMiners());
    return this.#registry.metrics();
  }
}

/** With the names of the JSON answer. */
function bodyStates({ held, missing, unavailable, withheld }: NodeInfo["sync"]["bodies"]): Record<string, number> {
  return { held, missing, unavailable, withheld };
}

/** Why a request was refused before it was read. */
export type RefusedReason =
  | "unauthorized"
  | "too_large"
  | "not_utf8"
  | "busy"
  | "not_found"
  /** Connections that have sent an authorized request keep every place. */
  | "no_place"
  /** A newer connection took the place: this one had sent no authorized request. */
  | "no_request";

/** Whether a method exists over WebSocket only. */
export function isSubscription(method: string): boolean {
  return method === "subscribe" || method === "unsubscribe" || Object.hasOwn(SUBSCRIBING_METHODS, method);
}

function gauges(registry: Registry) {
  const gauge = (name: string, help: string, labelNames: string[] = []) =>
    new Gauge({ name: `${PREFIX}${name}`, help, labelNames, registers: [registry] });
  return {
    info: gauge("info", "1, with the node's version, network and kernel as labels", ["version", "network", "kernel"]),
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
    fault: gauge("fault", "A standing fault: 0 absent, 1 degraded, 2 failed", ["component", "code"]),
    size: gauge("bound_size", "Entries or bytes in a bounded structure", ["name"]),
    cap: gauge("bound_cap", "Cap of a bounded structure", ["name"]),
    sockets: gauge("api_sockets", "Open WebSockets"),
    subscriptions: gauge("api_subscriptions", "Subscriptions over all sockets"),
  };
}
