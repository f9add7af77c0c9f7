import type { WindowRun } from "../../protocol/difference-frames.js";
import type { GroupPrint } from "../../protocol/fingerprint-frames.js";

/** Most records of one side in a chunk, unless one run has more: few enough for memory, many enough for few frames. */
export const CHUNK_IDS = 16_384;
/**
 * Records in a window, in the mean, from which on its print is cheaper than to put its records into cells: a print has
 * 18 bytes, and a record takes about 2 us on each side.
 */
const NARROWED_WINDOW_IDS = 32;
/** Most runs of a chunk, so that its scope is one frame. */
const CHUNK_RUNS = 4096;

/** Windows of a strand, and the records that both sides have there. */
export interface PlannedRun extends WindowRun {
  readonly mine: number;
  readonly theirs: number;
}

/** A part of the difference that is found and transferred by itself. */
export interface PlannedChunk {
  readonly runs: readonly WindowRun[];
  readonly mine: number;
  readonly theirs: number;
  /** At least as many ids differ: the sum of the differences of the numbers of records. */
  readonly least: number;
}

/** Chunks of the runs, newest day first. */
export function planChunks(runs: readonly PlannedRun[], windowsPerDay: number): PlannedChunk[] {
  const dayOf = (run: PlannedRun): number => Math.floor(run.window / windowsPerDay);
  const sorted = [...runs].sort((a, b) => dayOf(b) - dayOf(a) || a.strand - b.strand || b.window - a.window);
  const chunks: PlannedChunk[] = [];
  let taken: PlannedRun[] = [];
  let mine = 0;
  let theirs = 0;
  for (const run of sorted) {
    const isOver = Math.max(mine + run.mine, theirs + run.theirs) > CHUNK_IDS || taken.length >= CHUNK_RUNS;
    if (taken.length > 0 && isOver) {
      chunks.push(chunkOf(taken));
      [taken, mine, theirs] = [[], 0, 0];
    }
    taken.push(run);
    mine += run.mine;
    theirs += run.theirs;
  }
  if (taken.length > 0) chunks.push(chunkOf(taken));
  return chunks;
}

function chunkOf(runs: readonly PlannedRun[]): PlannedChunk {
  const least = runs.reduce((total, { mine, theirs }) => total + Math.abs(mine - theirs), 0);
  return { runs: joined(runs), mine: sum(runs, "mine"), theirs: sum(runs, "theirs"), least };
}

function sum(runs: readonly PlannedRun[], side: "mine" | "theirs"): number {
  return runs.reduce((total, run) => total + run[side], 0);
}

/** Runs that follow each other downwards as one. */
function joined(runs: readonly PlannedRun[]): WindowRun[] {
  const found: WindowRun[] = [];
  for (const { strand, window, length } of runs) {
    const last = found.at(-1);
    if (last !== undefined && last.strand === strand && window + length === last.window) {
      found[found.length - 1] = { strand, window, length: length + last.length };
    } else {
      found.push({ strand, window, length });
    }
  }
  return found;
}

/** Whether the windows of a differing day are compared, or the day as a whole. */
export function isNarrowed(mine: number, theirs: number, windows: number): boolean {
  const most = Math.max(mine, theirs);
  if (mine === 0 || theirs === 0 || most < NARROWED_WINDOW_IDS * windows) return false;
  // The prints of all windows cost more than the cells of many differences, and few windows would be equal.
  return most > CHUNK_IDS / 2 || 8 * Math.abs(mine - theirs) < windows;
}

/** Own and other groups of one strand by number, ascending; either side may lack one. */
export function paired(
  own: readonly GroupPrint[],
  other: readonly GroupPrint[],
): { readonly number: number; readonly own: GroupPrint | undefined; readonly other: GroupPrint | undefined }[] {
  const owns = new Map(own.map((group) => [group.number, group]));
  const others = new Map(other.map((group) => [group.number, group]));
  const numbers = [...new Set([...owns.keys(), ...others.keys()])].sort((a, b) => a - b);
  return numbers.map((number) => ({ number, own: owns.get(number), other: others.get(number) }));
}
