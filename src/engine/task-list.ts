import type { ConsensusTracker } from "./consensus-tracker.js";
import type { RecordSet } from "./record-set.js";
import { TASK_STATUSES, type TaskStatus, type TaskView } from "./views.js";

export interface TaskQuery {
  /** Statuses to list; empty: all. */
  readonly statuses: readonly TaskStatus[];
  /** Only tasks whose deadline is not over. */
  readonly beforeDeadline: boolean;
  /** 0..5; undefined: all. */
  readonly taskType: number | undefined;
  /** At least 1; the caller caps it. */
  readonly limit: number;
  /** Task id after which to go on; undefined: from the newest. */
  readonly after: string | undefined;
}

export interface TaskPage {
  readonly tasks: readonly TaskView[];
  readonly more: boolean;
}

interface Announced {
  readonly id: string;
  readonly timestampSeconds: number;
}

/** Tasks whose announcement is held, newest first, ties to the lower id. */
function announced(tracker: ConsensusTracker, set: RecordSet): Announced[] {
  return tracker
    .taskIds()
    .flatMap((id) => {
      const entry = set.entry(id);
      return entry === undefined ? [] : [{ id, timestampSeconds: entry.timestampSeconds }];
    })
    .sort((a, b) => b.timestampSeconds - a.timestampSeconds || (a.id < b.id ? -1 : 1));
}

export function listTasks(tracker: ConsensusTracker, set: RecordSet, query: TaskQuery, atSeconds: number): TaskPage {
  const { statuses, beforeDeadline, taskType, limit, after } = query;
  const order = announced(tracker, set);
  const from = after === undefined ? 0 : order.findIndex(({ id }) => id === after) + 1;
  const tasks: TaskView[] = [];
  if (after !== undefined && from === 0) return { tasks, more: false };
  for (const { id } of order.slice(from)) {
    const view = tracker.view(id, atSeconds);
    if (view === undefined || (taskType !== undefined && view.taskType !== taskType)) continue;
    if (statuses.length > 0 && !statuses.includes(view.status)) continue;
    if (beforeDeadline && isOver(view, atSeconds)) continue;
    if (tasks.length >= limit) return { tasks, more: true };
    tasks.push(view);
  }
  return { tasks, more: false };
}

function isOver({ announcement }: TaskView, atSeconds: number): boolean {
  const payload = announcement?.payload;
  return payload?.kind !== "task" || atSeconds > payload.deadlineSeconds;
}

export function countTasks(tracker: ConsensusTracker, atSeconds: number): Readonly<Record<TaskStatus, number>> {
  const counts = Object.fromEntries(TASK_STATUSES.map((status) => [status, 0])) as Record<TaskStatus, number>;
  const ids = tracker.taskIds();
  tracker.foldAll(ids);
  for (const id of ids) {
    const view = tracker.view(id, atSeconds);
    if (view !== undefined) counts[view.status]++;
  }
  return counts;
}
