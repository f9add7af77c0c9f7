import { type Due, DueHeap } from "../bounded/index.js";
import { TaskOrder, type TaskPlace } from "./task-order.js";
import { TASK_STATUSES, type TaskStatus, type TaskView } from "./views.js";

/** What the counts and the order of a task depend on. */
export type CountedTask = Pick<TaskView, "taskId" | "status" | "announced" | "announcement" | "taskType" | "t0">;

interface Row extends Due {
  readonly taskId: string;
  status: number;
  /** Undefined while its announcement is not held. */
  place: TaskPlace | undefined;
}

/**
 * Tasks checked in one turn for a change of status by time, so that a turn stays short; the rest follow in the next
 * turn.
 */
const PER_TURN = 1024;

/**
 * Counts of tasks by status, and their order for lists, updated with each change, so that no query visits all tasks. A
 * status changes with time at two moments: after the deadline and after the validation window. The task is checked
 * again then. Times are unix seconds.
 */
export class TaskCounts {
  readonly #validationWindowSeconds: number;
  /** By task; bounded by the tasks of the set. */
  readonly #rows = new Map<string, Row>();
  readonly #later = new DueHeap<Row>();
  readonly #counts: number[] = TASK_STATUSES.map(() => 0);
  readonly order = new TaskOrder();
  #newestSeconds = 0;
  /** A visit of all tasks, after a change of the weights or the clock. */
  #review: Iterator<string> | undefined;

  constructor(validationWindowSeconds: number) {
    this.#validationWindowSeconds = validationWindowSeconds;
  }

  /** Number of tasks with a record. */
  get total(): number {
    return this.#rows.size;
  }

  counts(): Readonly<Record<TaskStatus, number>> {
    const rows = TASK_STATUSES.map((status, at) => [status, this.#counts[at] ?? 0] as const);
    return Object.fromEntries(rows) as Record<TaskStatus, number>;
  }

  /** Where a task is in the order; undefined while its announcement is not held. */
  place(taskId: string): TaskPlace | undefined {
    return this.#rows.get(taskId)?.place;
  }

  /** Counts a task under its present status. */
  note(view: CountedTask, nowSeconds: number): void {
    const { taskId, status, announcement } = view;
    const found = TASK_STATUSES.indexOf(status);
    let row = this.#rows.get(taskId);
    if (row === undefined) {
      row = { taskId, status: found, place: undefined, due: 0, heapAt: -1 };
      this.#rows.set(taskId, row);
    } else {
      this.#later.remove(row);
      this.#add(row.status, -1);
      row.status = found;
    }
    this.#add(found, 1);
    this.#put(row, view, nowSeconds);
    if (announcement?.payload.kind !== "task") return;
    const { deadlineSeconds } = announcement.payload;
    const endSeconds = deadlineSeconds + this.#validationWindowSeconds;
    if (nowSeconds > endSeconds) return;
    row.due = nowSeconds > deadlineSeconds ? endSeconds + 1 : deadlineSeconds + 1;
    this.#later.add(row);
  }

  forget(taskId: string): void {
    const row = this.#rows.get(taskId);
    if (row === undefined) return;
    this.#rows.delete(taskId);
    this.#later.remove(row);
    this.#add(row.status, -1);
    if (row.place !== undefined) this.order.remove(row.place);
  }

  #put(row: Row, { taskId, taskType, t0, announced, announcement }: CountedTask, nowSeconds: number): void {
    const payload = announcement?.payload;
    const isOver = payload?.kind !== "task" || nowSeconds > payload.deadlineSeconds;
    const next = announced ? { taskId, timestampSeconds: t0, status: row.status, taskType, isOver } : undefined;
    if (isSame(row.place, next)) return;
    if (row.place !== undefined) this.order.remove(row.place);
    if (next !== undefined) this.order.add(next);
    row.place = next;
  }

  /** Checks every task again: the weights or the time changed. */
  reviewAll(): void {
    this.#review = this.#rows.keys();
  }

  /** Tasks to check and {@link note} now; each once. */
  due(nowSeconds: number): readonly string[] {
    // The clock was set back: statuses computed for a later time are wrong.
    if (nowSeconds < this.#newestSeconds) this.reviewAll();
    this.#newestSeconds = nowSeconds;
    const found: string[] = [];
    for (let row = this.#later.first(); row !== undefined && row.due <= nowSeconds; row = this.#later.first()) {
      if (found.length >= PER_TURN) return found;
      this.#later.remove(row);
      found.push(row.taskId);
    }
    while (this.#review !== undefined && found.length < PER_TURN) {
      const { value, done } = this.#review.next();
      if (done === true) this.#review = undefined;
      else found.push(value);
    }
    return found;
  }

  #add(status: number, step: 1 | -1): void {
    this.#counts[status] = (this.#counts[status] ?? 0) + step;
  }
}

function isSame(a: TaskPlace | undefined, b: TaskPlace | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  const isSameGroup = a.status === b.status && a.taskType === b.taskType && a.isOver === b.isOver;
  return isSameGroup && a.timestampSeconds === b.timestampSeconds;
}
