/**
 * Checkpoints: the packed records of a task in one value on the disk, so that a start reads no records one by one.
 *
 * In: `changed` and `gone` name tasks whose members change, `tick` writes the checkpoints of tasks that are quiet,
 * `restore` takes stored checkpoints at a start. Out: the writes `put_checkpoint` and `drop_checkpoint`. An empty
 * checkpoint says that the records of the task have to be read; it is in the same write as the first change after a
 * checkpoint, so a crash leaves no checkpoint of an older state (docs/decisions/0016-start.md).
 *
 * Bounds: `RECORDS_PER_TICK` records are encoded in a tick. The tasks of the set bound the tasks that wait.
 *
 * Under overload: a task that changes all the time gets no checkpoint, and a start reads its records.
 */
export { type CheckpointRefusal, TaskCheckpoints } from "./task-checkpoints.js";
