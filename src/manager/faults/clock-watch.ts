import { uptime } from "node:os";
import type { ClockReport, FaultSink, NodeCount } from "../../api/index.js";
import { CLOCK_SAMPLES_MAX, type ClockJudgement, PeerClocks } from "../../engine/index.js";
import { MAX_CONNECTIONS, type PeerClock } from "../../network/index.js";
import { utcTime } from "../../storage/index.js";
import type { Log } from "../log.js";

const CHECK_MS = 1000;
/** The clock moved by more than this against the time that passed: somebody set it. Slewing is far slower. */
const STEP_MS = 1000;
/** No checks for this long: the machine slept, or this process did not run. */
const SLEEP_MS = 30_000;
/** This program did not exist before: 2026-01-01. A machine without a battery starts in 1970. */
export const PROGRAM_MADE_SECONDS = 1_767_225_600;

export interface ClockWatchPorts {
  /** The machine's clock. */
  readonly nowMs: () => number;
  /** Time that passed, asleep or not; no setting of the clock moves it. Default: since the machine's start. */
  readonly elapsedMs?: () => number;
  readonly faults: FaultSink;
  readonly log: Log;
  readonly count: NodeCount;
  /** Seconds ahead of a reader's clock that it takes records: a network rule. */
  readonly aheadSeconds: number;
}

interface ReadyPeer {
  readonly group: string;
  readonly dialed: boolean;
}

/**
 * Holds the machine's clock against those of the peers, against the time that passes and against what can't be. It warns, in
 * log, health and answers; it refuses nothing and changes no time.
 */
export class ClockWatch {
  readonly #ports: ClockWatchPorts;
  readonly #elapsedMs: () => number;
  readonly #clocks = new PeerClocks();
  /** Connected peers: at most as many as there are connections. */
  readonly #peers = new Map<string, ReadyPeer>();
  #judgement: ClockJudgement = { level: "unknown", offsetMs: undefined, voices: 0 };
  /** The offset as it is told: a second more or less is no news. */
  #seconds = 0;
  #baseMs = 0;
  #checkedMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #told: ClockJudgement["level"] = "ok";

  constructor(ports: ClockWatchPorts) {
    this.#ports = ports;
    this.#elapsedMs = ports.elapsedMs ?? (() => Math.round(uptime() * 1000));
  }

  /** Checks every second; the answer ends that. */
  start(): () => void {
    this.#checkedMs = this.#elapsedMs();
    this.#baseMs = this.#ports.nowMs() - this.#checkedMs;
    this.check();
    this.#timer = setInterval(() => this.check(), CHECK_MS);
    this.#timer.unref();
    return () => clearInterval(this.#timer);
  }

  /** A peer's hello, just now. */
  ready(peer: string, facts: ReadyPeer, clock: PeerClock | undefined): void {
    if (this.#peers.size < MAX_CONNECTIONS || this.#peers.has(peer)) this.#peers.set(peer, facts);
    if (clock !== undefined) this.#clocks.heard({ peer, ...facts }, clock.clockMs, this.#elapsedMs(), true);
  }

  gone(peer: string): void {
    this.#peers.delete(peer);
  }

  /** A control frame that the peer signed, just now. */
  heard(peer: string, clockSeconds: number): void {
    const facts = this.#peers.get(peer);
    if (facts !== undefined)
      this.#clocks.heard({ peer, ...facts }, clockSeconds * 1000 + 500, this.#elapsedMs(), false);
  }

  get boundRow(): { readonly name: string; readonly size: number; readonly cap: number } {
    return { name: "clock_samples", size: this.#clocks.size, cap: CLOCK_SAMPLES_MAX };
  }

  check(): void {
    const { nowMs, faults } = this.#ports;
    const wallMs = nowMs();
    const elapsedMs = this.#elapsedMs();
    this.#noteStep(wallMs, elapsedMs);
    this.#judgement = this.#clocks.judge(wallMs, elapsedMs);
    const seconds = Math.round(Math.abs(this.#judgement.offsetMs ?? 0) / 1000);
    if (Math.abs(seconds - this.#seconds) > 1) this.#seconds = seconds;
    if (wallMs < PROGRAM_MADE_SECONDS * 1000) {
      faults.raise({
        component: "clock",
        code: "clock_unset",
        text: `this machine's clock says ${utcTime(Math.floor(wallMs / 1000))}, which is before this program was made`,
      });
    } else faults.clear("clock", "clock_unset");
    this.#tell();
  }

  report(): ClockReport {
    const { level, offsetMs, voices } = this.#judgement;
    return { level, offsetMs, voices, timeSeconds: Math.floor(this.#ports.nowMs() / 1000), warning: this.warning() };
  }

  /** For the answer to a publish and for status; undefined while nothing is wrong. */
  warning(): string | undefined {
    const { level, offsetMs = 0, voices } = this.#judgement;
    if (level === "ok" || level === "unknown") return undefined;
    const seconds = this.#seconds;
    const where = offsetMs > 0 ? "ahead of" : "behind";
    const drops =
      offsetMs > this.#ports.aheadSeconds * 1000
        ? `; peers do not take records dated more than ${this.#ports.aheadSeconds} s ahead`
        : "";
    if (level === "few") {
      const whose = voices === 1 ? "its peer's" : `those of ${voices} peers`;
      return `this machine's clock is ${seconds} s ${where} ${whose}: one of them is wrong${drops}. Compare it with NTP`;
    }
    const cure = `set it ${offsetMs > 0 ? "back" : "forward"} by ${seconds} s (run NTP: timedatectl set-ntp true)`;
    return `this machine's clock is ${seconds} s ${where} its peers' (median of ${voices}): ${cure}${drops}`;
  }

  #tell(): void {
    const { faults, log } = this.#ports;
    const { level, offsetMs = 0, voices } = this.#judgement;
    const warning = this.warning();
    if (level === "degraded" && warning !== undefined) {
      const [text, cure] = parts(warning);
      faults.raise({ component: "clock", code: "clock_off", text, cure });
    } else faults.clear("clock", "clock_off");
    const before = this.#told;
    const now = level === "unknown" ? before : level;
    if (now === before) return;
    this.#told = now;
    // The fault board tells of what degrades the node.
    if (now === "degraded" || (before === "degraded" && now === "ok")) return;
    if (now === "ok") log("warn", "this machine's clock agrees with its peers' again", { voices });
    else if (warning !== undefined) log("warn", warning, { offset_seconds: Math.round(offsetMs / 1000), voices });
  }

  #noteStep(wallMs: number, elapsedMs: number): void {
    const { log, count } = this.#ports;
    const sleptMs = elapsedMs - this.#checkedMs;
    this.#checkedMs = elapsedMs;
    if (sleptMs >= SLEEP_MS)
      log("warn", "this program did not run for a time; the machine may have slept", {
        seconds: Math.round(sleptMs / 1000),
      });
    const stepMs = wallMs - elapsedMs - this.#baseMs;
    // What the clock gains or loses by slewing adds up to no step.
    this.#baseMs = wallMs - elapsedMs;
    if (Math.abs(stepMs) < STEP_MS) return;
    count("clock_steps", stepMs > 0 ? "forward" : "back", 1);
    log("warn", `this machine's clock was set ${stepMs > 0 ? "forward" : "back"}`, {
      seconds: Math.round(Math.abs(stepMs) / 1000),
      now: utcTime(Math.floor(wallMs / 1000)),
    });
  }
}

/** A warning as what is wrong and what to do. */
function parts(warning: string): readonly [text: string, cure: string] {
  const at = warning.indexOf(": ");
  return [warning.slice(0, at), warning.slice(at + 2)];
}
