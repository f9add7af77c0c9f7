/** The tasks of a start: from the records on the disk, or from checkpoints. */

import { MessageType } from "../protocol/envelope.js";
import type { EngineCore } from "./core.js";
import { readCertificate, readStored } from "./intake/index.js";
import type { StoredMember } from "./writes.js";

/** Takes the stored members of a task. Returns how many are unreadable; these are left out. */
export function restoreTask(core: EngineCore, stored: readonly StoredMember[]): number {
  const { context, tracker } = core;
  let unread = stored.length;
  for (const each of stored) {
    const { type, taskId } = each.entry;
    core.checkpoints.read(taskId);
    core.voters.changed(taskId);
    const fact = type === MessageType.Certificate ? readCertificate(context, each) : undefined;
    if (fact === undefined) continue;
    tracker.addCertificate(taskId, fact);
    unread--;
  }
  const read = stored.flatMap((each) => readStored(context, each) ?? []);
  const applied = read.map((record) => ({ record, ...tracker.add(record) }));
  for (const { record } of applied) {
    core.wantTask(record, undefined);
    core.bodyTracker.restored(record);
  }
  return unread - read.length;
}

/** Takes the results and the missing bodies of the tasks that checkpoints restored. */
export function finishCheckpoints(core: EngineCore): void {
  const { tracker } = core;
  for (const taskId of core.checkpoints.restored()) {
    for (const record of tracker.packed.withBodies(taskId)) core.bodyTracker.restored(record);
    if (!core.set.has(taskId)) for (const record of tracker.records(taskId)) core.wantTask(record, undefined);
    core.voters.changed(taskId);
    core.events.remember(taskId);
  }
}
