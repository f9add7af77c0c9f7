import type { Acceptance } from "../../../../src/engine/index.js";
import type { Behaviour, Powers } from "../behaviour.js";
import type { PeerRecord } from "../records.js";
import type { ListedWindow } from "../shelf.js";

/** See `withhold` in the kinds. */
export class Withhold implements Behaviour {
  readonly #powers: Powers;
  /** Authors whose keys have this last digit modulo four are withheld. */
  readonly #part: number;

  constructor(powers: Powers) {
    this.#powers = powers;
    this.#part = powers.random.below(4);
  }

  step(): void {}

  heard(): Acceptance {
    this.#powers.acted("forwards nothing");
    return "ignore";
  }

  lists(_peer: string, _strand: string, windows: readonly ListedWindow[]): readonly ListedWindow[] {
    return only(windows, (id) => !this.#isWithheld(this.#powers.shelf.get(id)));
  }

  serves(_peer: string, records: readonly PeerRecord[]): readonly PeerRecord[] {
    return records.filter((record) => !this.#isWithheld(record));
  }

  servesBody(): boolean {
    this.#powers.acted("serves no body");
    return false;
  }

  #isWithheld(record: PeerRecord | undefined): boolean {
    return record !== undefined && Number.parseInt(record.author.slice(-1), 16) % 4 === this.#part;
  }
}

const REVEAL_CHANCE = 0.1;

/** See `reveal_half` in the kinds. */
export class RevealHalf implements Behaviour {
  readonly #powers: Powers;
  readonly #half: 0 | 1;
  /** Records that only one half may see. */
  readonly #hidden = new Set<string>();

  constructor(powers: Powers) {
    this.#powers = powers;
    this.#half = powers.random.chance(0.5) ? 0 : 1;
  }

  step(): void {
    const { random, author, shelf, peers, half } = this.#powers;
    if (!random.chance(REVEAL_CHANCE)) return;
    const task = shelf.pick(random, ({ payload }) => payload.kind === "task");
    const made = task === undefined || random.chance(0.5) ? author.task() : author.submission(task.task);
    const record = this.#powers.keep(made);
    this.#hidden.add(record.id);
    const shown = peers().filter((peer) => half(peer) === this.#half);
    // Some are shown by sync only: a node that hears gossip forwards it.
    if (random.chance(0.5)) this.#powers.publish([record], shown.slice(0, 1));
    this.#powers.acted(`${record.id.slice(0, 8)} to one half`);
  }

  lists(peer: string, _strand: string, windows: readonly ListedWindow[]): readonly ListedWindow[] {
    return this.#powers.half(peer) === this.#half ? windows : only(windows, (id) => !this.#hidden.has(id));
  }

  serves(peer: string, records: readonly PeerRecord[]): readonly PeerRecord[] {
    return this.#powers.half(peer) === this.#half ? records : records.filter(({ id }) => !this.#hidden.has(id));
  }
}

/** The windows with some of their ids; a window without ids is not listed. */
function only(windows: readonly ListedWindow[], good: (id: string) => boolean): readonly ListedWindow[] {
  return windows.map(({ window, ids }) => ({ window, ids: ids.filter(good) })).filter(({ ids }) => ids.length > 0);
}
