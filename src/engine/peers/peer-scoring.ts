import type { ReasonCode } from "../../protocol/errors.js";
import { BOUNDS } from "../bounds.js";

/** Scores are in basis points, 0..10,000: the specification's 0..1 in integers. */
const MAX = 10_000;

/**
 * The specification's 0.5. Each part starts at this value and decays to it, so an idle peer is neither good nor bad.
 */
export const START_SCORE = 5000;

/** Peers remembered, by node key. The least recent is dropped first; if it returns it gets the start score. */
export const SCORED_PEERS_MAX = BOUNDS.scored_peers.cap;

/** All reported scores together change the rank score of a peer by at most 0.05 (protocol.md, PeerScoreUpdate). */
const REPORTED_SCORES_MAX = 500;

/** Late copies without penalty on first contact: a peer may send records that just arrived from another peer. */
const SPARED_FIRST = 256;
/** Maximum of late copies without penalty that a silent peer collects: some minutes of a busy network. */
const SPARED_MAX = 4096;

/** 0.99 ** (1 / 86400) times 2 ** 64: one percent a day, applied by the second. */
const DECAY_PER_SECOND = 18_446_741_927_922_947_896n;
const ONE = 1n << 64n;

/** Why a score changed: an event of the specification, or the code of a fault. */
export type ScoreReason = "useful" | "duplicate" | "helpful" | ReasonCode;

/** The last change of a score; decay does not count. */
export interface ScoreChange {
  readonly reason: ScoreReason;
  readonly atSeconds: number;
}

/** This node's own observations of a peer (specification: PeerScore), as of `updatedSeconds`. */
export interface PeerScore {
  /** Node key, hex. */
  readonly key: string;
  readonly reliability: number;
  readonly responsiveness: number;
  readonly quality: number;
  readonly updatedSeconds: number;
  /** Interactions with the peer; decay does not count. */
  readonly interactionCount: number;
  readonly lastChange: ScoreChange | undefined;
}

/** A score decayed to one second, with the specification's weighted sum: 0.4, 0.3, 0.3. */
export interface RatedPeer extends PeerScore {
  readonly overall: number;
}

interface Held {
  readonly score: PeerScore;
  /** The peer may send as many late copies without penalty as the count of new records exceeds this. */
  readonly sparedTo: number;
}

type Parts = Pick<PeerScore, "reliability" | "responsiveness" | "quality">;

/**
 * Scores how well peers serve this node (specification: PeerScoring). Scores rank peers; they never ban a peer or
 * influence the set. A score decays by the elapsed time when it is read, so the number of reads has no influence.
 */
export class PeerScoring {
  /** Least recent first. */
  readonly #peers = new Map<string, Held>();
  readonly #cap: number;
  /** Records new to this node since the start. */
  #newRecords = 0;
  #revision = 0;

  constructor(options: { readonly maxPeers?: number } = {}) {
    this.#cap = options.maxPeers ?? SCORED_PEERS_MAX;
  }

  get size(): number {
    return this.#peers.size;
  }

  get cap(): number {
    return this.#cap;
  }

  /** Grows with every change of a score; decay does not count. */
  get revision(): number {
    return this.#revision;
  }

  /** Records new to this node that no peer announced: its own, and those that came by sync. */
  noteNew(count = 1): void {
    this.#newRecords += count;
  }

  /** The peer sent new records: reliability +0.1 each. */
  useful(key: string, nowSeconds: number, count = 1): void {
    // The peer sent these records first, so it sends no late copies of them.
    const sparedTo = this.#sparedTo(key) + count;
    this.#newRecords += count;
    this.#change(key, nowSeconds, "useful", { reliability: 1000 * count }, sparedTo);
  }

  /**
   * The peer sent known records: reliability -0.05 for each above the normal number. In a mesh of six an honest relay
   * is first once in six times, so one copy of each new record has no penalty.
   */
  duplicate(key: string, nowSeconds: number, count = 1): void {
    const sparedTo = this.#sparedTo(key);
    const spared = Math.min(count, this.#newRecords - sparedTo);
    this.#change(key, nowSeconds, "duplicate", { reliability: -500 * (count - spared) }, sparedTo + spared);
  }

  /** The peer answered a request: responsiveness +0.1, data quality +0.05. */
  helpful(key: string, nowSeconds: number): void {
    this.#change(key, nowSeconds, "helpful", { responsiveness: 1000, quality: 500 }, this.#sparedTo(key));
  }

  /** The peer broke the protocol: data quality -0.1. */
  fault(key: string, nowSeconds: number, code: ReasonCode): void {
    this.#change(key, nowSeconds, code, { quality: -1000 }, this.#sparedTo(key));
  }

  /** The score at one second; undefined for an unknown peer. */
  get(key: string, nowSeconds: number): RatedPeer | undefined {
    const held = this.#peers.get(key);
    return held === undefined ? undefined : rate(decay(held.score, nowSeconds));
  }

  /** The weighted sum of a peer; {@link START_SCORE} for an unknown one. */
  overall(key: string, nowSeconds: number): number {
    return this.get(key, nowSeconds)?.overall ?? START_SCORE;
  }

  /**
   * The best `count` of the candidates, best first, ties to the lower key. `reportedScore` returns what the reported
   * scores add (basis points, clamped to {@link REPORTED_SCORES_MAX} either way).
   */
  best(
    candidates: readonly string[],
    count: number,
    nowSeconds: number,
    reportedScore: (key: string) => number = () => 0,
  ): string[] {
    return [...new Set(candidates)]
      .map((key) => {
        const moved = Math.max(-REPORTED_SCORES_MAX, Math.min(REPORTED_SCORES_MAX, reportedScore(key)));
        return { key, rank: this.overall(key, nowSeconds) + moved };
      })
      .sort((a, b) => b.rank - a.rank || (a.key < b.key ? -1 : 1))
      .slice(0, Math.max(0, count))
      .map(({ key }) => key);
  }

  /** Every score as of its last change, least recent first. */
  snapshot(): PeerScore[] {
    return [...this.#peers.values()].map(({ score }) => score);
  }

  /**
   * Restores the scores of an earlier run, least recent first, decayed by the time between. Values out of range are
   * ignored. A score dated in the future (the clock was ahead) is dated now, otherwise it would not decay until then.
   */
  restore(scores: readonly PeerScore[], nowSeconds = Number.MAX_SAFE_INTEGER): void {
    for (const score of scores) {
      const updatedSeconds = Math.min(score.updatedSeconds, nowSeconds);
      if (isValid(score)) this.#put({ ...score, updatedSeconds }, this.#newRecords - SPARED_FIRST);
    }
  }

  #sparedTo(key: string): number {
    const held = this.#peers.get(key);
    if (held === undefined) return this.#newRecords - SPARED_FIRST;
    return Math.max(held.sparedTo, this.#newRecords - SPARED_MAX);
  }

  #change(key: string, nowSeconds: number, reason: ScoreReason, by: Partial<Parts>, sparedTo: number): void {
    const held = this.#peers.get(key);
    const score = held === undefined ? fresh(key, nowSeconds) : decay(held.score, nowSeconds);
    // A copy without penalty is an interaction without a change.
    const moves = Object.values(by).some((part) => part !== 0);
    if (moves) this.#revision++;
    const changed = {
      key,
      reliability: clamp(score.reliability + (by.reliability ?? 0)),
      responsiveness: clamp(score.responsiveness + (by.responsiveness ?? 0)),
      quality: clamp(score.quality + (by.quality ?? 0)),
      updatedSeconds: score.updatedSeconds,
      interactionCount: score.interactionCount + 1,
      lastChange: moves ? { reason, atSeconds: nowSeconds } : score.lastChange,
    };
    this.#put(changed, sparedTo);
  }

  #put(score: PeerScore, sparedTo: number): void {
    this.#peers.delete(score.key);
    if (this.#peers.size >= this.#cap) {
      const [oldest] = this.#peers.keys();
      if (oldest !== undefined) this.#peers.delete(oldest);
    }
    this.#peers.set(score.key, { score, sparedTo });
  }
}

function fresh(key: string, nowSeconds: number): PeerScore {
  const parts = { reliability: START_SCORE, responsiveness: START_SCORE, quality: START_SCORE };
  return { key, ...parts, updatedSeconds: nowSeconds, interactionCount: 0, lastChange: undefined };
}

function rate(score: PeerScore): RatedPeer {
  const overall = Math.floor((4 * score.reliability + 3 * score.responsiveness + 3 * score.quality) / 10);
  return { ...score, overall };
}

/** The score at a later second; unchanged when the clock went back. */
function decay(score: PeerScore, nowSeconds: number): PeerScore {
  const elapsed = nowSeconds - score.updatedSeconds;
  if (elapsed <= 0) return score;
  const factor = power(DECAY_PER_SECOND, elapsed);
  const part = (value: number): number => {
    const away = BigInt(Math.abs(value - START_SCORE));
    const left = Number((away * factor + ONE / 2n) >> 64n);
    return value < START_SCORE ? START_SCORE - left : START_SCORE + left;
  };
  return {
    ...score,
    reliability: part(score.reliability),
    responsiveness: part(score.responsiveness),
    quality: part(score.quality),
    updatedSeconds: nowSeconds,
  };
}

/** base ** exponent, both base and result as fractions of 2 ** 64. */
function power(base: bigint, exponent: number): bigint {
  let result = ONE;
  let square = base;
  for (let left = exponent; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) result = (result * square) >> 64n;
    square = (square * square) >> 64n;
  }
  return result;
}

function clamp(value: number): number {
  return Math.max(0, Math.min(MAX, value));
}

function isValid({ key, reliability, responsiveness, quality, updatedSeconds, interactionCount }: PeerScore): boolean {
  const inRange = [reliability, responsiveness, quality].every(
    (part) => Number.isInteger(part) && part >= 0 && part <= MAX,
  );
  const counts = [updatedSeconds, interactionCount].every((count) => Number.isSafeInteger(count) && count >= 0);
  return inRange && counts && /^[0-9a-f]{64}$/.test(key);
}
