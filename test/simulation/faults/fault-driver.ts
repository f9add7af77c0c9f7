import type { Random } from "../world/random.js";
import type { FaultWorld } from "./fault-world.js";
import { FAULTS } from "./faults.js";
import { FAULT_KINDS, type FaultKind } from "./kinds.js";

/** Faults a minute, by kind; 0 switches a kind off. */
export type FaultRates = Readonly<Record<FaultKind, number>>;

/** Sees each fault. The times are those of the schedule. */
export interface FaultObserver {
  /** Returns the function that is called at the end of the fault. */
  begin(kind: FaultKind, nodes: readonly string[]): () => void;
}

/** A kind has at most this many faults at one time: more of them would hide each other. */
const AT_ONCE = 3;

/** Starts faults at random times until {@link FaultDriver.heal}. */
export class FaultDriver {
  /** Faults that were started, by kind. */
  readonly counts = new Map<FaultKind, number>();
  /** Pairs of kinds that were active at one time: "a+b", in the order of FAULT_KINDS. */
  readonly pairs = new Set<string>();
  readonly #world: FaultWorld;
  readonly #random: Random;
  readonly #observer: FaultObserver | undefined;
  readonly #active = new Map<FaultKind, Set<() => void>>();
  #healed = false;

  constructor(world: FaultWorld, random: Random, observer?: FaultObserver) {
    this.#world = world;
    this.#random = random;
    this.#observer = observer;
  }

  start(rates: FaultRates): void {
    for (const kind of FAULT_KINDS) {
      const random = this.#random.fork(kind);
      if (rates[kind] > 0) this.#arm(kind, 60_000 / rates[kind], random);
    }
  }

  /** Ends all faults; no other starts. */
  heal(): void {
    this.#healed = true;
    for (const ends of this.#active.values()) for (const end of [...ends]) end();
  }

  #arm(kind: FaultKind, meanMs: number, random: Random): void {
    this.#world.schedule.after(random.exponential(meanMs), undefined, () => {
      if (this.#healed) return;
      this.#begin(kind, random);
      this.#arm(kind, meanMs, random);
    });
  }

  #begin(kind: FaultKind, random: Random): void {
    const active = this.#active.get(kind) ?? new Set();
    this.#active.set(kind, active);
    if (active.size >= AT_ONCE) return;
    const { meanMs, start } = FAULTS[kind];
    const begun = start(this.#world, random);
    if (begun === undefined) return;
    const seen = this.#observer?.begin(kind, begun.nodes);
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
    const end = (): void => {
      if (!active.delete(end)) return;
      begun.end();
      seen?.();
    };
    active.add(end);
    this.#notePairs(kind);
    this.#world.schedule.after(random.exponential(meanMs), undefined, end);
  }

  #notePairs(kind: FaultKind): void {
    for (const other of FAULT_KINDS) {
      if (other === kind || (this.#active.get(other)?.size ?? 0) === 0) continue;
      const [a, b] = FAULT_KINDS.indexOf(kind) < FAULT_KINDS.indexOf(other) ? [kind, other] : [other, kind];
      this.pairs.add(`${a}+${b}`);
    }
  }
}
