import type { Context } from "../context.js";
import type { EventLog } from "../event-log.js";
import type { ConsensusTracker } from "../fold/index.js";
import type { RecordSet } from "../set/index.js";
import type { StoredMember } from "../writes.js";
import { readStored } from "./judge.js";

export interface TaskLoadPorts {
  readonly context: Context;
  readonly set: RecordSet;
  readonly tracker: ConsensusTracker;
  readonly events: EventLog;
  /** Called when a task is in memory again. */
  loaded(taskId: string): void;
}

/** Loads closed tasks from the disk: at most `task_loads` at once, each task only once. */
export class TaskLoads {
  readonly #ports: TaskLoadPorts;
  readonly #under = new Set<string>();

  constructor(ports: TaskLoadPorts) {
    this.#ports = ports;
  }

  get size(): number {
    return this.#under.size;
  }

  /** Requests a load. False: no room now. {@link askStale} repeats it for a stale task, the caller for any other. */
  ask(taskId: string): boolean {
    const { context } = this.#ports;
    if (this.#under.has(taskId)) return true;
    if (this.#under.size >= context.limits.task_loads) {
      context.out.count("dropped", "task_loads");
      return false;
    }
    this.#under.add(taskId);
    context.out.emit({ kind: "load_task", taskId });
    return true;
  }

  /** Loads closed tasks that a record or a new registry made stale. */
  askStale(): void {
    const { context, tracker } = this.#ports;
    for (const taskId of tracker.stale(context.limits.task_loads)) this.ask(taskId);
  }

  loaded(taskId: string, records: readonly StoredMember[]): void {
    if (!this.#under.delete(taskId)) return;
    const { context, tracker, events, loaded } = this.#ports;
    const readable = records.flatMap((stored) => readStored(context, stored) ?? []);
    tracker.load(taskId, readable);
    events.touch(taskId);
    loaded(taskId);
  }

  /** Records of a task. Undefined: they are not in memory, and their load is requested. */
  recordsOf(taskId: string): readonly { readonly id: string; readonly type: number }[] | undefined {
    const { tracker, set } = this.#ports;
    if (!tracker.isClosed(taskId)) {
      const ids = [...tracker.records(taskId).map(({ id }) => id), ...tracker.certificates.ids(taskId)];
      return ids.map((id) => ({ id, type: set.entry(id)?.type ?? 0 }));
    }
    this.ask(taskId);
    return undefined;
  }
}
