// What both bots need: a client of the node, a state that survives restarts, and calls that wait where waiting helps.
import { readFile, rename, writeFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { NodeClient, NodeRefusal, NodeUnreachable, nodeAccess } from "tos-ai-sync/client";

/** How long a bot waits before it repeats a call that a stopped or busy node did not carry out. */
const RETRY_MS = 1000;
/** Refusals that pass: the node stops, is busy, or its disk is full. */
const PASSING = new Set(["stopped", "peer_busy", "storage_failed", "storage_full"]);

/** A client of the node that runs in a data directory such as `~/.tos/ai/dev`, at whatever port. */
export function clientFor(dataDirectory: string): NodeClient {
  return new NodeClient({ access: () => nodeAccess(dataDirectory) });
}

/** Repeats a call until the node carries it out. A refusal that does not pass is thrown. */
export async function insist<T>(call: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      await pause(waitMs(error));
    }
  }
}

function waitMs(error: unknown): number {
  if (error instanceof NodeUnreachable) return RETRY_MS;
  if (!(error instanceof NodeRefusal)) throw error;
  if (PASSING.has(error.code ?? "")) return RETRY_MS;
  // The quota of a UTC day, or a clock that is behind: the node says when the key signs again.
  const { resets_at: resetsAt, signs_again_at: signsAgainAt } = error.data;
  const at = resetsAt ?? signsAgainAt;
  if (typeof at !== "number") throw error;
  return Math.max(RETRY_MS, at * 1000 - Date.now());
}

/** What a bot remembers between its runs. */
export interface BotState {
  /** Sequence of the last event that it has worked off. */
  after: number;
  /** Ids that it comes back to. */
  waiting: string[];
}

export async function readState(file: string): Promise<BotState> {
  const text = await readFile(file, "utf8").catch(() => undefined);
  return text === undefined ? { after: 0, waiting: [] } : JSON.parse(text);
}

/** The file is whole at every moment: a crash leaves the old state or the new one. */
export async function saveState(file: string, state: BotState): Promise<void> {
  await writeFile(`${file}.new`, JSON.stringify(state));
  await rename(`${file}.new`, file);
}
