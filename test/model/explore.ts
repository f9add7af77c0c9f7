import { SENT_CODES } from "./member-code.js";
import { type Canary, MemberMoves, type Move, movesOf } from "./moves.js";
import { describeSchedule, type Taken } from "./schedule.js";
import { VisitedSet } from "./visited-set.js";
import { canonical, certifiable, control, isDoubleVote, offerFor, START, sent, type World } from "./world-state.js";

export interface ExploreOptions {
  readonly canary: Canary;
  /** 1 to 4. */
  readonly rounds: number;
  readonly maxStates: number;
  readonly maxSeconds: number;
  readonly nowMs: () => number;
}

export interface ExploreReport {
  readonly states: number;
  readonly depth: number;
  /** Whether every reachable state was visited. */
  readonly complete: boolean;
  readonly transitions: number;
  /** Different steps of the node's code; a step that was seen before is not run again. */
  readonly steps: number;
  readonly seconds: number;
  /** States in which a value has a certificate. */
  readonly certified: number;
  readonly conflict:
    | { readonly kind: "certificates" | "double vote"; readonly schedule: readonly string[] }
    | undefined;
}

/** Worlds in the order of their discovery, without those of finished levels. */
class Level {
  readonly #chunks: Float64Array[] = [];
  size = 0;

  push(world: World): void {
    const at = this.size % CHUNK;
    if (at === 0) this.#chunks.push(new Float64Array(3 * CHUNK));
    this.#chunks.at(-1)?.set(world, 3 * at);
    this.size++;
  }

  get(index: number): World {
    const chunk = this.#chunks[Math.floor(index / CHUNK)] as Float64Array;
    const at = 3 * (index % CHUNK);
    return [chunk[at] as number, chunk[at + 1] as number, chunk[at + 2] as number];
  }
}

const CHUNK = 1 << 16;
/** States between two looks at the clock. */
const CLOCK_EVERY = 4096;

/** Breadth first, so a schedule that it finds is a shortest one. */
export class Explorer {
  readonly #options: ExploreOptions;
  readonly #moves: readonly Move[];
  readonly #members: MemberMoves;
  readonly #visited: VisitedSet;
  /** For each state the index of the state before, and member * moves + move: 5 bytes for the schedule. */
  readonly #parents: Uint32Array;
  readonly #taken: Uint8Array;
  #transitions = 0;
  #certified = 0;

  constructor(options: ExploreOptions) {
    this.#options = options;
    this.#moves = movesOf(options.rounds);
    this.#members = new MemberMoves(options.canary);
    this.#visited = new VisitedSet(options.maxStates);
    this.#parents = new Uint32Array(options.maxStates);
    this.#taken = new Uint8Array(options.maxStates);
  }

  run(): ExploreReport {
    const { nowMs, maxSeconds } = this.#options;
    const startMs = nowMs();
    const seconds = () => (nowMs() - startMs) / 1000;
    let level = new Level();
    this.#visited.add(...START);
    level.push(START);
    for (let depth = 0, first = 0; ; depth++) {
      const next = new Level();
      for (let i = 0; i < level.size; i++) {
        const found = this.#expand(level.get(i), first + i, next);
        if (found !== undefined) return this.#report(depth + 1, false, seconds(), found);
        const stop = this.#visited.size + 128 > this.#options.maxStates;
        if (stop || (i % CLOCK_EVERY === 0 && seconds() > maxSeconds)) return this.#report(depth, false, seconds());
      }
      if (next.size === 0) return this.#report(depth, true, seconds());
      first += level.size;
      level = next;
    }
  }

  /** Whether a world, or one that differs in the names of members and values, was visited. */
  has(members: World): boolean {
    return this.#visited.has(...canonical(members).world);
  }

  /** Adds the worlds after one move. Returns what was found in one of them. */
  #expand(world: World, index: number, next: Level): ExploreReport["conflict"] {
    const { rounds, canary } = this.#options;
    const { quorum } = this.#members;
    for (let member = 0; member < 3; member++) {
      const before = world[member] as number;
      for (const [number, move] of this.#moves.entries()) {
        const offer = offerFor(world, member, move, rounds, quorum);
        if (offer === undefined) continue;
        const outcome = this.#members.apply(control(before), number, move, offer);
        const after = outcome.control * SENT_CODES + (sent(before) | outcome.sent);
        if (after === before) continue;
        this.#transitions++;
        const changed: [number, number, number] = [...world];
        changed[member] = after;
        const reached = canonical(changed).world;
        const place = this.#visited.size;
        if (!this.#visited.add(...reached)) continue;
        this.#parents[place] = index;
        this.#taken[place] = member * this.#moves.length + number;
        next.push(reached);
        const values = certifiable(reached, rounds, quorum);
        if (values > 0) this.#certified++;
        if (values > 1) return { kind: "certificates", schedule: this.#schedule(place) };
        if (canary === "none" && isDoubleVote(reached)) return { kind: "double vote", schedule: this.#schedule(place) };
      }
    }
    return undefined;
  }

  #report(depth: number, complete: boolean, seconds: number, conflict?: ExploreReport["conflict"]): ExploreReport {
    const { size } = this.#visited;
    const transitions = this.#transitions;
    const { steps } = this.#members;
    return { states: size, depth, complete, transitions, steps, seconds, certified: this.#certified, conflict };
  }

  #schedule(place: number): string[] {
    const path: Taken[] = [];
    for (let at = place; at > 0; at = this.#parents[at] as number) {
      const taken = this.#taken[at] as number;
      const number = taken % this.#moves.length;
      path.unshift({ member: Math.floor(taken / this.#moves.length), number });
    }
    return describeSchedule(path, this.#moves, this.#members, this.#options.rounds);
  }
}
