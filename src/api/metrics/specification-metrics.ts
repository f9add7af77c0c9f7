import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { StoredEvent } from "../../engine/index.js";
import { type NetworkErrorKind, REASONS, type ReasonCode } from "../../protocol/errors.js";

const PREFIX = "tos_ai_sync_";

/** The label of messages that could not be written to a peer. */
const NOT_SENT = "failed";

/** The label of a defect: it has no reason code. */
const UNEXPECTED = "unexpected";

/** The specification's name of each sync request. Requests that it does not have follow its pattern. */
const REQUESTS: Readonly<Record<string, string>> = {
  task: "task_sync",
  body: "body_sync",
  list: "list_sync",
  windows: "window_sync",
};

/** From a minute (automatic work) to a day (the time in which validations count). */
const DURATION_BUCKETS_SECONDS = [60, 300, 900, 1800, 3600, 7200, 21_600, 43_200, 86_400];

/**
 * Counters with the names of the specification's SyncMetrics, under `tos_ai_sync_`, and with the exact names of the
 * sister documents. There is no counter of rewards: this protocol pays none.
 */
export class SpecificationMetrics {
  readonly #errors: Counter;
  readonly #requests: Counter;
  readonly #responsesSent: Counter;
  readonly #responsesReceived: Counter;
  readonly #published: Counter;
  readonly #completed: Counter;
  readonly #fraud: Counter;
  readonly #durations: Histogram;
  readonly #active: Gauge;

  constructor(registry: Registry) {
    const registers = [registry];
    const counter = (name: string, help: string, labelNames: string[] = []): Counter =>
      new Counter({ name, help, labelNames, registers });
    this.#errors = counter(`${PREFIX}errors_total`, "Errors by the specification's six kinds: of peers and our own", [
      "kind",
    ]);
    // A series that begins with its first count has no increase for Prometheus.
    for (const kind of new Set([...Object.values(REASONS), UNEXPECTED])) this.#errors.inc({ kind }, 0);
    this.#requests = counter(`${PREFIX}sync_requests_total`, "Sync requests sent", ["request"]);
    this.#responsesSent = counter(`${PREFIX}sync_responses_sent_total`, "Sync responses sent");
    this.#responsesReceived = counter(`${PREFIX}sync_responses_received_total`, "Sync responses received");
    this.#published = counter("ai_tasks_published_total", "Task announcements that became known here since the start");
    this.#completed = counter("ai_tasks_completed_total", "Tasks seen to become Completed here since the start");
    this.#fraud = counter(
      "ai_fraud_detected_total",
      "Authors found to contradict themselves, once for each task from which they are excluded",
    );
    this.#durations = new Histogram({
      name: "ai_validation_duration_seconds",
      help: "From a submission to each validation of it, by the times that their authors signed",
      buckets: DURATION_BUCKETS_SECONDS,
      registers,
    });
    this.#active = new Gauge({
      name: "ai_active_miners",
      help: "Authors of a submission or validation dated in the last 24 hours, of those held here",
      registers,
    });
  }

  /** Adds a count of the engine or the node (engine/metrics.ts). */
  count(name: string, label: string, value: number): void {
    switch (name) {
      case "peer_faults":
      case "failures":
        this.#errors.inc({ kind: kindOf(label) }, value);
        return;
      case "requests_out":
        if (label === NOT_SENT) return;
        this.#requests.inc({ request: REQUESTS[label] ?? "other" }, value);
        return;
      case "responses_out":
        if (label === NOT_SENT) return;
        this.#responsesSent.inc(value);
        return;
      case "responses_in":
        this.#responsesReceived.inc(value);
        return;
    }
  }

  /** Counts an event of the node. */
  event({ event, body }: StoredEvent): void {
    switch (event) {
      case "task_published":
        this.#published.inc();
        return;
      case "task_status_changed":
        // A certificate makes a Completed task final: it is counted already.
        if (body.status === "Completed" && body.previous !== "Completed") this.#completed.inc();
        return;
      case "author_excluded":
        this.#fraud.inc();
        return;
      case "validation_completed": {
        const seconds = body.seconds_after_submission;
        if (typeof seconds === "number") this.#durations.observe(seconds);
        return;
      }
    }
  }

  setActiveMiners(count: number): void {
    this.#active.set(count);
  }
}

function kindOf(label: string): NetworkErrorKind | typeof UNEXPECTED {
  return Object.hasOwn(REASONS, label) ? REASONS[label as ReasonCode] : UNEXPECTED;
}
