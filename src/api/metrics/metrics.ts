import { Counter, Histogram, Registry } from "prom-client";
import { COUNTER_LABELS, type StoredEvent } from "../../engine/index.js";
import type { BoundRow, NodeControl } from "../control.js";
import type { Observed } from "../facts/index.js";
import { DISCOVER_METHOD } from "../method-names.js";
import { isMethodName } from "../methods.js";
import { SUBSCRIBING_METHODS } from "../params/index.js";
import { gauges, readNode } from "./gauges.js";
import { Latencies, type NodeObserve } from "./latencies.js";
import { NODE_COUNTER_LABELS, type RefusedReason } from "./node-counters.js";
import { NotableLog } from "./notable-log.js";
import { ProcessWatch } from "./process-watch.js";
import { SpecificationMetrics } from "./specification-metrics.js";

const PREFIX = "tos_ai_sync_";
/** The counters of the engine and the node, with their labels. */
const LABELS: Readonly<Record<string, readonly string[]>> = { ...COUNTER_LABELS, ...NODE_COUNTER_LABELS };
/** The label for unknown names: labels from outside would grow without bound. */
const OTHER = "other";
/** Most rows of the table of bounds: several times the rows of this program. */
const MAX_BOUNDS = 256;

/**
 * Longest list of labels of which each begins at 0. A series that begins with its first count has no increase for
 * Prometheus, so that an alert misses it. The longer lists, of reason codes, would be hundreds of series.
 */
const ZERO_LABELS_MAX = 16;

/** Labels are of closed lists (reason codes, lanes, verdicts). This cap holds even if one is not. */
const MAX_LABELS = 128;
const LABEL = /^[A-Za-z0-9_]{1,48}$/;

export interface MetricsOptions {
  /** The counters; default those of the engine and the node. */
  readonly names?: readonly string[];
  /** Gets the metrics; default a new one. A registry takes the metrics of one node. */
  readonly registry?: Registry | undefined;
}

/**
 * Metrics of one node in its own registry, or in that of a program (specification: SyncMetrics). Names begin with
 * `tos_ai_sync_`, except those of the sister documents.
 */
export class ApiMetrics {
  readonly #registry: Registry;
  readonly #families = new Map<string, { readonly counter: Counter; readonly counts: Map<string, number> }>();
  readonly #other: Counter;
  readonly #calls: Counter;
  readonly #seconds: Histogram;
  readonly #dropped: Counter;
  readonly #refused: Counter;
  readonly #gauges: ReturnType<typeof gauges>;
  readonly #specification: SpecificationMetrics;
  readonly #latencies: Latencies;
  readonly #notable = new NotableLog();
  readonly #process: ProcessWatch;
  /** The node that a scrape reads. */
  #control: NodeControl | undefined;

  constructor(options: MetricsOptions = {}) {
    const { names = Object.keys(LABELS), registry = new Registry() } = options;
    this.#registry = registry;
    const registers = [this.#registry];
    for (const name of names) {
      const help = `Count of ${name.replaceAll("_", " ")}`;
      const counter = new Counter({ name: `${PREFIX}${name}_total`, help, labelNames: ["label"], registers });
      for (const label of zeroLabels(name)) counter.inc({ label }, 0);
      this.#families.set(name, { counter, counts: new Map() });
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
    this.#gauges = gauges(this.#registry, () => this.#read());
    this.#specification = new SpecificationMetrics(this.#registry);
    this.#latencies = new Latencies(this.#registry);
    this.#process = new ProcessWatch(this.#registry);
  }

  /**
   * From now on a scrape reads this node, and the event loop and garbage collection are measured. The result ends both;
   * the gauges then keep their last values.
   */
  attach(control: NodeControl): () => void {
    const stopWatch = this.#process.start();
    this.#control = control;
    return () => {
      this.#control = undefined;
      stopWatch();
    };
  }

  /** Adds a duration of the node. */
  readonly observe: NodeObserve = (name, label, seconds) => this.#latencies.observe(name, label, seconds);

  /** What was counted and measured since the start, for `ai_get_node_stats`. */
  observed(): Observed {
    const families = [...this.#families].filter(([, { counts }]) => counts.size > 0);
    return {
      counters: Object.fromEntries(families.map(([name, { counts }]) => [name, Object.fromEntries(counts)])),
      latencies: this.#latencies.rows(),
      load: this.#process.load(),
      notable: this.#notable.rows(),
    };
  }

  /** Adds to a counter of the engine or the node. An unknown name or a label beyond the cap counts as `other`. */
  count(name: string, label: string, value: number): void {
    this.#specification.count(name, label, value);
    const family = this.#families.get(name);
    if (family === undefined) {
      this.#other.inc(value);
      return;
    }
    const { counter, counts } = family;
    const isKnown = counts.has(label) || (counts.size < MAX_LABELS && LABEL.test(label));
    const counted = isKnown ? label : OTHER;
    counts.set(counted, (counts.get(counted) ?? 0) + value);
    counter.inc({ label: counted }, value);
    this.#notable.count(name, counted);
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
    this.#control ??= control;
    return this.#registry.metrics();
  }

  /** Called at the start of a scrape, before any gauge is read. */
  #read(): void {
    const control = this.#control;
    if (control === undefined) return;
    readNode(this.#gauges, control);
    this.#process.read();
    this.setBounds(control.bounds());
    this.#specification.setActiveMiners(control.activeMiners());
  }
}

/** Whether a method exists over WebSocket only. */
export function isSubscription(method: string): boolean {
  return method === "subscribe" || method === "unsubscribe" || Object.hasOwn(SUBSCRIBING_METHODS, method);
}

/** The labels of a counter that begin at 0. */
function zeroLabels(name: string): readonly string[] {
  const labels = LABELS[name] ?? [];
  return labels.length <= ZERO_LABELS_MAX ? labels : [];
}
