import type { NodeCount } from "../../api/index.js";
import { type ChainFacts, type Engine, SCORES_META_KEY } from "../../engine/index.js";
import { NetworkError } from "../../protocol/errors.js";
import type { Log } from "../log.js";
import { lastEventNumber } from "./event-numbers.js";
import {
  type CheckpointReport,
  loseBodies,
  type RecordsReport,
  restoreByCheckpoints,
  restoreRecords,
  type TaskRestorePorts,
} from "./restore-tasks.js";

export interface RestorePorts extends TaskRestorePorts {
  /** Makes an engine without records. A start with wrong checkpoints needs two. */
  readonly newEngine: () => Engine;
  readonly facts: ChainFacts;
  readonly nowMs: number;
  readonly log: Log;
  readonly count: NodeCount;
}

export interface Restored extends RecordsReport {
  readonly engine: Engine;
  readonly checkpoints: CheckpointReport;
  /** The number after which events continue; 0 before the first. */
  readonly sequence: number;
  /** False when the stored peer scores could not be read. */
  readonly scoresKept: boolean;
  /** `done`: unreadable parts were dropped and the database was rebuilt from the rest. An error: the rebuild failed. */
  readonly rebuilt: "not_needed" | "done" | NetworkError;
}

/**
 * Makes an engine with the stored state: the hashes of held bodies, members with their records, by checkpoints or
 * record by record, and kept messages. A record that can't be read, or whose envelope is that of another record, is
 * left out: the next exchange fetches it again.
 */
export async function restore(ports: RestorePorts): Promise<Restored> {
  const { store } = ports;
  let engine = await emptyEngine(ports);
  const { leftOut: left, ...checkpoints } = await restoreByCheckpoints(ports, engine);
  let records: RecordsReport = { leftOut: left, unmarked: undefined };
  if (checkpoints.fault !== undefined) {
    engine = await emptyEngine(ports);
    records = await restoreRecords(ports, engine);
  }
  countCheckpoints(ports.count, checkpoints, records);
  for await (const { entry, envelope } of store.kept()) engine.restoreKept(entry, envelope);
  engine.restored();
  const rebuilt = await rebuild(ports);
  if (rebuilt === "done") {
    await loseBodies(store, engine, (lost) => void engine.step({ kind: "values_lost", ...lost }, ports.nowMs));
  }
  const sequence = await lastEventNumber(store);
  engine.restoreSequence(sequence);
  const scores = await store.meta(SCORES_META_KEY);
  const scoresKept = scores === undefined || engine.restoreScores(scores);
  return { engine, checkpoints, ...records, sequence, scoresKept, rebuilt };
}

/** An engine that knows the chain and the bodies on disk. */
async function emptyEngine({ newEngine, store, facts, nowMs }: RestorePorts): Promise<Engine> {
  const engine = newEngine();
  engine.step({ kind: "chain", facts }, nowMs);
  for await (const { hash, taskId } of store.bodies()) engine.restoreBody(hash, taskId);
  return engine;
}

function countCheckpoints(
  count: NodeCount,
  { used, pending, refused, fault }: CheckpointReport,
  { unmarked }: RecordsReport,
): void {
  if (used > 0) count("checkpoints", "used", used);
  if (pending > 0) count("checkpoints", "pending", pending);
  if (refused > 0) count("checkpoints", "damaged", refused);
  if (fault !== undefined) count("checkpoints", fault, 1);
  if (unmarked !== undefined) count("checkpoints", "unmarked", 1);
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
export function logRestored(log: Log, { leftOut, unmarked, scoresKept, rebuilt, checkpoints }: Restored): void {
  const { used, pending, refused, fault } = checkpoints;
  if (fault === undefined) log("info", "tasks are restored from checkpoints", { used, read: pending + refused });
  if (refused > 0) log("warn", "checkpoints of tasks are damaged; their records were read", { count: refused });
  if (fault === "differing") log("warn", "the checkpoints differ from the stored windows; all records were read");
  if (unmarked !== undefined) {
    log("warn", "the disk did not take the marks of the checkpoints; the next start reads all records again", {
      why: unmarked.message,
    });
  }
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
