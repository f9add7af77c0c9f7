import {
  type CountedVote,
  type Electorate,
  electorateOf,
  newVoting,
  restoreVoting,
  stepVoting,
  type VotingConfig,
  type VotingInput,
  type VotingView,
} from "../../src/engine/voting/index.js";
import { CONTROL_CODES, type Control, controlCode, controlOf, sentBit, VALUES, valueCode } from "./member-code.js";

/** A fault that is put around the machine, to see that the search finds its conflict. */
export const CANARIES = ["none", "no-hold", "low-quorum", "no-write"] as const;
export type Canary = (typeof CANARIES)[number];

/** One thing that happens to a correct member. Values are 1 and 2. */
export type Move =
  | { readonly kind: "start" | "half"; readonly own: number }
  | { readonly kind: "leave" | "crash" }
  | { readonly kind: "follow"; readonly round: number; readonly own: number }
  | { readonly kind: "quorum"; readonly round: number; readonly value: number }
  | { readonly kind: "leader"; readonly value: number };

/** Every move of a search with so many rounds. */
export function movesOf(rounds: number): Move[] {
  const moves: Move[] = [{ kind: "crash" }, { kind: "leave" }];
  for (const own of [1, 2]) moves.push({ kind: "start", own }, { kind: "half", own }, { kind: "leader", value: own });
  for (let round = 0; round < rounds; round++) {
    for (const own of [1, 2]) moves.push({ kind: "follow", round, own }, { kind: "quorum", round, value: own });
  }
  return moves;
}

/** The votes of others with which a move is made; `votes` are honest ones that have been sent. */
export interface Offer {
  /** Correct members who prepared the value of a `quorum`, 0 to 2. */
  readonly others: number;
  /** Whether this member did so itself. */
  readonly self: boolean;
  /** A prepare of a correct member in this round or later, for `leave` and `follow`. */
  readonly round: number;
  readonly value: number;
}

/** The member after a move, and the bits of the votes that it sent. */
export interface Outcome {
  readonly control: number;
  readonly sent: number;
}

const [SELF, FIRST, SECOND, LIAR] = ["1", "2", "3", "4"].map((digit) => digit.repeat(64)) as [
  string,
  string,
  string,
  string,
];
/** Later than any time of a round. */
const LATE_MS = 10_000_000;

function vote(voter: string, round: number, step: "prepare" | "commit", value: number): CountedVote {
  return { voter, round, step, held: 0, value: VALUES[value - 1] as string };
}

/** The moves of one correct member by the code of the node. Each is computed once: the code is a pure function. */
export class MemberMoves {
  readonly #config: VotingConfig;
  readonly #canary: Canary;
  readonly #known: (Map<number, Outcome> | undefined)[] = new Array(CONTROL_CODES);
  /** Steps of the node's code that were run. */
  steps = 0;

  constructor(canary: Canary) {
    const electorate = electorateOf(
      [SELF, FIRST, SECOND, LIAR].map((key) => ({ key, weight: 1 })),
      "",
      "",
    );
    const low: Electorate = { ...electorate, quorum: electorate.quorum - 1 };
    this.#canary = canary;
    this.#config = {
      self: SELF,
      electorate: canary === "low-quorum" ? low : electorate,
      // The byzantine member leads every round: as a leader it may give each member either value.
      leaderOf: () => LIAR,
      rules: { roundSeconds: 10, roundMaxSeconds: 300 },
    };
  }

  /** The weight of a quorum, of 4. */
  get quorum(): number {
    return this.#config.electorate.quorum;
  }

  /** `index` is the place of the move in {@link movesOf}. */
  apply(control: number, index: number, move: Move, offer: Offer): Outcome {
    const key = (((index * 3 + offer.others) * 2 + (offer.self ? 1 : 0)) * 8 + offer.round) * 4 + offer.value;
    let known = this.#known[control];
    if (known === undefined) {
      known = new Map();
      this.#known[control] = known;
    }
    let outcome = known.get(key);
    if (outcome === undefined) {
      outcome = this.#run(controlOf(this.#config, control), move, offer);
      known.set(key, outcome);
    }
    return outcome;
  }

  #run(control: Control, move: Move, offer: Offer): Outcome {
    const { round = -1 } = control.state;
    const other = vote(FIRST, offer.round, "prepare", Math.max(1, offer.value));
    switch (move.kind) {
      case "crash": {
        const { disk } = control;
        return {
          control: controlCode({
            state: disk === undefined ? newVoting(0) : restoreVoting(this.#config, disk, 0),
            disk,
          }),
          sent: 0,
        };
      }
      case "start":
      case "half":
        if ((move.kind === "start") !== round < 0) return { control: controlCode(control), sent: 0 };
        return this.#steps(control, move.own, [{ kind: "tick" }], LATE_MS, move.kind === "start" ? 0 : undefined);
      case "leave": {
        if (control.state.prepare === undefined) return { control: controlCode(control), sent: 0 };
        return this.#steps(
          control,
          1,
          [{ kind: "votes", votes: [other, vote(LIAR, round, "commit", 1)] }, { kind: "tick" }],
          LATE_MS,
        );
      }
      case "follow":
        return this.#steps(
          control,
          move.own,
          [{ kind: "votes", votes: [other, vote(LIAR, move.round, "commit", 1)] }],
          0,
        );
      case "leader":
        return this.#steps(control, 1, [{ kind: "votes", votes: [vote(LIAR, round, "prepare", move.value)] }], 0);
      case "quorum": {
        const voters = [LIAR, FIRST, SECOND].slice(0, 1 + offer.others);
        const votes = voters.map((voter) => vote(voter, move.round, "prepare", move.value));
        const { state } = control;
        const own = vote(SELF, move.round, "prepare", move.value);
        const tally = offer.self ? state.tally.with(own, this.#config.electorate, state.held) : state.tally;
        return this.#steps({ ...control, state: { ...state, tally } }, 1, [{ kind: "votes", votes }], 0);
      }
    }
  }

  /** Inputs at time 0, the last of several at `lastMs`. */
  #steps(control: Control, own: number, inputs: readonly VotingInput[], lastMs: number, startMs?: number): Outcome {
    const view: VotingView = { startMs, own: VALUES[own - 1] as string, judge: () => "acceptable" };
    let { state, disk } = control;
    let sent = 0;
    for (const [i, input] of inputs.entries()) {
      const isLast = i === inputs.length - 1;
      const step = stepVoting(this.#config, state, input, view, isLast ? lastMs : 0);
      this.steps++;
      state = step.state;
      for (const effect of step.effects) {
        if (effect.kind === "persist" && this.#canary !== "no-write") disk = effect.record;
        if (effect.kind === "vote") sent |= sentBit(effect.vote.round, effect.vote.step, valueCode(effect.vote.value));
      }
      if (this.#canary === "no-hold") {
        state = { ...state, held: undefined };
        disk = disk === undefined ? undefined : { ...disk, held: undefined };
      }
    }
    return { control: controlCode({ state, disk }), sent };
  }
}
