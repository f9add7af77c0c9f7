import { SENT_CODES } from "./member-code.js";
import type { MemberMoves, Move, Offer } from "./moves.js";
import { canonical, control, offerFor, START, sent, type World } from "./world-state.js";

/** A move of a member of a canonical world. */
export interface Taken {
  readonly member: number;
  /** Index of the move. */
  readonly number: number;
}

const NAMES = ["A", "B", "C"];

/** The moves from the start in words. Members and values keep their names, which canonical worlds exchange. */
export function describeSchedule(
  path: readonly Taken[],
  moves: readonly Move[],
  members: MemberMoves,
  rounds: number,
): string[] {
  let world: World = START;
  let names = NAMES;
  let swapped = false;
  return path.map(({ member, number }) => {
    const move = moves[number] as Move;
    const offer = offerFor(world, member, move, rounds, members.quorum);
    if (offer === undefined) throw new Error(`the schedule has a move that can't be made: ${move.kind}`);
    const before = world[member] as number;
    const outcome = members.apply(control(before), number, move, offer);
    const value = (code: number) => ((code === 1) === swapped ? "b" : "a");
    const votes = votesOf(outcome.sent & ~sent(before), rounds, value);
    const line = `${names[member]} ${inWords(move, offer, value)}${votes === "" ? "" : `: sends ${votes}`}`;
    const changed: [number, number, number] = [...world];
    changed[member] = outcome.control * SENT_CODES + (sent(before) | outcome.sent);
    const next = canonical(changed);
    names = next.order.map((place) => names[place] as string);
    swapped = swapped !== next.swapped;
    world = next.world;
    return line;
  });
}

function inWords(move: Move, offer: Offer, value: (code: number) => string): string {
  switch (move.kind) {
    case "start":
      return `starts with the list ${value(move.own)}`;
    case "half":
      return `waits half a round for the leader, and has the list ${value(move.own)}`;
    case "leave":
      return "hears D and another in its round, and lets the time of the round pass";
    case "crash":
      return "crashes and restarts from its disk";
    case "follow":
      return `hears D and another in round ${move.round}, and goes there`;
    case "leader":
      return `hears that the leader D prepares ${value(move.value)}`;
    case "quorum":
      return `hears prepares of ${value(move.value)} in round ${move.round} from D and ${offer.others} others`;
  }
}

function votesOf(bits: number, rounds: number, value: (code: number) => string): string {
  const votes: string[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const [bit, step, code] of [
      [1, "prepare", 1],
      [2, "prepare", 2],
      [4, "commit", 1],
      [8, "commit", 2],
    ] as const) {
      if (bits & (bit << (4 * round))) votes.push(`${step} ${value(code)} in round ${round}`);
    }
  }
  return votes.join(", ");
}
