import type { RecordStore } from "../../storage/index.js";

/** The task of a member; undefined if the set no longer has it. */
export type TaskOf = (id: string) => string | undefined;

/** The names under which the store has these records. Records that have left the set are left out. */
export function refsOf(ids: readonly string[], taskOf: TaskOf): Parameters<RecordStore["records"]>[0] {
  return ids.flatMap((id) => {
    const taskId = taskOf(id);
    return taskId === undefined ? [] : [{ id, taskId }];
  });
}
