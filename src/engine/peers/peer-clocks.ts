/**
 * Compares this machine's clock with those of peers (protocol.md, Identities and hello). Pure: times are arguments. The
 * result is only a warning, because many peers may be one attacker.
 */

/** Peers whose clock is remembered: four times the connections of a node. */
export const CLOCK_SAMPLES_MAX = 256;
/** Most samples of one address group, so that one group can't displace the samples of others. */
const CLOCK_SAMPLES_PER_GROUP = 8;
/** Maximum age of a reading. Connected peers are read about once a minute. */
const CLOCK_SAMPLE_AGE_MS = 3_600_000;
/** Readings of one peer are compared for this long, and the one with the least delay counts: about five readings. */
const BUCKET_MS = 300_000;
/** Independent clocks needed for a warning: with fewer, this node can't tell whose clock is wrong. */
const CLOCKS_MIN = 3;
/** With this many clocks of dialled peers only these count, because an attacker chooses which peers dial in. */
const DIALED_CLOCKS_MIN = 3;
/**
 * A reading with a larger error is ignored. The error is half the duration of the hello plus half a second: a hello of
 * over 4 s gives none.
 */
export const CLOCK_ERROR_MAX_MS = 2500;

/** A difference above this warns: it is twice the error of a reading. */
const CLOCK_WARNING_MS = 5000;
/**
 * A difference above this degrades the node: half of the 60 s by which a record may be ahead of the clock of its
 * receiver.
 */
const CLOCK_DEGRADED_MS = 30_000;
/** Lower bounds at which a warning ends, so that it does not flicker. */
const WARNING_OVER_MS = 4000;
const DEGRADED_OVER_MS = 28_000;

/** Where a reading comes from. */
export interface ClockSource {
  readonly peer: string;
  /** The group of its address; `loopback` for a peer on this machine. */
  readonly group: string;
  readonly dialed: boolean;
}

/**
 * The result for this machine's clock. `few`: it differs, but from too few peers to tell whose clock is wrong.
 * `offsetMs`: this machine's clock minus the peers', positive when it is ahead; undefined without a reading.
 */
export interface ClockJudgement {
  readonly level: "unknown" | "ok" | "few" | "warning" | "degraded";
  readonly offsetMs: number | undefined;
  /** Number of independent clocks; the offset is their median. */
  readonly clocks: number;
}

/** A peer's clock minus the monotonic time of this machine. */
interface Reading {
  readonly source: ClockSource;
  /** The greatest of the bucket: delay makes a peer's clock seem behind, never ahead. */
  aheadMs: number;
  /** The greatest of the bucket before. */
  beforeMs: number;
  bucketMs: number;
  lastMs: number;
}

const LOOPBACK = "loopback";

export class PeerClocks {
  /** By peer, least recently read first. */
  readonly #readings = new Map<string, Reading>();
  #level: ClockJudgement["level"] = "unknown";

  get size(): number {
    return this.#readings.size;
  }

  /**
   * Takes a reading: the peer's clock was `peerMs` at the monotonic time `elapsedMs`; integers. A hello is corrected by
   * its round trip and replaces earlier readings; other readings are only compared with it.
   */
  addReading(source: ClockSource, peerMs: number, elapsedMs: number, isHello: boolean): void {
    const aheadMs = peerMs - elapsedMs;
    const known = this.#readings.get(source.peer);
    this.#readings.delete(source.peer);
    if (isHello || known === undefined || elapsedMs - known.lastMs >= 2 * BUCKET_MS) {
      if (known === undefined) this.#makeRoom(source);
      this.#readings.set(source.peer, {
        source,
        aheadMs,
        beforeMs: Number.NEGATIVE_INFINITY,
        bucketMs: elapsedMs,
        lastMs: elapsedMs,
      });
      return;
    }
    const isNew = elapsedMs - known.bucketMs >= BUCKET_MS;
    this.#readings.set(source.peer, {
      source,
      aheadMs: isNew ? aheadMs : Math.max(known.aheadMs, aheadMs),
      beforeMs: isNew ? known.aheadMs : known.beforeMs,
      bucketMs: isNew ? elapsedMs : known.bucketMs,
      lastMs: elapsedMs,
    });
  }

  /** The judgement when this machine's clock is `wallMs`. */
  judge(wallMs: number, elapsedMs: number): ClockJudgement {
    for (const [peer, { lastMs }] of this.#readings) {
      if (elapsedMs - lastMs > CLOCK_SAMPLE_AGE_MS) this.#readings.delete(peer);
    }
    const clocks = this.#clocks(wallMs - elapsedMs);
    const offsetMs = medianTowardZero(clocks);
    this.#level = level(this.#level, offsetMs, clocks.length);
    return { level: this.#level, offsetMs, clocks: clocks.length };
  }

  /** This machine's clock minus the peers', one for each address group, or each peer if all are on loopback. */
  #clocks(ownMs: number): number[] {
    const readings = [...this.#readings.values()];
    const onlyLoopback = readings.every(({ source }) => source.group === LOOPBACK);
    const groups = new Map<string, { readonly dialed: boolean; readonly offsets: number[] }>();
    for (const { source, aheadMs, beforeMs } of readings) {
      const origin = onlyLoopback ? source.peer : source.group;
      const group = groups.get(origin) ?? { dialed: false, offsets: [] };
      group.offsets.push(ownMs - Math.max(aheadMs, beforeMs));
      groups.set(origin, { dialed: group.dialed || source.dialed, offsets: group.offsets });
    }
    const all = [...groups.values()];
    const dialed = all.filter((group) => group.dialed);
    const counted = dialed.length >= DIALED_CLOCKS_MIN ? dialed : all;
    return counted.map(({ offsets }) => medianTowardZero(offsets) ?? 0);
  }

  #makeRoom({ group }: ClockSource): void {
    const of = [...this.#readings.values()].filter(({ source }) => source.group === group);
    const [first] = of;
    if (group !== LOOPBACK && first !== undefined && of.length >= CLOCK_SAMPLES_PER_GROUP) {
      this.#readings.delete((of.find(({ source }) => !source.dialed) ?? first).source.peer);
    }
    if (this.#readings.size < CLOCK_SAMPLES_MAX) return;
    const readings = [...this.#readings.values()];
    const oldest = readings.find(({ source }) => !source.dialed) ?? readings[0];
    if (oldest !== undefined) this.#readings.delete(oldest.source.peer);
  }
}

/** With two middle values, the one nearer to zero (0 if the signs differ): half of the clocks can't raise an alarm. */
function medianTowardZero(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  const low = sorted[(sorted.length - 1) >> 1];
  const high = sorted[sorted.length >> 1];
  if (low === undefined || high === undefined) return undefined;
  return Math.max(low, 0) + Math.min(high, 0);
}

function level(before: ClockJudgement["level"], offsetMs: number | undefined, clocks: number): ClockJudgement["level"] {
  if (offsetMs === undefined) return "unknown";
  const off = Math.abs(offsetMs);
  const isOff = off >= (before === "ok" || before === "unknown" ? CLOCK_WARNING_MS : WARNING_OVER_MS);
  if (!isOff) return "ok";
  if (clocks < CLOCKS_MIN) return "few";
  return off >= (before === "degraded" ? DEGRADED_OVER_MS : CLOCK_DEGRADED_MS) ? "degraded" : "warning";
}
