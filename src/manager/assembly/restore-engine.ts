import { type ChainFacts, type Engine, SCORES_META_KEY, type StoredMember } from "../../engine/index.js";
import { toHex } from "../../protocol/bytes.js";
import { certificateIdOf } from "../../protocol/certificate.js";
import { headOf, MessageType, payloadOf, recordId } from "../../protocol/envelope.js";
import { NetworkError } from "../../protocol/errors.js";
import type { Blake3 } from "../../protocol/hash.js";
import type { RecordStore } from "../../storage/index.js";
import type { Log } from "../log.js";
import { lastEventNumber } from "./event-numbers.js";

/** Tasks read at once: a task has at most a few hundred records of half a KiB each. */
const TASKS_AT_ONCE = 64;

export interface RestorePorts {
  readonly engine: Pick<
    Engine,
    | "step"
    | "restoreMember"
    | "restoreTasks"
    | "restoreKept"
    | "restoreBody"
    | "restored"
    | "heldBodies"
    | "restoreSequence"
    | "restoreScores"
  >;
  readonly store: RecordStore;
  readonly blake3: Blake3;
  readonly genesis: Uint8Array;
  readonly facts: ChainFacts;
  readonly nowMs: number;
  /** Takes all members, in parts. */
  readonly members: (records: readonly StoredMember[]) => Promise<void>;
  readonly log: Log;
}

export interface Restored {
  /** The number after which events continue; 0 before the first. */
  readonly sequence: number;
  /** Records whose envelope is damaged. */
  readonly leftOut: number;
  /** False when the stored peer scores could not be read. */
  readonly scoresKept: boolean;
  /** `done`: unreadable parts were dropped and the database was rebuilt from the rest. An error: the rebuild failed. */
  readonly rebuilt: "not_needed" | "done" | NetworkError;
}

/**
 * Gives the engine the stored state: the hashes of held bodies, members with their records, task by task, and kept
 * messages. A record that can't be read, or whose envelope is that of another record, is left out: the next exchange
 * fetches it again.
 */
export async function restore(ports: RestorePorts): Promise<Restored> {
  const { engine, store, facts, nowMs } = ports;
  engine.step({ kind: "chain", facts }, nowMs);
  for await (const { hash, taskId } of store.bodies()) engine.restoreBody(hash, taskId);
  const leftOut = await restoreRecords(ports);
  for await (const { entry, envelope } of store.kept()) engine.restoreKept(entry, envelope);
  engine.restored();
  const rebuilt = await rebuild(ports);
  if (rebuilt === "done") await loseBodies(ports);
  const sequence = await lastEventNumber(store);
  engine.restoreSequence(sequence);
  const scores = await store.meta(SCORES_META_KEY);
  const scoresKept = scores === undefined || engine.restoreScores(scores);
  return { sequence, leftOut, scoresKept, rebuilt };
}

/** Tells the engine which bodies the rebuild dropped. */
async function loseBodies({ engine, store, nowMs }: RestorePorts): Promise<void> {
  const lost = new Set(engine.heldBodies());
  for await (const { hash } of store.bodies()) lost.delete(hash);
  if (lost.size > 0) engine.step({ kind: "values_lost", records: [], bodies: [...lost] }, nowMs);
}

async function rebuild({ store, log }: RestorePorts): Promise<Restored["rebuilt"]> {
  if (!store.losses.unreadable) return "not_needed";
  log("warn", "parts of the database can't be read; the node rebuilds it from the rest before it starts");
  try {
    await store.repair();
    return "done";
  } catch (error) {
    if (error instanceof NetworkError) return error;
    throw error;
  }
}

/** Logs what was wrong with the stored state. */
export function logRestored(log: Log, { leftOut, scoresKept, rebuilt }: Restored): void {
  if (!scoresKept) log("warn", "the stored peer scores can't be read; every peer starts with the default score");
  if (leftOut > 0) log("warn", "stored records are damaged; the node asks peers for them again", { count: leftOut });
  if (rebuilt === "not_needed") return;
  if (rebuilt === "done")
    log("warn", "parts of the database could not be read; the database was rebuilt from the rest");
  else {
    const cure = rebuilt.code === "storage_full" ? { cure: "make room on its file system, then restart the node" } : {};
    log("error", "parts of the database can't be read, and the rebuild failed", { why: rebuilt.message, ...cure });
  }
}

/** Returns the number of records that are left out. The records of a task come one after another. */
async function restoreRecords(ports: RestorePorts): Promise<number> {
  let leftOut = 0;
  let last: string | undefined;
  let tasks = new Map<string, StoredMember[]>();
  for await (const record of ports.store.members()) {
    const { taskId } = record.entry;
    if (taskId !== last && tasks.size >= TASKS_AT_ONCE) {
      await restoreTasks(ports, tasks);
      tasks = new Map();
    }
    last = taskId;
    if (!isWhole(ports, record)) {
      leftOut++;
      continue;
    }
    const held = tasks.get(taskId);
    if (held === undefined) tasks.set(taskId, [record]);
    else held.push(record);
  }
  await restoreTasks(ports, tasks);
  return leftOut;
}

async function restoreTasks(
  { engine, members }: RestorePorts,
  tasks: ReadonlyMap<string, readonly StoredMember[]>,
): Promise<void> {
  const all = [...tasks.values()].flat();
  for (const { entry } of all) engine.restoreMember(entry);
  engine.restoreTasks(tasks);
  await members(all);
}

/** Whether the envelope is the record of the entry. Its signature was verified before it was stored. */
function isWhole({ blake3, genesis }: RestorePorts, { entry, envelope }: StoredMember): boolean {
  if (entry.type === MessageType.Certificate) {
    return certificateIdOf(blake3, genesis, payloadOf(envelope)) === entry.id;
  }
  return toHex(recordId(blake3, genesis, headOf(envelope))) === entry.id;
}
