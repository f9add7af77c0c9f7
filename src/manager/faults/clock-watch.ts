import { uptime } from "node:os";
import type { ClockReport, FaultSink, NodeCount } from "../../api/index.js";
import { CLOCK_SAMPLES_MAX, type ClockJudgement, PeerClocks } from "../../engine/index.js";
import { MAX_CONNECTIONS, type PeerClock } from "../../network/index.js";
import { utcTime } from "../../storage/index.js";
import type { Log } from "../log.js";

/** Interval of checks: a change of the clock is found before many records get a wrong time. */
const CHECK_MS = 1000;
/** A clock that moved by more than this against the elapsed time was set. Slewing is far slower. */
const STEP_MS = 1000;
/** A longer gap between checks means that the machine slept or this process did not run. */
const SLEEP_MS = 30_000;
/**
 * 2026-01-01, before this program was made: an earlier clock is unset. A machine without a clock battery starts in
 * 1970.
 */
export const PROGRAM_MADE_SECONDS = 1_767_225_600;

export interface ClockWatchPorts {
  /** The machine's clock. */
  readonly nowMs: () => number;
  /** Elapsed time, sleep included; setting the clock does not change it. Default: the machine's uptime. */
  readonly elapsedMs?: () => number;
  readonly faults: FaultSink;
  readonly log: Log;
  readonly count: NodeCount;
  /** Network rule: a node accepts records dated at most this many seconds ahead of its clock. */
  readonly aheadSeconds: number;
}

interface ReadyPeer {
  readonly group: string;
  readonly dialed: boolean;
}

/**
 * Compares the machine's clock with the clocks of the peers, with the elapsed time and with `PROGRAM_MADE_SECONDS`. It
 * only warns, in log, health and answers; it changes no time.
 */
export class ClockWatch {
  readonly #ports: ClockWatchPorts;
  readonly #elapsedMs: () => number;
  readonly #clocks = new PeerClocks();
  /** Connected peers; at most `MAX_CONNECTIONS`. */
  readonly #peers = new Map<string, ReadyPeer>();
  #judgement: ClockJudgement = { level: "unknown", offsetMs: undefined, clocks: 0 };
  /** The reported offset; it changes only by more than a second. */
  #seconds = 0;
  #baseMs = 0;
  #checkedMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #logged: ClockJudgement["level"] = "ok";

  constructor(ports: ClockWatchPorts) {
    this.#ports = ports;
    this.#elapsedMs = ports.elapsedMs ?? (() => Math.round(uptime() * 1000));
  }

  /** Checks every second; the result stops the checks. */
  start(): () => void {
    this.#checkedMs = this.#elapsedMs();
    this.#baseMs = this.#ports.nowMs() - this.#checkedMs;
    this.check();
    this.#timer = setInterval(() => this.check(), CHECK_MS);
    this.#timer.unref();
    return () => clearInterval(this.#timer);
  }

  /** Takes the clock of a peer's hello that came just now. */
  ready(peer: string, facts: ReadyPeer, clock: PeerClock | undefined): void {
    if (this.#peers.size < MAX_CONNECTIONS || this.#peers.has(peer)) this.#peers.set(peer, facts);
    if (clock !== undefined) this.#clocks.addReading({ peer, ...facts }, clock.clockMs, this.#elapsedMs(), true);
  }

  gone(peer: string): void {
    this.#peers.delete(peer);
  }

  /** Takes the clock of a signed control frame that came just now. */
  addReading(peer: string, clockSeconds: number): void {
    const facts = this.#peers.get(peer);
    if (facts !== undefined)
      this.#clocks.addReading({ peer, ...facts }, clockSeconds * 1000 + 500, this.#elapsedMs(), false);
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
    this.#writeLine();
  }

  report(): ClockReport {
    const { level, offsetMs, clocks } = this.#judgement;
    return { level, offsetMs, clocks, timeSeconds: Math.floor(this.#ports.nowMs() / 1000), warning: this.warning() };
  }

  /** Text for publish answers and status; undefined while the clock agrees or is not judged. */
  warning(): string | undefined {
    const { level, offsetMs = 0, clocks } = this.#judgement;
    if (level === "ok" || level === "unknown") return undefined;
    const seconds = this.#seconds;
    const where = offsetMs > 0 ? "ahead of" : "behind";
    const drops =
      offsetMs > this.#ports.aheadSeconds * 1000
        ? `; peers do not take records dated more than ${this.#ports.aheadSeconds} s ahead`
        : "";
    if (level === "few") {
      const whose = clocks === 1 ? "its peer's" : `those of ${clocks} peers`;
      const offset = `${seconds} s ${where} ${whose}`;
      return `this machine's clock is ${offset}: one of them is wrong${drops}. Compare it with NTP`;
    }
    const cure = `set it ${offsetMs > 0 ? "back" : "forward"} by ${seconds} s (run NTP: timedatectl set-ntp true)`;
    return `this machine's clock is ${seconds} s ${where} its peers' (median of ${clocks}): ${cure}${drops}`;
  }

  #writeLine(): void {
    const { faults, log } = this.#ports;
    const { level, offsetMs = 0, clocks } = this.#judgement;
    const warning = this.warning();
    if (level === "degraded" && warning !== undefined) {
      const [text, cure] = parts(warning);
      faults.raise({ component: "clock", code: "clock_off", text, cure });
    } else faults.clear("clock", "clock_off");
    const before = this.#logged;
    const now = level === "unknown" ? before : level;
    if (now === before) return;
    this.#logged = now;
    // The fault board logs what degrades the node.
    if (now === "degraded" || (before === "degraded" && now === "ok")) return;
    if (now === "ok") log("warn", "this machine's clock agrees with its peers' again", { clocks });
    else if (warning !== undefined) log("warn", warning, { offset_seconds: Math.round(offsetMs / 1000), clocks });
  }

  #noteStep(wallMs: number, elapsedMs: number): void {
    const { log, count } = this.#ports;
    const suspendedMs = elapsedMs - this.#checkedMs;
    this.#checkedMs = elapsedMs;
    if (suspendedMs >= SLEEP_MS)
      log("warn", "this program did not run for a time; the machine may have slept", {
        seconds: Math.round(suspendedMs / 1000),
      });
    const stepMs = wallMs - elapsedMs - this.#baseMs;
    // The new base: many small corrections by slewing must not add up to a step.
    this.#baseMs = wallMs - elapsedMs;
    if (Math.abs(stepMs) < STEP_MS) return;
    count("clock_steps", stepMs > 0 ? "forward" : "back", 1);
    log("warn", `this machine's clock was set ${stepMs > 0 ? "forward" : "back"}`, {
      seconds: Math.round(Math.abs(stepMs) / 1000),
      now: utcTime(Math.floor(wallMs / 1000)),
    });
  }
}

/** Splits a warning into text and cure. */
function parts(warning: string): readonly [text: string, cure: string] {
  const at = warning.indexOf(": ");
  return [warning.slice(0, at), warning.slice(at + 2)];
}
