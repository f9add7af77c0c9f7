import type { Engine, StoredMember, StoreWrite, WindowState } from "../../engine/index.js";
import { toHex } from "../../protocol/bytes.js";
import { certificateIdOf } from "../../protocol/certificate.js";
import { headOf, MessageType, payloadOf, recordId } from "../../protocol/envelope.js";
import { NetworkError } from "../../protocol/errors.js";
import type { Blake3 } from "../../protocol/hash.js";
import type { Lost, RecordStore } from "../../storage/index.js";

/** Tasks read at once: a task has at most a few hundred records of half a KiB each. */
const TASKS_AT_ONCE = 64;
/** Own records read at once. */
const OWN_AT_ONCE = 256;
const EMPTY = new Uint8Array(0);

export interface TaskRestorePorts {
  readonly store: RecordStore;
  readonly blake3: Blake3;
  readonly genesis: Uint8Array;
  /** Takes members, among them all by own authors, in parts. */
  readonly members: (records: readonly StoredMember[]) => Promise<void>;
}

/**
 * Why a start read all records: there is no checkpoint, a part of the database is unreadable, or the windows of the set
 * differ from the stored ones.
 */
export type CheckpointFault = "absent" | "unreadable" | "differing";

/** What the checkpoints of a start gave. */
export interface CheckpointReport {
  /** Tasks of whose checkpoint the records were taken. */
  readonly used: number;
  /** Tasks that changed since their checkpoint: their records were read. */
  readonly pending: number;
  /** Damaged checkpoints: the records of the tasks were read. */
  readonly refused: number;
  readonly fault: CheckpointFault | undefined;
}

/**
 * Gives the engine the tasks by their checkpoints, and reads the records of the others. With a fault the engine has not
 * got the set, and a new engine has to read all records.
 */
export async function restoreByCheckpoints(
  ports: TaskRestorePorts,
  engine: Engine,
): Promise<CheckpointReport & { readonly leftOut: number }> {
  const { store } = ports;
  const windows: WindowState[] = [];
  for await (const window of store.windows()) windows.push(window);
  engine.checkpoints.reserve(windows.reduce((sum, { count }) => sum + count, 0));
  const wanted: string[] = [];
  let used = 0;
  let refused = 0;
  for await (const { taskId, bytes } of store.checkpoints()) {
    if (bytes.length > 0 && engine.checkpoints.restore(taskId, bytes) === undefined) used++;
    else wanted.push(taskId);
    if (bytes.length > 0 && wanted.at(-1) === taskId) refused++;
  }
  const counts = { used, pending: wanted.length - refused, refused };
  if (used + wanted.length === 0) return { ...counts, fault: "absent", leftOut: 0 };
  let leftOut = 0;
  for (let at = 0; at < wanted.length && !store.losses.unreadable; at += TASKS_AT_ONCE) {
    const taskIds = wanted.slice(at, at + TASKS_AT_ONCE);
    const records = (await Promise.all(taskIds.map((taskId) => store.taskRecords(taskId)))).flat();
    const whole = records.filter((record) => isWhole(ports, record));
    leftOut += records.length - whole.length;
    await restoreTasks(ports, engine, whole);
  }
  if (store.losses.unreadable) return { ...counts, fault: "unreadable", leftOut };
  if (!hasAllWindows(windows, engine)) return { ...counts, fault: "differing", leftOut };
  engine.checkpoints.finish();
  await readOwn(ports, engine);
  return { ...counts, fault: undefined, leftOut };
}

/** Whether the set has the windows that were stored with its records. */
function hasAllWindows(windows: readonly WindowState[], { checkpoints }: Engine): boolean {
  return windows.length === checkpoints.windowCount && windows.every((window) => checkpoints.hasWindow(window));
}

/** Gives `members` the envelopes of the records by own authors. */
async function readOwn({ store, members }: TaskRestorePorts, engine: Engine): Promise<void> {
  const entries = [...engine.checkpoints.ownMembers()];
  for (let at = 0; at < entries.length; at += OWN_AT_ONCE) {
    const part = entries.slice(at, at + OWN_AT_ONCE);
    const envelopes = await store.records(part);
    await members(
      part.flatMap((entry, index) => {
        const envelope = envelopes[index];
        return envelope === undefined ? [] : [{ entry, envelope }];
      }),
    );
  }
}

/** `leftOut`: records without their envelope. `unmarked`: the error of a disk that did not take the marks. */
export interface RecordsReport {
  readonly leftOut: number;
  readonly unmarked: NetworkError | undefined;
}

/** Gives the engine all records. Marks the checkpoints on the disk, which may be wrong, so that no task has one. */
export async function restoreRecords(ports: TaskRestorePorts, engine: Engine): Promise<RecordsReport> {
  const { store } = ports;
  let leftOut = 0;
  let unmarked: NetworkError | undefined;
  let last: string | undefined;
  let taskIds = new Set<string>();
  let records: StoredMember[] = [];
  const take = async (): Promise<void> => {
    await restoreTasks(ports, engine, records);
    const marks = [...taskIds].map((taskId): StoreWrite => ({ kind: "put_checkpoint", taskId, bytes: EMPTY }));
    unmarked = (await writeAll(store, marks)) ?? unmarked;
    taskIds = new Set();
    records = [];
  };
  // The records of a task come one after another.
  for await (const record of store.members()) {
    const { taskId } = record.entry;
    if (taskId !== last && taskIds.size >= TASKS_AT_ONCE) await take();
    last = taskId;
    taskIds.add(taskId);
    if (isWhole(ports, record)) records.push(record);
    else leftOut++;
  }
  await take();
  unmarked = (await dropOthers(store, engine)) ?? unmarked;
  return { leftOut, unmarked };
}

/** Drops the checkpoints of tasks without a record. */
async function dropOthers(store: RecordStore, engine: Engine): Promise<NetworkError | undefined> {
  const others: StoreWrite[] = [];
  for await (const { taskId } of store.checkpoints()) {
    if (!engine.checkpoints.hasTask(taskId)) others.push({ kind: "drop_checkpoint", taskId });
  }
  return writeAll(store, others);
}

/** Returns the error of a disk that takes no writes. It does not stop a start: the next one reads all records again. */
async function writeAll(store: RecordStore, writes: readonly StoreWrite[]): Promise<NetworkError | undefined> {
  if (writes.length === 0) return undefined;
  try {
    await store.apply(writes, { sync: false });
    return undefined;
  } catch (error) {
    if (error instanceof NetworkError) return error;
    throw error;
  }
}

async function restoreTasks(
  { members }: TaskRestorePorts,
  engine: Engine,
  records: readonly StoredMember[],
): Promise<void> {
  const tasks = new Map<string, StoredMember[]>();
  for (const record of records) {
    const { entry } = record;
    engine.restoreMember(entry);
    const held = tasks.get(entry.taskId);
    if (held === undefined) tasks.set(entry.taskId, [record]);
    else held.push(record);
  }
  engine.restoreTasks(tasks);
  await members(records);
}

/** Tells the engine which bodies a rebuild dropped. */
export async function loseBodies(store: RecordStore, engine: Engine, lose: (lost: Lost) => void): Promise<void> {
  const lost = new Set(engine.heldBodies());
  for await (const { hash } of store.bodies()) lost.delete(hash);
  if (lost.size > 0) lose({ records: [], bodies: [...lost] });
}

/** Whether the envelope is the record of the entry. Its signature was verified before it was stored. */
export function isWhole(
  { blake3, genesis }: Pick<TaskRestorePorts, "blake3" | "genesis">,
  { entry, envelope }: StoredMember,
): boolean {
  if (entry.type === MessageType.Certificate) {
    return certificateIdOf(blake3, genesis, payloadOf(envelope)) === entry.id;
  }
  return toHex(recordId(blake3, genesis, headOf(envelope))) === entry.id;
}
