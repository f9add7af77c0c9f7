import type { RecordSet } from "../set/index.js";
import type { ConsensusTracker } from "./consensus-tracker.js";
import type { TaskStatus, TaskView } from "./views.js";

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

interface Announced {
  readonly id: string;
  readonly timestampSeconds: number;
}

/**
 * Tasks whose announcement is held, newest first, ties to the lower id; starts after `after`. It walks window by
 * window, so that the cost of a page does not grow with the set.
 */
function* announced(set: RecordSet, after: Announced | undefined): Generator<Announced> {
  const windows = new Set<number>();
  const strands = set.strands();
  for (const strand of strands) for (const window of set.windows(strand)) windows.add(window);
  const from = after === undefined ? Number.POSITIVE_INFINITY : (set.entry(after.id)?.window ?? -1);
  for (const window of [...windows].filter((held) => held <= from).sort((a, b) => b - a)) {
    const tasks: Announced[] = [];
    for (const strand of strands) {
      for (const id of set.windowIds(strand, window)) {
        const entry = set.entry(id);
        if (entry?.taskId === id) tasks.push({ id, timestampSeconds: entry.timestampSeconds });
      }
    }
    for (const task of tasks.sort(order)) if (after === undefined || order(after, task) < 0) yield task;
  }
}

function order(a: Announced, b: Announced): number {
  return b.timestampSeconds - a.timestampSeconds || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

export function listTasks(tracker: ConsensusTracker, set: RecordSet, query: TaskQuery, atSeconds: number): TaskPage {
  const { statuses, beforeDeadline, taskType, limit, after } = query;
  const tasks: TaskView[] = [];
  const last = after === undefined ? undefined : set.entry(after);
  if (after !== undefined && last?.taskId !== after) return { tasks, more: false };
  for (const { id } of announced(set, last)) {
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
