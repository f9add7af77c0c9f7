import {
  newVoting,
  type Quorum,
  restoreVoting,
  type VotingConfig,
  type VotingRecord,
  type VotingState,
} from "../../src/engine/voting/index.js";

/** The two values that correct members may prepare. A code has 0 for none, 1 and 2 for these. */
export const VALUES = ["a".repeat(64), "b".repeat(64)] as const;

/** Rounds that fit into a code. */
export const ROUNDS_MAX = 4;
const HELD_CODES = 1 + 2 * ROUNDS_MAX;
const PART_CODES = (ROUNDS_MAX + 1) * HELD_CODES * 3 * 3;
/** Bits of the votes that a member has sent: for each round prepare a, prepare b, commit a, commit b. */
export const SENT_CODES = 1 << (4 * ROUNDS_MAX);
export const CONTROL_CODES = PART_CODES * PART_CODES;

export function valueCode(value: string | undefined): 0 | 1 | 2 {
  return value === VALUES[0] ? 1 : value === VALUES[1] ? 2 : 0;
}

function valueAt(code: number): string | undefined {
  return code === 0 ? undefined : VALUES[code - 1];
}

type Part = Pick<VotingState, "round" | "held"> & {
  readonly prepare: string | undefined;
  readonly commit: string | undefined;
};

function partCode({ round, held, prepare, commit }: Part): number {
  const heldCode = held === undefined ? 0 : 2 * held.round + valueCode(held.value);
  const roundCode = round === undefined ? 0 : round + 1;
  return ((roundCode * HELD_CODES + heldCode) * 3 + valueCode(prepare)) * 3 + valueCode(commit);
}

function partOf(code: number): Part {
  const commit = valueAt(code % 3);
  const prepare = valueAt(Math.floor(code / 3) % 3);
  const heldCode = Math.floor(code / 9) % HELD_CODES;
  const roundCode = Math.floor(code / (9 * HELD_CODES));
  const value = valueAt(heldCode === 0 ? 0 : ((heldCode - 1) % 2) + 1);
  const held: Quorum | undefined = value === undefined ? undefined : { round: Math.floor((heldCode - 1) / 2), value };
  return { round: roundCode === 0 ? undefined : roundCode - 1, held, prepare, commit };
}

/** The state of a correct member, without the votes that it has counted, and what is on its disk. */
export interface Control {
  readonly state: VotingState;
  readonly disk: VotingRecord | undefined;
}

/** A number below {@link CONTROL_CODES}. Times and votes of others have no part in it. */
export function controlCode({ state, disk }: Control): number {
  const memory = partCode({ ...state, prepare: state.prepare?.value, commit: state.commit?.value });
  if (disk === undefined) return memory * PART_CODES;
  return memory * PART_CODES + partCode({ ...disk, prepare: disk.prepare?.value, commit: disk.commit?.value });
}

function recordOf(code: number): VotingRecord | undefined {
  const { round, held, prepare, commit } = partOf(code);
  if (round === undefined) return undefined;
  const own = (step: "prepare" | "commit", value: string | undefined) =>
    value === undefined ? undefined : { round, step, held: 0, value, timestampSeconds: 0 };
  return { round, held, prepare: own("prepare", prepare), commit: own("commit", commit) };
}

/** The state with the own votes of its round counted, at time 0. */
export function controlOf(config: VotingConfig, code: number): Control {
  const memory = recordOf(Math.floor(code / PART_CODES));
  const state = memory === undefined ? newVoting(0) : { ...restoreVoting(config, memory, 0), repeatedMs: 0 };
  return { state, disk: recordOf(code % PART_CODES) };
}

/** The round of a member, or -1 before its start. */
export function roundOf(control: number): number {
  return Math.floor(control / PART_CODES / (9 * HELD_CODES)) - 1;
}

function swapPart(code: number): number {
  const { round, held, prepare, commit } = partOf(code);
  const other = (value: string | undefined) => (value === undefined ? undefined : VALUES[value === VALUES[0] ? 1 : 0]);
  const swapped = other(held?.value);
  return partCode({
    round,
    held: held === undefined || swapped === undefined ? undefined : { round: held.round, value: swapped },
    prepare: other(prepare),
    commit: other(commit),
  });
}

const SWAPPED_PARTS = Int32Array.from({ length: PART_CODES }, (_, code) => swapPart(code));

/** The same with the two values exchanged. */
export function swapControl(code: number): number {
  const memory = SWAPPED_PARTS[Math.floor(code / PART_CODES)] as number;
  return memory * PART_CODES + (SWAPPED_PARTS[code % PART_CODES] as number);
}

/** Exchanges the bits of the two values. */
export function swapSent(sent: number): number {
  return ((sent & 0x5555) << 1) | ((sent >> 1) & 0x5555);
}

/** The bit of a vote. */
export function sentBit(round: number, step: "prepare" | "commit", value: number): number {
  return 1 << (4 * round + (step === "prepare" ? 0 : 2) + value - 1);
}
