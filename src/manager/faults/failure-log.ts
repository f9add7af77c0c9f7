import type { FaultReport, NodeCount } from "../../api/index.js";
import { NetworkError, type ReasonCode } from "../../protocol/errors.js";
import type { Log } from "../log.js";

/** Shortest time between two log lines of the same failure; the metric counts each failure. */
const LOG_AGAIN_MS = 60_000;
/** Kinds of failures: about fifteen places with a few reason codes each. */
const KINDS_MAX = 512;
/** A fault ends when its failure does not come again in this time, as long as its log line is not repeated. */
const LASTS_MS = 60_000;

/** Work that reads the database. */
const READS: ReadonlySet<string> = new Set(["serve", "load_task", "send_alert", "address_book", "read"]);

export interface FailureLogPorts {
  readonly nowMs: () => number;
  readonly log: Log;
  readonly count: NodeCount;
  readonly raise: (report: FaultReport) => void;
}

interface Logged {
  atMs: number;
  /** Failures since that line. */
  since: number;
}

/**
 * Takes failures of work for which no caller waits. It counts each and logs each kind once a minute. A failure that
 * shows the state of a part is a fault for a minute. A failure of the kernel is a fault until a minute after the next
 * success, since on a quiet network the next call may be hours away.
 */
export class FailureLog {
  readonly #ports: FailureLogPorts;
  readonly #logged = new Map<string, Logged>();
  /** The fault of a kernel that failed and has not worked since. */
  #kernel: FaultReport | undefined;

  constructor(ports: FailureLogPorts) {
    this.#ports = ports;
  }

  /** `what` is a fixed word that names the work. */
  failed(what: string, error: unknown): void {
    const known = error instanceof NetworkError ? error : undefined;
    const code = known?.code ?? "unexpected";
    const message = error instanceof Error ? error.message : String(error);
    const { count, raise, log } = this.#ports;
    count("failures", code, 1);
    const fault = faultOf(what, code, message);
    if (fault !== undefined) raise(fault);
    if (fault?.component === "kernel") this.#kernel = fault;
    // Peers leave all the time: a line at level debug is enough.
    const level = known === undefined ? "error" : known.kind === "peer_connection" ? "debug" : "warn";
    const times = this.#times(`${what} ${code}`);
    if (times > 0) log(level, `${what}: ${message}`, { code, ...(times > 1 ? { times } : {}) });
  }

  /** The kernel verified something. */
  kernelWorked(): void {
    if (this.#kernel === undefined) return;
    this.#ports.raise({ ...this.#kernel, lastsMs: LASTS_MS });
    this.#kernel = undefined;
  }

  /** Failures of this kind since its last line; 0: no line now. */
  #times(kind: string): number {
    const nowMs = this.#ports.nowMs();
    const logged = this.#logged.get(kind);
    if (logged === undefined) {
      if (this.#logged.size < KINDS_MAX) this.#logged.set(kind, { atMs: nowMs, since: 0 });
      return 1;
    }
    logged.since++;
    if (Math.abs(nowMs - logged.atMs) < LOG_AGAIN_MS) return 0;
    const { since } = logged;
    logged.atMs = nowMs;
    logged.since = 0;
    return since;
  }
}

function faultOf(what: string, code: ReasonCode | "unexpected", message: string): FaultReport | undefined {
  if (what === "kernel") {
    const text = `the kernel failed to verify messages: ${message}`;
    return { component: "kernel", code: "failing", text };
  }
  if (what === "gossip" && code !== "stopped") {
    const text = `messages of this node could not be handed to gossip: ${message}`;
    return { component: "network", code: "gossip_failed", text, lastsMs: LASTS_MS };
  }
  if (READS.has(what) && (code === "storage_failed" || code === "storage_corrupt")) {
    return { component: "storage", code: "read_failed", text: message, lastsMs: LASTS_MS };
  }
  return undefined;
}
