import type { ConsensusTracker } from "./consensus-tracker.js";
import type { TaskCounts } from "./task-counts.js";
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
  /** Lists tasks after this task id; undefined: from the newest. */
  readonly after: string | undefined;
}

export interface TaskPage {
  readonly tasks: readonly TaskView[];
  readonly more: boolean;
}

/**
 * One page of the tasks whose announcement is held, newest first, ties to the lower id. A status is that of the last
 * tick or change; a task whose status has changed by time since then is left out of a list of its old status.
 */
export function listTasks(
  tracker: ConsensusTracker,
  counts: TaskCounts,
  query: TaskQuery,
  atSeconds: number,
): TaskPage {
  const { taskType, beforeDeadline, limit, after } = query;
  const tasks: TaskView[] = [];
  const place = after === undefined ? undefined : counts.place(after);
  if (after !== undefined && place === undefined) return { tasks, more: false };
  const statuses = query.statuses.map((status) => TASK_STATUSES.indexOf(status));
  for (const taskId of counts.order.after(place, { statuses, taskType, beforeDeadline })) {
    const view = tracker.view(taskId, atSeconds);
    if (view === undefined) continue;
    if (statuses.length > 0 && !query.statuses.includes(view.status)) continue;
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
