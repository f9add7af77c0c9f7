import { type ChainFacts, type Engine, SCORES_META_KEY, type StoredMember } from "../../engine/index.js";
import { toHex } from "../../protocol/bytes.js";
import { headOf, recordId } from "../../protocol/envelope.js";
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
  /** Index entries whose envelope is missing or damaged. */
  readonly leftOut: number;
  /** False when the stored peer scores could not be read. */
  readonly scoresKept: boolean;
  /** `done`: unreadable parts were dropped and the database was rebuilt from the rest. An error: the rebuild failed. */
  readonly rebuilt: "not_needed" | "done" | NetworkError;
}

/**
 * Gives the engine the stored state: members with their records, task by task, kept messages, and the hashes of held
 * bodies. An index entry without an envelope, or with the envelope of another record, is left out: the next exchange
 * fetches the record again.
 */
export async function restore(ports: RestorePorts): Promise<Restored> {
  const { engine, store, facts, nowMs } = ports;
  engine.step({ kind: "chain", facts }, nowMs);
  const tasks = new Set<string>();
  let leftOut = 0;
  for await (const entry of store.members()) {
    tasks.add(entry.taskId);
    leftOut++;
  }
  for await (const { hash, taskId } of store.bodies()) engine.restoreBody(hash, taskId);
  const ids = [...tasks];
  for (let at = 0; at < ids.length; at += TASKS_AT_ONCE) {
    leftOut -= await restoreTasks(ports, ids.slice(at, at + TASKS_AT_ONCE));
  }
  for await (const { entry, envelope } of store.kept()) engine.restoreKept(entry, envelope);
  engine.restored();
  const rebuilt = await rebuild(ports);
  if (rebuilt === "done") await loseBodies(ports);
  const sequence = await lastEventNumber(store);
  engine.restoreSequence(sequence);
  const scores = await store.meta(SCORES_META_KEY);
  const scoresKept = scores === undefined || engine.restoreScores(scores);
  // The index by task may hold entries that the index by window has lost.
  return { sequence, leftOut: Math.max(0, leftOut), scoresKept, rebuilt };
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

/** Returns the number of restored records. */
async function restoreTasks(ports: RestorePorts, taskIds: readonly string[]): Promise<number> {
  const { engine, store, members } = ports;
  const read = await Promise.all(taskIds.map(async (taskId) => [taskId, await store.taskRecords(taskId)] as const));
  const whole = new Map(read.map(([taskId, records]) => [taskId, records.filter((record) => isWhole(ports, record))]));
  const all = [...whole.values()].flat();
  for (const { entry } of all) engine.restoreMember(entry);
  engine.restoreTasks(whole);
  await members(all);
  return all.length;
}

/** Whether the envelope is the record of the entry. Its signature was verified before it was stored. */
function isWhole({ blake3, genesis }: RestorePorts, { entry, envelope }: StoredMember): boolean {
  return toHex(recordId(blake3, genesis, headOf(envelope))) === entry.id;
}
