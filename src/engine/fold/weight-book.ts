import { ascii } from "../../protocol/bytes.js";
import { trimRoster, type WeightedKey } from "../../protocol/digests.js";
import type { Blake3 } from "../../protocol/hash.js";
import { dayOf } from "../../protocol/membership.js";
import { type NetworkRules, REGISTRY_FILE } from "../../protocol/rules.js";
import type { ChainFacts, RosterFrom } from "../chain-facts.js";
import { WEIGHTS_BYTES } from "./packed-layout.js";

/** The roster of one task (protocol.md, "Final"). No participant of the task chose it. */
export interface TaskRoster {
  /** The day before the day of t0; the roster's digest contains it. */
  readonly day: number;
  /** At most `rosterMax`, ascending by key. The roster index of a vote or a list refers to this order. */
  readonly members: readonly WeightedKey[];
  readonly weights: ReadonlyMap<string, number>;
}

/** The weights of validations under one {@link ChainFacts}. */
export class WeightBook {
  readonly #fileWeights: ReadonlyMap<string, { readonly weight: number }>;
  /** Newest first. */
  readonly #rosters: readonly { readonly fromDay: number; readonly roster: Omit<TaskRoster, "day"> }[];

  #fingerprint: Uint8Array | undefined;

  constructor(facts: Pick<ChainFacts, "registry" | "rosters">, rules: NetworkRules) {
    const weighted = facts.registry.kind === "listed" && rules.registry === REGISTRY_FILE;
    this.#fileWeights = weighted && facts.registry.kind === "listed" ? facts.registry.authors : new Map();
    this.#rosters = [...facts.rosters]
      .sort((a, b) => b.fromDay - a.fromDay)
      .map((from) => ({ fromDay: from.fromDay, roster: prepare(from, rules.rosterMax) }));
  }

  /** The roster of a task announced at `t0` seconds. An empty roster counts as none: it can't certify anything. */
  roster(t0: number): TaskRoster | undefined {
    const day = dayOf(t0) - 1;
    const found = this.#rosters.find(({ fromDay }) => fromDay <= day);
    return found === undefined || found.roster.members.length === 0 ? undefined : { day, ...found.roster };
  }

  /** First bytes of a digest of all weights and rosters: equal books have the same. */
  fingerprint(blake3: Blake3): Uint8Array {
    if (this.#fingerprint === undefined) {
      const file = [...this.#fileWeights].map(([key, { weight }]) => `${key} ${weight}`).sort();
      const rosters = this.#rosters.map(({ fromDay, roster }) => {
        return `${fromDay}: ${roster.members.map(({ key, weight }) => `${key} ${weight}`).join()}`;
      });
      this.#fingerprint = blake3(ascii([...file, ...rosters].join("\n"))).slice(0, WEIGHTS_BYTES);
    }
    return this.#fingerprint;
  }

  /** Weight of a validation; undefined when it doesn't count because the task's roster doesn't name its author. */
  weight(author: string, roster: TaskRoster | undefined): number | undefined {
    return roster === undefined ? (this.#fileWeights.get(author)?.weight ?? 1) : roster.weights.get(author);
  }

  /** Returns a function that compares, by a task's t0, the weights of the task in both books. */
  comparedWith(other: WeightBook): (t0: number) => boolean {
    const sameFile = sameEntries(this.#fileWeights, other.#fileWeights, (a, b) => a.weight === b.weight);
    const byDay = new Map<number, boolean>();
    return (t0) => {
      const day = dayOf(t0);
      let same = byDay.get(day);
      if (same === undefined) {
        const mine = this.roster(t0);
        const theirs = other.roster(t0);
        if (mine === undefined || theirs === undefined) same = mine === theirs && sameFile;
        else same = sameEntries(mine.weights, theirs.weights, (a, b) => a === b);
        byDay.set(day, same);
      }
      return same;
    };
  }
}

function prepare({ members }: RosterFrom, max: number): Omit<TaskRoster, "day"> {
  const kept = trimRoster(members, max);
  return { members: kept, weights: new Map(kept.map(({ key, weight }) => [key, weight])) };
}

function sameEntries<V>(a: ReadonlyMap<string, V>, b: ReadonlyMap<string, V>, same: (a: V, b: V) => boolean): boolean {
  if (a.size !== b.size) return false;
  for (const [key, value] of a) {
    const other = b.get(key);
    if (other === undefined || !same(value, other)) return false;
  }
  return true;
}
