import { TASK_TYPES } from "../../protocol/records.js";
import { TASK_STATUSES } from "./views.js";

/** Tasks of so many seconds are sorted together, so that an insertion moves few of them. */
const SPAN_SECONDS = 600;

/** Where an announced task is in the order. */
export interface TaskPlace {
  readonly taskId: string;
  /** Of the announcement, unix seconds. */
  readonly timestampSeconds: number;
  /** Index in TASK_STATUSES. */
  readonly status: number;
  /** Index in TASK_TYPES. */
  readonly taskType: number;
  /** The deadline has passed. */
  readonly isOver: boolean;
}

/** Which tasks to list. */
export interface TaskSelection {
  /** Indices in TASK_STATUSES; empty: all. */
  readonly statuses: readonly number[];
  /** Undefined: all. */
  readonly taskType: number | undefined;
  /** Only tasks whose deadline has not passed. */
  readonly beforeDeadline: boolean;
}

/** The places of tasks that one selection always lists together. */
interface Group {
  /** By span; each newest first. */
  readonly spans: Map<number, TaskPlace[]>;
  /** The numbers of the spans, descending; undefined after a span was added or removed. */
  order: number[] | undefined;
}

/**
 * Announced tasks, newest first, ties to the lower id. The cost of a page does not grow with the number of tasks: tasks
 * of one status, type and side of their deadline are a group, and a page merges the groups that it lists.
 */
export class TaskOrder {
  /** By {@link groupOf}. Bounded by the announcements of the set. */
  readonly #groups: Group[] = Array.from({ length: 2 * TASK_STATUSES.length * TASK_TYPES.length }, () => ({
    spans: new Map(),
    order: undefined,
  }));

  add(place: TaskPlace): void {
    const group = this.#groups[groupOf(place)] as Group;
    const span = spanOf(place);
    const places = group.spans.get(span);
    if (places !== undefined) {
      places.splice(position(places, place), 0, place);
      return;
    }
    group.spans.set(span, [place]);
    group.order = undefined;
  }

  remove(place: TaskPlace): void {
    const group = this.#groups[groupOf(place)] as Group;
    const span = spanOf(place);
    const places = group.spans.get(span);
    const at = places === undefined ? 0 : position(places, place);
    const held = places?.[at];
    if (places === undefined || held === undefined || order(held, place) !== 0) return;
    places.splice(at, 1);
    if (places.length > 0) return;
    group.spans.delete(span);
    group.order = undefined;
  }

  /** The ids of selected tasks after a place, or from the newest on. The order must not change meanwhile. */
  *after(place: TaskPlace | undefined, selection: TaskSelection): Generator<string> {
    const first = place === undefined ? Number.POSITIVE_INFINITY : spanOf(place);
    const cursors = this.#selected(selection).map((group) => new GroupCursor(group, first));
    for (;;) {
      const span = Math.max(...cursors.map((cursor) => cursor.span));
      if (span === Number.NEGATIVE_INFINITY) return;
      const places = cursors.filter((cursor) => cursor.span === span).flatMap((cursor) => cursor.take());
      for (const each of places.sort(order)) if (place === undefined || order(place, each) < 0) yield each.taskId;
    }
  }

  #selected({ statuses, taskType, beforeDeadline }: TaskSelection): Group[] {
    const wanted = statuses.length > 0 ? statuses : TASK_STATUSES.keys();
    const types = taskType === undefined ? [...TASK_TYPES.keys()] : [taskType];
    const sides = beforeDeadline ? [false] : [false, true];
    return [...wanted].flatMap((status) =>
      types.flatMap((type) =>
        sides.flatMap((isOver) => this.#groups[groupOf({ status, taskType: type, isOver })] ?? []),
      ),
    );
  }
}

/** Goes through the spans of a group, newest first. */
class GroupCursor {
  readonly #group: Group;
  readonly #order: readonly number[];
  #at: number;

  /** Starts at the newest span that is not newer than `first`. */
  constructor(group: Group, first: number) {
    group.order ??= [...group.spans.keys()].sort((a, b) => b - a);
    this.#group = group;
    this.#order = group.order;
    let [low, high] = [0, this.#order.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#order[middle] as number) > first) low = middle + 1;
      else high = middle;
    }
    this.#at = low;
  }

  /** Minus infinity at the end. */
  get span(): number {
    return this.#order[this.#at] ?? Number.NEGATIVE_INFINITY;
  }

  take(): readonly TaskPlace[] {
    const places = this.#group.spans.get(this.span) ?? [];
    this.#at++;
    return places;
  }
}

function groupOf({ status, taskType, isOver }: Pick<TaskPlace, "status" | "taskType" | "isOver">): number {
  return (status * TASK_TYPES.length + taskType) * 2 + (isOver ? 1 : 0);
}

function spanOf({ timestampSeconds }: TaskPlace): number {
  return Math.floor(timestampSeconds / SPAN_SECONDS);
}

function order(a: TaskPlace, b: TaskPlace): number {
  return b.timestampSeconds - a.timestampSeconds || (a.taskId < b.taskId ? -1 : a.taskId > b.taskId ? 1 : 0);
}

/** The index of a place, or where it belongs. */
function position(places: readonly TaskPlace[], place: TaskPlace): number {
  let [low, high] = [0, places.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (order(places[middle] as TaskPlace, place) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
