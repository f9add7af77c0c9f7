import {
  type CountedVote,
  type Electorate,
  electorateOf,
  leaders,
  newVoting,
  nextTickMs,
  restoreVoting,
  stepVoting,
  type VotingConfig,
  type VotingInput,
  type VotingRecord,
  type VotingState,
} from "../../src/engine/voting/index.js";
import { blake3 } from "../support/engine-world.js";
import { type Control, sentBit, VALUES, valueCode } from "./member-code.js";
import type { Canary } from "./moves.js";

export interface WalkOptions {
  readonly seed: number;
  readonly members: number;
  /** The last members are byzantine. */
  readonly byzantine: number;
  readonly actions: number;
  readonly canary: Canary;
}

export interface WalkReport {
  /** Whether some value has a certificate. */
  readonly certified: boolean;
  /** The highest round of a correct member. */
  readonly round: number;
  /** The actions up to the conflict. */
  readonly conflict: readonly string[] | undefined;
}

/** Small, with a period of 2^32: mulberry32. */
function randomOf(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/** A correct member with its disk and its clock. */
interface Walker {
  readonly name: string;
  readonly config: VotingConfig;
  state: VotingState;
  disk: VotingRecord | undefined;
  nowMs: number;
}

/** One random schedule of the whole: the code of the node with all the votes that it counts, and with time. */
export class Walk {
  readonly #options: WalkOptions;
  readonly #random: (below: number) => number;
  readonly #electorate: Electorate;
  readonly #walkers: Walker[];
  readonly #liars: string[];
  /** Every vote that a correct member sent. */
  readonly #sent: CountedVote[] = [];
  readonly #lines: string[] = [];

  constructor(options: WalkOptions) {
    const { seed, members, byzantine, canary } = options;
    this.#options = options;
    this.#random = randomOf(seed);
    const keys = Array.from({ length: members }, (_, i) => (i + 1).toString(16).padStart(64, "0"));
    const roster = electorateOf(
      keys.map((key) => ({ key, weight: 1 })),
      "",
      "",
    );
    this.#electorate = canary === "low-quorum" ? { ...roster, quorum: roster.quorum - 1 } : roster;
    const leaderOf = leaders(blake3, seed.toString(16).padStart(64, "0"), roster);
    this.#walkers = keys.slice(0, members - byzantine).map((self, i) => ({
      name: `member ${i + 1}`,
      config: { self, electorate: this.#electorate, leaderOf, rules: { roundSeconds: 10, roundMaxSeconds: 300 } },
      state: newVoting(0),
      disk: undefined,
      nowMs: 0,
    }));
    this.#liars = keys.slice(members - byzantine);
  }

  /** The states of the correct members, and the bits of the votes that each has sent. */
  get members(): (Control & { readonly sent: number })[] {
    return this.#walkers.map(({ config, state, disk }) => {
      const own = this.#sent.filter(({ voter }) => voter === config.self);
      const bits = own.map(({ round, step, value }) => sentBit(round, step, valueCode(value)));
      return { state, disk, sent: bits.reduce((sum, bit) => sum | bit, 0) };
    });
  }

  /** One random action. */
  act(): void {
    this.#act(this.#pick(this.#walkers));
  }

  run(): WalkReport {
    for (let action = 0; action < this.#options.actions; action++) {
      this.act();
      if (this.#certifiable().size > 1) return this.#report(this.#lines);
    }
    return this.#report(undefined);
  }

  #report(conflict: readonly string[] | undefined): WalkReport {
    const round = Math.max(...this.#walkers.map(({ state }) => state.round ?? 0));
    return { certified: this.#certifiable().size > 0, round, conflict };
  }

  #pick<T>(items: readonly T[]): T {
    return items[this.#random(items.length)] as T;
  }

  #act(walker: Walker): void {
    const draw = this.#random(100);
    if (draw < 3) this.#crash(walker);
    else if (draw < 25) this.#pass(walker);
    else if (draw < 55 || this.#sent.length === 0) this.#lie(walker);
    else this.#deliver(walker, draw < 80 ? 1 : 4);
  }

  #crash(walker: Walker): void {
    const { disk, config, nowMs } = walker;
    walker.state = disk === undefined ? newVoting(nowMs) : restoreVoting(config, disk, nowMs);
    this.#lines.push(`${walker.name} crashes and restarts from its disk`);
  }

  #pass(walker: Walker): void {
    const startMs = this.#random(2) === 0 ? walker.nowMs : undefined;
    const due = nextTickMs(walker.config, walker.state, { startMs }) ?? walker.nowMs;
    walker.nowMs = Math.max(walker.nowMs, due);
    this.#step(walker, { kind: "tick" }, startMs, `sees ${walker.nowMs} ms`);
  }

  /** A vote of a byzantine member: often one that a correct member has sent too, which helps quorums. */
  #lie(walker: Walker): void {
    if (this.#liars.length === 0) return;
    const voter = this.#pick(this.#liars);
    const echoed = this.#sent.length > 0 && this.#random(3) > 0 ? this.#pick(this.#sent) : undefined;
    const made: CountedVote = {
      voter,
      round: this.#random((walker.state.round ?? 0) + 2),
      step: this.#random(3) === 0 ? "commit" : "prepare",
      held: 0,
      value: this.#pick(VALUES),
    };
    this.#receive(walker, [echoed === undefined ? made : { ...echoed, voter, held: 0 }]);
  }

  #deliver(walker: Walker, count: number): void {
    const votes = Array.from({ length: count }, () => this.#pick(this.#sent));
    const others = votes.filter(({ voter }) => voter !== walker.config.self);
    if (others.length > 0) this.#receive(walker, others);
  }

  #receive(walker: Walker, votes: readonly CountedVote[]): void {
    this.#step(walker, { kind: "votes", votes }, undefined, `receives ${votes.map(text).join(", ")}`);
  }

  #step(walker: Walker, input: VotingInput, startMs: number | undefined, what: string): void {
    const { canary } = this.#options;
    const view = {
      startMs,
      own: this.#pick(VALUES),
      judge: () => (this.#random(4) === 0 ? ("refused" as const) : ("acceptable" as const)),
    };
    const { state, effects } = stepVoting(walker.config, walker.state, input, view, walker.nowMs);
    const forgets = canary === "no-hold";
    walker.state = forgets ? { ...state, held: undefined } : state;
    const sent: string[] = [];
    for (const effect of effects) {
      if (effect.kind === "persist" && canary !== "no-write") {
        walker.disk = forgets ? { ...effect.record, held: undefined } : effect.record;
      }
      if (effect.kind !== "vote") continue;
      const { round, step, held, value } = effect.vote;
      const vote = { voter: walker.config.self, round, step, held, value };
      this.#sent.push(vote);
      sent.push(text(vote));
    }
    if (state !== walker.state || sent.length > 0) this.#lines.push(`${walker.name} ${what}`);
    if (sent.length > 0) this.#lines.push(`${walker.name} sends ${sent.join(", ")}`);
  }

  /** The values for which commits of one round, with those of all byzantine members, are a quorum. */
  #certifiable(): Set<string> {
    const voters = new Map<string, Set<string>>();
    for (const { voter, round, step, value } of this.#sent) {
      if (step !== "commit") continue;
      const key = `${round}:${value}`;
      voters.set(key, (voters.get(key) ?? new Set(this.#liars)).add(voter));
    }
    const found = [...voters].filter(([, set]) => set.size >= this.#electorate.quorum);
    return new Set(found.map(([key]) => key.slice(key.indexOf(":") + 1)));
  }
}

function text({ voter, round, step, value }: CountedVote): string {
  const name = Number.parseInt(voter, 16);
  return `${name}: ${step} ${value.slice(0, 1)} in round ${round}`;
}
