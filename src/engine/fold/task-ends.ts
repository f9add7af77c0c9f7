import type { NetworkRules } from "../../protocol/rules.js";
import { DueHeap } from "../bounded/index.js";
import type { TaskState } from "./task-state.js";

/**
 * Tasks with their records in memory. A task that is not over can't be closed; the set bounds the number of these.
 * Above this cap the oldest finished tasks are closed at once instead of after {@link CLOSE_GRACE_SECONDS}.
 */
const LIVE_TASKS_MAX = 20_000;
/** How long a finished task stays in memory: late records mostly arrive within the hour. */
const CLOSE_GRACE_SECONDS = 3600;
/** Tasks closed in one turn, so that a tick stays short; the others follow in the next one. */
const CLOSED_AT_ONCE = 1024;

/** Live tasks by the end of their validation window, so that no tick visits all tasks. */
export class TaskEnds {
  readonly #windowSeconds: number;
  readonly #liveTasksMax: number;
  /** Tasks with an announcement. */
  readonly #ends = new DueHeap<TaskState>();

  constructor(rules: Pick<NetworkRules, "validationWindowSeconds">, liveTasksMax = LIVE_TASKS_MAX) {
    this.#windowSeconds = rules.validationWindowSeconds;
    this.#liveTasksMax = liveTasksMax;
  }

  /** The records of a live task changed. */
  note(state: TaskState): void {
    const deadline = state.announcement?.payload.deadlineSeconds;
    const due = deadline === undefined ? undefined : deadline + this.#windowSeconds;
    if (state.heapAt >= 0 && state.due === due) return;
    this.#ends.remove(state);
    if (due === undefined) return;
    state.due = due;
    this.#ends.add(state);
  }

  remove(state: TaskState): void {
    this.#ends.remove(state);
  }

  /** Removes and returns the tasks to close, oldest first. `live`: the number of live tasks. */
  take(nowSeconds: number, live: number): TaskState[] {
    const taken: TaskState[] = [];
    while (taken.length < CLOSED_AT_ONCE) {
      const state = this.#ends.first();
      if (state === undefined || nowSeconds <= state.due) break;
      const isPastGrace = nowSeconds > state.due + CLOSE_GRACE_SECONDS;
      if (!isPastGrace && live - taken.length <= this.#liveTasksMax) break;
      this.#ends.remove(state);
      taken.push(state);
    }
    return taken;
  }
}
