import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { NetworkError } from "../../protocol/errors.js";
import { createOnce, replacePrivateFile, syncDirectory } from "../files/index.js";
import { hasCode, storageError } from "../storage-error.js";
import { importDay, type StoredKey } from "./key-file.js";
import { dayOf } from "./signing-entry.js";
import type { Retention } from "./signing-file.js";
import { encodeFrame, headerFrame, type LogHeader, logDamage, newLog, readLog } from "./signing-log.js";
import { readSigningState } from "./signing-state.js";
import { decodeBallot, encodeBallot, lastVotes, type OwnBallot, VoteRules } from "./vote-rules.js";

export const VOTE_LOG_NAME = "votes.log";
/** Years of votes of a busy validator; a vote takes 350 bytes. */
const MAX_BYTES = 256 * 1024 * 1024;
/** Cap of the votes that wait for the disk: more than a validator casts in a second. More are refused. */
export const MAX_WAITING_VOTES = 1024;

export interface VoteLogOptions {
  readonly key: StoredKey;
  readonly nowSeconds: number;
  /** The network rule. */
  readonly aheadSeconds: number;
  readonly retention: Retention;
}

interface Waiting {
  readonly vote: OwnBallot;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * The votes of an author key, beside its signing log: each is on the disk before it is signed, and none that
 * contradicts an earlier one is signed, also if the database is gone or older (protocol.md, Vote rule 5). Votes that
 * wait share one commit.
 */
export class VoteLog {
  readonly #path: string;
  readonly #handle: FileHandle;
  readonly #rules: VoteRules;
  readonly #waiting: Waiting[] = [];
  #chain: Uint8Array;
  #end: number;
  #running: Promise<void> = Promise.resolve();
  #active = false;
  #closed = false;
  /** A write failed: what is on the disk is known again only after the next start. */
  #broken: NetworkError | undefined;

  private constructor(
    path: string,
    handle: FileHandle,
    state: { readonly rules: VoteRules; readonly chain: Uint8Array; readonly end: number },
  ) {
    this.#path = path;
    this.#handle = handle;
    this.#rules = state.rules;
    this.#chain = state.chain;
    this.#end = state.end;
  }

  /**
   * Opens the log of a key, whose signing store is open. A key without it gets a new log, and votes on tasks of the UTC
   * days after it. Old votes and a torn last vote, for which nothing was signed, are removed. `storage_corrupt`,
   * `store_missing` (the log of another key).
   */
  static async open({ key, nowSeconds, aheadSeconds, retention }: VoteLogOptions): Promise<VoteLog> {
    const path = join(key.directory, VOTE_LOG_NAME);
    try {
      const firstDay = importDay(nowSeconds, aheadSeconds);
      await createOnce(path, newLog({ id: key.id, firstDay, floorDay: 0 }));
      await rewrite(path, key.id, dayOf(nowSeconds) - retention.horizonDays - retention.taskMaxAgeDays);
      await syncDirectory(key.directory);
      const handle = await open(path, "r+");
      try {
        // An earlier process may have ended before its own sync.
        await handle.datasync();
        const { votes, header, chain, end } = await readVotes(handle, key.id, path);
        const state = await readSigningState(key.directory);
        // Before a resumed key signs again, another node may have voted with it.
        const rules = new VoteRules(Math.max(header.firstDay, state.kind === "resumed" ? state.firstDay : 0));
        for (const vote of votes) rules.add(vote);
        return new VoteLog(path, handle, { rules, chain, end });
      } catch (cause) {
        await handle.close();
        throw cause;
      }
    } catch (cause) {
      throw storageError(`the vote log ${path} could not be opened`, cause);
    }
  }

  /** Resolves when the vote is on the disk, and may be signed. Rejects with the reason why it must not. */
  reserve(vote: OwnBallot): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#closed) reject(new NetworkError("stopped", "the vote log is closed"));
      else if (this.#waiting.length >= MAX_WAITING_VOTES) {
        reject(new NetworkError("storage_failed", `${MAX_WAITING_VOTES} votes wait for the disk already`));
      } else {
        this.#waiting.push({ vote, resolve, reject });
        if (!this.#active) this.#running = this.#drain();
      }
    });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#running;
    await this.#handle.close();
  }

  async #drain(): Promise<void> {
    this.#active = true;
    while (this.#waiting.length > 0) await this.#serve(this.#waiting.splice(0));
    this.#active = false;
  }

  /** Never throws: each vote gets its own failure. */
  async #serve(group: readonly Waiting[]): Promise<void> {
    const taken: Waiting[] = [];
    const frames: Uint8Array[] = [];
    let [chain, end] = [this.#chain, this.#end];
    for (const waiting of group) {
      try {
        if (this.#broken !== undefined) throw this.#broken;
        if (this.#rules.decide(waiting.vote) === "new") {
          const frame = encodeFrame(chain, encodeBallot(waiting.vote));
          if (end + frame.bytes.length > MAX_BYTES) {
            throw new NetworkError("storage_full", `${this.#path} has its largest size`);
          }
          this.#rules.add(waiting.vote);
          frames.push(frame.bytes);
          chain = frame.chain;
          end += frame.bytes.length;
        }
        taken.push(waiting);
      } catch (reason) {
        waiting.reject(reason);
      }
    }
    try {
      if (frames.length > 0) await this.#write(Buffer.concat(frames));
      [this.#chain, this.#end] = [chain, end];
      for (const { resolve } of taken) resolve();
    } catch (cause) {
      this.#broken = storageError("the vote log could not be written: no vote is signed until the next start", cause);
      for (const { reject } of taken) reject(this.#broken);
    }
  }

  async #write(bytes: Uint8Array): Promise<void> {
    const { bytesWritten } = await this.#handle.write(bytes, 0, bytes.length, this.#end);
    if (bytesWritten !== bytes.length) throw new NetworkError("storage_full", "the vote log was not written whole");
    await this.#handle.datasync();
  }
}

interface VoteReading {
  readonly header: LogHeader;
  readonly votes: readonly OwnBallot[];
  readonly chain: Uint8Array;
  readonly end: number;
  readonly torn: boolean;
}

async function readVotes(handle: FileHandle, id: string, path: string): Promise<VoteReading> {
  const votes: OwnBallot[] = [];
  const reading = await readLog(handle, ({ payload, offset }) => {
    const vote = decodeBallot(payload);
    if (vote === undefined) throw logDamage(offset);
    votes.push(vote);
    return undefined;
  });
  if (reading.header.id === id) return { ...reading, votes };
  throw new NetworkError(
    "store_missing",
    `${path} belongs to another key: put the right one in its place, or move it away, ` +
      "and the key votes on tasks that are announced after the day of the next start",
  );
}

/** Removes a torn last vote, and the votes of tasks that were announced before `firstKept`, a UTC day. */
async function rewrite(path: string, id: string, firstKept: number): Promise<void> {
  const handle = await open(path, "r+");
  const reading = await readVotes(handle, id, path).finally(() => handle.close());
  const kept = reading.votes.filter(({ t0 }) => dayOf(t0) >= firstKept);
  if (!reading.torn && kept.length === reading.votes.length) return;
  // A removed vote must not be cast again with another value.
  const firstDay = Math.max(reading.header.firstDay, kept.length < reading.votes.length ? firstKept : 0);
  await replacePrivateFile(path, logOf({ ...reading.header, firstDay }, kept));
}

/** The bytes of a whole log. */
function logOf(header: LogHeader, votes: readonly OwnBallot[]): Uint8Array {
  const first = headerFrame(header);
  let { chain } = first;
  const parts = [first.bytes];
  for (const vote of votes) {
    const frame = encodeFrame(chain, encodeBallot(vote));
    chain = frame.chain;
    parts.push(frame.bytes);
  }
  return Buffer.concat(parts);
}

/** What a vote log forbids. */
export interface VoteHistory {
  /** The key votes on no task that was announced before this UTC day. */
  readonly firstDay: number;
  readonly votes: readonly OwnBallot[];
}

/** Reads the vote log of a key that no program uses; undefined without a log. Errors as {@link VoteLog.open}. */
export async function readVoteHistory(key: StoredKey): Promise<VoteHistory | undefined> {
  const path = join(key.directory, VOTE_LOG_NAME);
  try {
    const handle = await open(path, "r");
    const { header, votes } = await readVotes(handle, key.id, path).finally(() => handle.close());
    return { firstDay: header.firstDay, votes: lastVotes(votes) };
  } catch (cause) {
    if (hasCode(cause, "ENOENT")) return undefined;
    throw storageError(`the vote log ${path} could not be read`, cause);
  }
}

/** Adds votes to the log of a key that no program uses. A vote of the log stays, and its first day is never lowered. */
export async function addVotes(key: StoredKey, { firstDay, votes }: VoteHistory): Promise<void> {
  const held = await readVoteHistory(key);
  const header = { id: key.id, firstDay: Math.max(held?.firstDay ?? 0, firstDay), floorDay: 0 };
  const path = join(key.directory, VOTE_LOG_NAME);
  try {
    await replacePrivateFile(path, logOf(header, lastVotes([...(held?.votes ?? []), ...votes])));
  } catch (cause) {
    throw storageError(`the vote log ${path} could not be written`, cause);
  }
}
