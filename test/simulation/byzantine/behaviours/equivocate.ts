import type { Made } from "../author.js";
import type { Behaviour, Powers } from "../behaviour.js";

const CHANCE = 0.15;
/** A node makes 12 alerts a minute: with several peers the alerts of a run take few minutes. */
const PAIRS_MAX = 2;
/** A slot that the next numbers of the author do not reach. */
const FIRST_SLOT = 40;

/** Signs two records that contradict each other, and shows one to each half. */
abstract class Equivocate implements Behaviour {
  readonly powers: Powers;
  #pairs = 0;

  constructor(powers: Powers) {
    this.powers = powers;
  }

  step(): void {
    const { random } = this.powers;
    if (this.#pairs >= PAIRS_MAX || !random.chance(CHANCE)) return;
    const made = this.pair(this.#pairs);
    if (made === undefined) return;
    this.#pairs++;
    const [first, second] = made.map((one) => this.powers.keep(one)) as [
      ReturnType<Powers["keep"]>,
      ReturnType<Powers["keep"]>,
    ];
    const halves = ([0, 1] as const).map((half) =>
      this.powers.peers().filter((peer) => this.powers.half(peer) === half),
    );
    this.powers.publish([first], halves[0]);
    this.powers.publish([second], halves[1]);
    this.powers.contradicted([first, second]);
    this.powers.acted(`${first.id.slice(0, 8)} to one half, ${second.id.slice(0, 8)} to the other`);
  }

  /** The next pair; undefined: there is nothing to contradict now. */
  protected abstract pair(index: number): readonly [Made, Made] | undefined;
}

/** See `equivocate_slot` in the kinds. */
export class EquivocateSlot extends Equivocate {
  protected pair(index: number): readonly [Made, Made] | undefined {
    const { author, random, shelf, nowMs } = this.powers;
    const number = FIRST_SLOT + index;
    const task = shelf.pick(
      random,
      ({ payload }) => payload.kind === "task" && payload.deadlineSeconds * 1000 > nowMs(),
    );
    if (task === undefined || random.chance(0.5)) {
      const taskType = random.below(6);
      return [author.task({ number, taskType }), author.task({ number, taskType })];
    }
    return [author.submission(task.task, { number }), author.submission(task.task, { number })];
  }
}

/** See `equivocate_subject` in the kinds. */
export class EquivocateSubject extends Equivocate {
  protected pair(): readonly [Made, Made] | undefined {
    const { random, shelf, nowMs } = this.powers;
    // Each pair is of a key of its own: a key is excluded from a task once.
    const author = this.powers.newAuthor();
    const submission = shelf.pick(random, ({ payload }) => payload.kind === "submission");
    if (submission !== undefined && random.chance(0.5)) {
      const { id, task } = submission;
      return [author.validation(id, task, 10), author.validation(id, task, 90)];
    }
    const task = shelf.pick(
      random,
      ({ payload }) => payload.kind === "task" && payload.deadlineSeconds * 1000 > nowMs(),
    );
    return task === undefined ? undefined : [author.submission(task.task), author.submission(task.task)];
  }
}
