import {
  type ActiveFault,
  type ComponentHealth,
  FAULTS,
  type FaultCode,
  type FaultDetail,
  type FaultName,
  type FaultReport,
  type FaultRow,
  type FaultSink,
  type FaultWatch,
  faultLabel,
  HEALTH_COMPONENTS,
  type HealthComponent,
  type HealthStatus,
  type NodeCount,
  type NodeHealth,
} from "../../api/index.js";
import type { Log } from "../log.js";

/** Lines that one fault may write at once: begin, change and end, twice. */
const LINES_AT_ONCE = 6;
/** After them one line in this time, so that a fault that comes and goes does not fill the log. */
const LINE_EVERY_MS = 100_000;
/** Shortest time between two lines about a change of the text, such as a number that grew. */
const CHANGE_EVERY_MS = 60_000;
/** Longest text, in characters; texts may quote the operating system and libraries. */
const TEXT_MAX = 500;

const RANK: Readonly<Record<HealthStatus, number>> = { ok: 0, degraded: 1, failed: 2 };

export interface FaultBoardPorts {
  readonly nowMs: () => number;
  readonly log: Log;
  readonly count: NodeCount;
}

type Fault = ActiveFault & { readonly sinceMs: number };

/** The state of one row of the fault table. */
interface Place {
  readonly row: FaultRow;
  /** When the fault ends by itself. */
  untilMs: number;
  /** The active fault. */
  now: Fault | undefined;
  /** The fault of the last log line. */
  logged: Fault | undefined;
  lines: number;
  /** When `lines` was refilled, and when the last line was written. */
  refilledMs: number;
  loggedMs: number;
  /** Begins without a line. */
  unlogged: number;
}

/**
 * The active faults of this node. Parts raise and clear faults; health is computed from them. The table of codes bounds
 * the entries: one for each code, with the subjects (keys, addresses) in its text. One part owns one code. The log gets
 * a line when a fault begins, changes and ends; {@link check} writes postponed lines.
 */
export class FaultBoard implements FaultSink {
  readonly #ports: FaultBoardPorts;
  readonly #places = new Map<string, Place>();
  readonly #watches: FaultWatch[] = [];

  constructor(ports: FaultBoardPorts) {
    this.#ports = ports;
  }

  raise(report: FaultReport): void {
    const { component, code } = report;
    const place = this.#place(component, code);
    const nowMs = this.#ports.nowMs();
    const { status, text, cure } = { ...place.row, ...given(report) };
    const before = place.now;
    place.untilMs = nowMs + (report.lastsMs ?? Number.POSITIVE_INFINITY);
    if (before === undefined) {
      this.#ports.count("standing_faults", faultLabel(component, code), 1);
      place.unlogged++;
    } else if (before.status === status && before.text === text.slice(0, TEXT_MAX) && before.cure === cure) return;
    const sinceMs = before?.sinceMs ?? nowMs;
    place.now = {
      component,
      code,
      status,
      text: text.slice(0, TEXT_MAX),
      cure,
      sinceMs,
      sinceSeconds: Math.floor(sinceMs / 1000),
    };
    this.#writeLine(place, nowMs);
  }

  clear(...[component, code]: FaultName): void {
    const place = this.#places.get(faultLabel(component, code));
    if (place?.now === undefined) return;
    place.now = undefined;
    this.#writeLine(place, this.#ports.nowMs());
  }

  has(...[component, code]: FaultName): boolean {
    return this.#places.get(faultLabel(component, code))?.now !== undefined;
  }

  /** Adds a condition that each {@link check} reads. */
  watch(watch: FaultWatch): void {
    this.#watches.push(watch);
  }

  /** Reads the watched conditions and writes postponed lines. Call it about twice a second. */
  check(): void {
    for (const { component, code, active } of this.#watches) {
      const found = active();
      const name = { component, code } as FaultReport;
      if (found === undefined || found === false) this.clear(...([component, code] as FaultName));
      else this.raise(found === true ? name : { ...name, ...found });
    }
    const nowMs = this.#ports.nowMs();
    for (const place of this.#places.values()) {
      if (nowMs >= place.untilMs) place.now = undefined;
      this.#writeLine(place, nowMs);
    }
  }

  /** The worst status, each component with the reason of its worst fault, and all faults. */
  health(): NodeHealth {
    this.check();
    const faults = [...this.#places.values()]
      .flatMap(({ now }) => now ?? [])
      .sort((a, b) => RANK[b.status] - RANK[a.status] || a.sinceMs - b.sinceMs);
    const components = HEALTH_COMPONENTS.map((name) => componentHealth(name, faults));
    return { status: faults[0]?.status ?? "ok", components, faults };
  }

  #place(component: HealthComponent, code: FaultCode): Place {
    const label = faultLabel(component, code);
    const known = this.#places.get(label);
    if (known !== undefined) return known;
    const row = (FAULTS[component] as Readonly<Record<string, FaultRow>>)[code];
    if (row === undefined) throw new RangeError(`there is no fault ${label}`);
    const place: Place = {
      row,
      untilMs: Number.POSITIVE_INFINITY,
      now: undefined,
      logged: undefined,
      lines: LINES_AT_ONCE,
      refilledMs: this.#ports.nowMs(),
      loggedMs: Number.NEGATIVE_INFINITY,
      unlogged: 0,
    };
    this.#places.set(label, place);
    return place;
  }

  /** Writes a line if the fault differs from the last line and a line is allowed now. */
  #writeLine(place: Place, nowMs: number): void {
    const { now, logged, row } = place;
    if (now === undefined && logged === undefined) return;
    if (now !== undefined && logged === undefined && Math.abs(nowMs - now.sinceMs) < (row.graceMs ?? 0)) return;
    if (now !== undefined && logged !== undefined) {
      if (now === logged || isSameText(now, logged)) return;
      if (now.status === logged.status && Math.abs(nowMs - place.loggedMs) < CHANGE_EVERY_MS) return;
    }
    if (!takeLine(place, nowMs)) return;
    this.#write(place, nowMs);
    place.logged = now;
    place.loggedMs = nowMs;
    place.unlogged = 0;
  }

  #write({ now, logged, unlogged }: Place, nowMs: number): void {
    const { log } = this.#ports;
    if (now === undefined) {
      if (logged === undefined) return;
      const { component, code, text, sinceMs } = logged;
      const seconds = Math.max(0, Math.round((nowMs - sinceMs) / 1000));
      log("warn", `fault over: ${text}`, { component, code, seconds });
      return;
    }
    const { component, code, status, text, cure } = now;
    const begun = logged === undefined || logged.sinceMs !== now.sinceMs;
    log(status === "failed" ? "error" : "warn", `${begun ? "fault" : "fault changed"}: ${text}`, {
      component,
      code,
      ...(cure === undefined ? {} : { cure }),
      ...(begun && unlogged > 1 ? { times: unlogged } : {}),
    });
  }
}

/** The details without undefined members. */
function given({ status, text, cure }: FaultDetail): Partial<Pick<FaultRow, "status" | "text" | "cure">> {
  return {
    ...(status === undefined ? {} : { status }),
    ...(text === undefined ? {} : { text }),
    ...(cure === undefined ? {} : { cure }),
  };
}

function isSameText(a: Fault, b: Fault): boolean {
  return a.status === b.status && a.text === b.text && a.cure === b.cure;
}

/** Takes a token of the bucket. A clock that went back neither fills nor empties it. */
function takeLine(place: Place, nowMs: number): boolean {
  const gained = Math.floor((nowMs - place.refilledMs) / LINE_EVERY_MS);
  if (gained > 0) {
    place.lines = Math.min(LINES_AT_ONCE, place.lines + gained);
    place.refilledMs += gained * LINE_EVERY_MS;
  } else if (nowMs < place.refilledMs) place.refilledMs = nowMs;
  if (place.lines === 0) return false;
  place.lines--;
  return true;
}

function componentHealth(name: HealthComponent, faults: readonly Fault[]): ComponentHealth {
  const [worst, ...others] = faults.filter(({ component }) => component === name);
  if (worst === undefined) return { name, status: "ok", reason: undefined };
  const more = others.length === 0 ? "" : ` (and ${others.length} more)`;
  return { name, status: worst.status, reason: `${worst.text}${more}` };
}
