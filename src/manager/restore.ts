import type { Engine } from "../engine/index.js";
import type { RecordStore } from "../storage/types.js";

/** Events read at once while looking for the newest. */
const EVENTS_AT_ONCE = 1000;
/** Tasks whose records are read back at once: a task has a few hundred records at most, of half a KiB each. */
const TASKS_AT_ONCE = 64;

/**
 * Gives the engine back what the disk holds: the index of every member, the records of tasks that are not over, what is
 * kept beside the set. Answers the sequence of the newest stored event.
 */
export async function restore(engine: Engine, store: RecordStore, nowMs: number): Promise<number> {
  const nowSeconds = Math.floor(nowMs / 1000);
  const tasks = new Set<string>();
  for await (const entry of store.members()) {
    engine.restoreMember(entry);
    tasks.add(entry.taskId);
  }
  let group: string[] = [];
  for (const taskId of tasks) {
    group.push(taskId);
    if (group.length === TASKS_AT_ONCE) {
      await restoreTasks(engine, store, group, nowSeconds);
      group = [];
    }
  }
  await restoreTasks(engine, store, group, nowSeconds);
  for await (const { entry, envelope } of store.kept()) engine.restoreKept(entry, envelope);
  for await (const hash of store.bodyHashes()) engine.restoreBody(hash);
  const sequence = await newestEvent(store);
  engine.restoreSequence(sequence);
  return sequence;
}

async function restoreTasks(engine: Engine, store: RecordStore, taskIds: readonly string[], nowSeconds: number): Promise<void> {
  const all = await Promise.all(taskIds.map((taskId) => store.taskRecords(taskId)));
  all.forEach((records, i) => {
    engine.restoreTask(taskIds[i] as string, records, nowSeconds);
  });
}

async function newestEvent(store: RecordStore): Promise<number> {
  let newest = 0;
  for (;;) {
    const events = await store.events(newest, EVENTS_AT_ONCE);
    const last = events.at(-1);
    if (last === undefined) return newest;
    newest = last.sequence;
  }
}
