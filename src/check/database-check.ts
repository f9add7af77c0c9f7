import { type ChainFacts, decodePoll, LARGE_WINDOW, RecordSet, type TaskRecord } from "../engine/index.js";
import { blake3Of, type Kernel, type KernelBackend } from "../kernel/index.js";
import { bodyHash } from "../protocol/bodies.js";
import { toHex } from "../protocol/bytes.js";
import type { StreamingBlake3 } from "../protocol/hash.js";
import type { NetworkIdentity } from "../protocol/rules.js";
import type { RecordStore, StoredRecord } from "../storage/index.js";
import { type Finding, type FindingKind, Findings } from "./check-findings.js";
import { EnvelopeCheck, recordOf } from "./check-records.js";
import { type StoredTask, VerdictCheck } from "./check-verdicts.js";
import { CheckpointReader } from "./checkpoint-reader.js";

/** Tasks, and kept messages, that are read at once: some MiB. */
const AT_ONCE = 64;

export interface DatabaseCheckPorts {
  readonly store: Pick<
    RecordStore,
    "members" | "names" | "checkpoints" | "windows" | "kept" | "bodies" | "body" | "losses"
  >;
  readonly kernel: Kernel;
  readonly identity: NetworkIdentity;
  /** Registry and rosters: they give the weights of validations. */
  readonly facts: ChainFacts;
  /** T of the state digest, unix seconds: a multiple of 60. */
  readonly atSeconds: number;
  /** Called after each part with the number of records whose signature was checked, and of all. */
  readonly progress?: (done: number, total: number) => void;
}

export interface DatabaseReport {
  readonly ok: boolean;
  readonly kernel: KernelBackend;
  readonly records: number;
  readonly tasks: number;
  /** Counted submissions; each has a verdict. */
  readonly submissions: number;
  readonly windows: number;
  /** Large windows whose stored state is older than their records; that is no finding. */
  readonly windowsBehind: number;
  /** Votes and alerts. */
  readonly kept: number;
  readonly bodies: number;
  /** Of all task types, hex; undefined if it can't be computed. */
  readonly stateDigest: { readonly at: number; readonly digest: string | undefined };
  readonly counts: Readonly<Partial<Record<FindingKind, number>>>;
  /** The first findings. */
  readonly findings: readonly Finding[];
}

/**
 * Checks a whole database: each record and its signature, the fold of the records, each window and each body. Changes
 * nothing.
 */
export async function checkDatabase(ports: DatabaseCheckPorts): Promise<DatabaseReport> {
  const { store, kernel, identity, facts, atSeconds, progress } = ports;
  const blake3 = blake3Of(kernel);
  const findings = new Findings();
  const envelopes = new EnvelopeCheck(kernel, identity);
  // A database may hold more records than the cap of the node: that is no finding.
  const set = new RecordSet(blake3, identity.rules, { maxRecords: Number.POSITIVE_INFINITY });
  for await (const { entry } of store.members()) set.admit(entry);
  let named = 0;
  /** Tasks that lack a record. */
  const incomplete = new Set<string>();
  for await (const { id, taskId } of store.names()) {
    if (set.has(id)) {
      named++;
      continue;
    }
    incomplete.add(taskId);
    if (!store.losses.isUnreadable(`record ${id}`)) findings.add("record_missing", id);
  }
  findings.count("record_misfiled", set.size - named);
  const before = store.losses.counts.undecodable;
  const verdicts = new VerdictCheck({ kernel, blake3, identity, facts, set });
  const checkpoints = new CheckpointReader(store, findings);
  let done = 0;
  for await (const tasks of tasksOf(store)) {
    const stored = await checkTasks(tasks, envelopes, identity, blake3, findings);
    for (const task of stored) {
      task.checkpoint = await checkpoints.of(task.taskId);
      task.isDamaged ||= incomplete.has(task.taskId);
    }
    verdicts.take(stored, findings);
    done += tasks.length;
    progress?.(done, set.size);
  }
  await checkpoints.end();
  // Records are read twice; what can't be decoded counts once.
  const twice = store.losses.counts.undecodable - before;
  const windows = await checkWindows(store, set, findings);
  const kept = await checkKept(store, envelopes, findings);
  const bodies = await checkBodies(store, blake3, findings);
  const digest = verdicts.digest(atSeconds, findings);
  const { tasks, submissions } = verdicts;
  findings.count("value_damaged", store.losses.counts.undecodable - twice);
  findUnreadable(store.losses, findings);
  return {
    ok: findings.none,
    kernel: kernel.backend,
    records: set.size,
    tasks,
    submissions,
    ...windows,
    kept,
    bodies,
    stateDigest: { at: atSeconds, digest },
    counts: findings.counts(),
    findings: findings.named(),
  };
}

/** The stored records of up to {@link AT_ONCE} tasks together. */
async function* tasksOf(store: Pick<RecordStore, "members">): AsyncGenerator<readonly StoredRecord[]> {
  let records: StoredRecord[] = [];
  let tasks = 0;
  let last: string | undefined;
  for await (const record of store.members()) {
    if (record.entry.taskId !== last && ++tasks > AT_ONCE) {
      yield records;
      records = [];
      tasks = 1;
    }
    last = record.entry.taskId;
    records.push(record);
  }
  yield records;
}

/** Names the values or ranges that the database can't read, with their files. */
function findUnreadable(losses: DatabaseCheckPorts["store"]["losses"], findings: Findings): void {
  const named = losses.named.filter(({ unreadable }) => unreadable);
  for (const { at, reason } of named) findings.add("unreadable", `${at}: ${reason}`);
  findings.count("unreadable", losses.counts.unreadable - named.length);
}

interface CheckedTask extends StoredTask {
  readonly records: TaskRecord[];
  readonly certificates: StoredRecord[];
  checkpoint: Uint8Array | undefined;
  isDamaged: boolean;
}

/** The valid records of some tasks, by task. */
async function checkTasks(
  stored: readonly StoredRecord[],
  envelopes: EnvelopeCheck,
  identity: NetworkIdentity,
  blake3: StreamingBlake3,
  findings: Findings,
): Promise<readonly CheckedTask[]> {
  const checked = await envelopes.check(stored.map(({ envelope }) => envelope));
  const tasks = new Map<string, CheckedTask>();
  for (const [at, member] of stored.entries()) {
    const { id, taskId } = member.entry;
    const task = tasks.get(taskId) ?? {
      taskId,
      records: [],
      certificates: [],
      checkpoint: undefined,
      isDamaged: false,
    };
    tasks.set(taskId, task);
    const record = recordOf(member, checked[at] ?? "record_damaged", identity, blake3);
    if (typeof record === "string") {
      task.isDamaged = true;
      findings.add(record, id);
    } else if (record === undefined) task.certificates.push(member);
    else task.records.push(record);
  }
  return [...tasks.values()];
}

async function checkWindows(
  store: DatabaseCheckPorts["store"],
  set: RecordSet,
  findings: Findings,
): Promise<{ readonly windows: number; readonly windowsBehind: number }> {
  const left = new Set(set.strands().flatMap((strand) => set.windows(strand).map((window) => `${strand}:${window}`)));
  const windows = left.size;
  let windowsBehind = 0;
  const differs = (strand: string, window: number): void => {
    if (set.windowCount(strand, window) > LARGE_WINDOW) windowsBehind++;
    else findings.add("window_differs", `${strand}:${window}`);
  };
  for await (const { strand, window, count, state } of store.windows()) {
    left.delete(`${strand}:${window}`);
    const own = set.states.window(strand, window);
    if (own?.count !== count || own.state !== state) differs(strand, window);
  }
  for (const place of left) {
    const [strand = "", window] = place.split(":");
    differs(strand, Number(window));
  }
  return { windows, windowsBehind };
}

async function checkKept(
  store: DatabaseCheckPorts["store"],
  envelopes: EnvelopeCheck,
  findings: Findings,
): Promise<number> {
  let count = 0;
  let waiting: { readonly at: string; readonly envelope: Uint8Array }[] = [];
  const check = async (): Promise<void> => {
    const checked = await envelopes.check(waiting.map(({ envelope }) => envelope));
    for (const [index, { at }] of waiting.entries()) {
      if (typeof checked[index] !== "object") findings.add("kept_damaged", at);
    }
    waiting = [];
  };
  for await (const { entry, envelope } of store.kept()) {
    // The state of an own vote is no envelope.
    if (entry.kind === "voting") {
      if (decodePoll(envelope) === undefined) findings.add("kept_damaged", `${entry.kind} ${entry.key}`);
      continue;
    }
    count++;
    waiting.push({ at: `${entry.kind} ${entry.key}`, envelope });
    if (waiting.length >= AT_ONCE) await check();
  }
  await check();
  return count;
}

async function checkBodies(
  store: DatabaseCheckPorts["store"],
  blake3: StreamingBlake3,
  findings: Findings,
): Promise<number> {
  let count = 0;
  let last: string | undefined;
  for await (const { hash } of store.bodies()) {
    // Several tasks may refer to one body; their references are adjacent.
    if (hash === last) continue;
    last = hash;
    count++;
    const bytes = await store.body(hash);
    if (bytes === undefined) {
      if (!store.losses.isUnreadable(`body ${hash}`)) findings.add("body_missing", hash);
    } else if (toHex(bodyHash(blake3, bytes)) !== hash) findings.add("body_damaged", hash);
  }
  return count;
}
