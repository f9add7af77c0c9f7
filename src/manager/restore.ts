import type { ChainFacts } from "../engine/chain-facts.js";
import type { Engine } from "../engine/index.js";
import type { RecordStore } from "../storage/types.js";

/** Events read at once while looking for the newest. */
const EVENTS_AT_ONCE = 1000;
/** Tasks whose records are read back at once: a task has a few hundred records at most, of half a KiB each. */
const TASKS_AT_ONCE = 64;

/**
 * Gives the engine back what the disk holds: members with their records, task by task, what is kept beside the set, which
 * bodies are here. An index entry without its envelope is no member: the next exchange fetches it again.
 * Answers the sequence of the newest stored event.
 */
export async function restore(engine: Engine, store: RecordStore, facts: ChainFacts, nowMs: number): Promise<number> {
  engine.step({ kind: "chain", facts }, nowMs);
  const tasks = new Set<string>();
  for await (const entry of store.members()) tasks.add(entry.taskId);
  let group: string[] = [];
  for (const taskId of tasks) {
    group.push(taskId);
    if (group.length === TASKS_AT_ONCE) {
      await restoreTasks(engine, store, group);
      group = [];
    }
  }
  await restoreTasks(engine, store, group);
  for await (const { entry, envelope } of store.kept()) engine.restoreKept(entry, envelope);
  for await (const { hash, taskId } of store.bodies()) engine.restoreBody(hash, taskId);
  const sequence = await newestEvent(store);
  engine.restoreSequence(sequence);
  return sequence;
}

async function restoreTasks(engine: Engine, store: RecordStore, taskIds: readonly string[]): Promise<void> {
  const all = await Promise.all(taskIds.map((taskId) => store.taskRecords(taskId)));
  all.forEach((records, i) => {
    for (const { entry } of records) engine.restoreMember(entry);
    engine.restoreTask(taskIds[i] as string, records);
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
