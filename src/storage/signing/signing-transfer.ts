import { join } from "node:path";
import { toHex } from "../../protocol/bytes.js";
import { NetworkError } from "../../protocol/errors.js";
import { createOnce, holdDirectory } from "../files/index.js";
import { importDay, type StoredKey } from "./key-file.js";
import { encodeSigningEntry, type SigningEntry } from "./signing-entry.js";
import { SigningFile } from "./signing-file.js";
import type { SigningHistory, UsedNumber } from "./signing-history.js";
import { inspectSigningLog, signingRefusal } from "./signing-inspect.js";
import { encodeFrame, headerFrame, type LogHeader } from "./signing-log.js";
import { readSigningState, STOP_REASONS, type StopReason, writeSigningState } from "./signing-state.js";
import { addVotes, readVoteHistory } from "./vote-log.js";

/** Entries of one commit. */
const GROUP = 4096;

export interface TransferOptions {
  /** An author key that no program uses now. */
  readonly key: StoredKey;
  /** Genesis of the data directory, hex. */
  readonly genesis: string;
  readonly nowSeconds: number;
}

/**
 * What a key has signed, for another machine. The key is stopped here first (`key_used_elsewhere`): two machines must
 * not sign with it. `store_missing` without a signing log, `bad_parameters` for a node key.
 */
export async function exportSigning(
  { key, genesis, nowSeconds }: TransferOptions,
  aheadSeconds: number,
): Promise<SigningHistory> {
  if (key.kind !== "author") throw new NetworkError("bad_parameters", `${key.name} is not an author key`);
  if (!(await inspectSigningLog(key))) {
    throw new NetworkError(
      "store_missing",
      `there is no signing.log beside the key ${key.name}, so what it signed is unknown: ` +
        "restore it from a backup, or start the node, and the key signs from the next UTC day",
    );
  }
  return transfer(key, async (path) => {
    const state = await readSigningState(key.directory);
    const resumedDay = state.kind === "resumed" ? state.firstDay : 0;
    // Without a vote log its earlier votes are unknown.
    const voted = (await readVoteHistory(key)) ?? { firstDay: importDay(nowSeconds, aheadSeconds), votes: [] };
    const votesFirstDay = Math.max(voted.firstDay, resumedDay);
    const file = await SigningFile.open(path, { ...key, firstDay: resumedDay });
    try {
      // The stop takes the place of the resumed day. A second export must have it too.
      await file.raise({ firstDay: resumedDay, floorDay: 0 });
      await addVotes(key, { firstDay: votesFirstDay, votes: [] });
      if (state.kind !== "stopped") {
        const stop = { kind: "stopped", reason: "key_used_elsewhere", atSeconds: nowSeconds, records: [] } as const;
        await writeSigningState(key.directory, stop);
      }
      const records: UsedNumber[] = [];
      for (const place of file.index.since(0)) {
        const { type, number, timestampSeconds, subject } = await file.read(place);
        records.push({ type, number, timestampSeconds, ...(subject === undefined ? {} : { subject }) });
      }
      return {
        network: key.network,
        genesis,
        key: toHex(key.publicKey),
        exportedSeconds: nowSeconds,
        firstDay: file.header.firstDay,
        floorDay: file.header.floorDay,
        votesFirstDay,
        // A stop without a record is that of an earlier export.
        stopped:
          state.kind === "stopped" && (state.records.length > 0 || state.reason === "key_equivocated")
            ? { reason: state.reason, records: state.records }
            : undefined,
        records,
        votes: voted.votes,
      };
    } finally {
      await file.close();
    }
  });
}

/**
 * Adds a history to the logs of its key. It raises days, numbers, times and rounds, and lowers none. A key without logs
 * gets them, and signs at once. A stop of the exporting machine holds here too. `storage_foreign` for the history of
 * another network, genesis or key: nothing is changed.
 */
export async function importSigning(
  { key, genesis, nowSeconds }: TransferOptions,
  history: SigningHistory,
): Promise<void> {
  if (key.kind !== "author") throw new NetworkError("bad_parameters", `${key.name} is not an author key`);
  assertSame("network", key.network, history.network);
  assertSame("chain, whose genesis is", genesis, history.genesis);
  assertSame("key", toHex(key.publicKey), history.key);
  // A damaged log is found before anything is written.
  await inspectSigningLog(key);
  await transfer(key, async (path) => {
    const state = await readSigningState(key.directory);
    const { stopped } = history;
    if (stopped !== undefined && isStronger(stopped.reason, state)) {
      await writeSigningState(key.directory, { kind: "stopped", atSeconds: nowSeconds, ...stopped });
    }
    await addVotes(key, { firstDay: history.votesFirstDay, votes: history.votes });
    const days = { firstDay: history.firstDay, floorDay: history.floorDay };
    // Whole at once: a log with a part of the numbers would give the others again.
    if (await createOnce(path, logOf({ id: key.id, ...days }, history.records))) return;
    const file = await SigningFile.open(path, { ...key, firstDay: state.kind === "resumed" ? state.firstDay : 0 });
    try {
      const missing = history.records.filter((record) => !file.index.covers(record));
      for (let start = 0; start < missing.length; start += GROUP) {
        for (const record of missing.slice(start, start + GROUP)) file.stage(record);
        await file.commit();
      }
      await file.raise(days);
    } finally {
      await file.close();
    }
  });
}

function isStronger(reason: StopReason, state: Awaited<ReturnType<typeof readSigningState>>): boolean {
  return state.kind !== "stopped" || STOP_REASONS.indexOf(state.reason) < STOP_REASONS.indexOf(reason);
}

function assertSame(what: string, own: string, theirs: string): void {
  if (own === theirs) return;
  throw new NetworkError(
    "storage_foreign",
    `the signing history is of another ${what} ${theirs.slice(0, 16)}, not ${own.slice(0, 16)}: nothing was changed`,
  );
}

function logOf(header: LogHeader, records: readonly UsedNumber[]): Uint8Array {
  const first = headerFrame(header);
  let { chain } = first;
  const parts = [first.bytes];
  for (const record of records satisfies readonly SigningEntry[]) {
    const payload = encodeSigningEntry(record);
    if (payload === undefined) throw new NetworkError("bad_parameters", "a used number is out of range");
    const frame = encodeFrame(chain, payload);
    chain = frame.chain;
    parts.push(frame.bytes);
  }
  return Buffer.concat(parts);
}

/** Holds the key's directory against this process, and names the log in errors. */
async function transfer<T>(key: StoredKey, work: (path: string) => Promise<T>): Promise<T> {
  const path = join(key.directory, "signing.log");
  const release = await holdDirectory(key.directory).catch((cause: unknown) => {
    throw signingRefusal(path, cause);
  });
  try {
    return await work(path);
  } catch (cause) {
    throw cause instanceof NetworkError ? cause : signingRefusal(path, cause);
  } finally {
    release();
  }
}
