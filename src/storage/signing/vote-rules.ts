import { z } from "zod";
import { NetworkError } from "../../protocol/errors.js";
import { dayOf } from "./signing-entry.js";

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const shape = z.strictObject({
  submission: hash,
  roster: hash,
  t0: z
    .int()
    .min(0)
    .max(2 ** 48 - 1),
  round: z.int().min(0).max(0xffff),
  step: z.enum(["prepare", "commit"]),
  held: z.int().min(0).max(0x1_0000),
  value: hash,
});

/** A vote that a key is about to sign (protocol.md, Vote). */
export interface OwnBallot {
  readonly submissionId: string;
  readonly roster: string;
  /** Time of the task's announcement, unix seconds. */
  readonly t0: number;
  readonly round: number;
  readonly step: "prepare" | "commit";
  readonly held: number;
  readonly value: string;
}

/** The bytes of an entry of the vote log. */
export function encodeBallot({ submissionId, ...rest }: OwnBallot): Uint8Array {
  const { roster, t0, round, step, held, value } = rest;
  const fields = { submission: submissionId, roster, t0, round, step, held, value };
  return new TextEncoder().encode(JSON.stringify(shape.parse(fields)));
}

/** Undefined for anything that {@link encodeBallot} would not write. */
export function decodeBallot(bytes: Uint8Array): OwnBallot | undefined {
  try {
    const parsed = shape.safeParse(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes))).data;
    if (parsed === undefined) return undefined;
    const { submission: submissionId, ...rest } = parsed;
    return { submissionId, ...rest };
  } catch {
    return undefined;
  }
}

type Cast = Pick<OwnBallot, "held" | "value">;

interface Voted {
  readonly t0: number;
  /** The highest round voted in, and the votes of it. */
  readonly round: number;
  readonly prepare: Cast | undefined;
  readonly commit: Cast | undefined;
  /** The last commit: a prepare of another value needs a later quorum. */
  readonly lock: { readonly round: number; readonly value: string } | undefined;
}

/**
 * The votes of one key by submission and roster: which further votes contradict none of them (protocol.md, FraudAlert
 * kinds 3 and 4).
 */
export class VoteRules {
  /** Tasks announced before this UTC day may have been voted on with a log that is gone. */
  readonly #firstDay: number;
  /** Bounded by the votes of the retention. */
  readonly #voted = new Map<string, Voted>();

  constructor(firstDay: number) {
    this.#firstDay = firstDay;
  }

  get size(): number {
    return this.#voted.size;
  }

  /**
   * `new`: the vote may be signed once it is in the log. `existing`: it is there already. Throws `slot_used` for a
   * vote that contradicts an earlier one, and `store_missing` for a task of the time before the log.
   */
  decide(vote: OwnBallot): "new" | "existing" {
    const { round, step, held, value } = vote;
    if (dayOf(vote.t0) < this.#firstDay) {
      throw new NetworkError(
        "store_missing",
        "the vote log of this key is new, so its earlier votes are unknown: " +
          "it votes on tasks that are announced after the UTC day on which the log was made",
      );
    }
    const voted = this.#voted.get(keyOf(vote));
    if (voted === undefined) return "new";
    if (round < voted.round) throw contradicts("it has voted in a later round");
    const same = round === voted.round ? voted[step] : undefined;
    if (same !== undefined) {
      if (same.value === value && same.held === held) return "existing";
      throw contradicts("it has cast another vote in this step");
    }
    const { lock } = voted;
    const isLocked = step === "prepare" && lock !== undefined && round > lock.round && value !== lock.value;
    if (isLocked && held <= lock.round + 1) throw contradicts("it has committed another value");
    return "new";
  }

  /** Adds a vote, in the order of the log. */
  add(vote: OwnBallot): void {
    const { t0, round, step, held, value } = vote;
    const key = keyOf(vote);
    const before = this.#voted.get(key);
    const known = before?.round === round ? before : { prepare: undefined, commit: undefined };
    const cast = { prepare: known.prepare, commit: known.commit, [step]: { held, value } };
    const lock = step === "commit" ? { round, value } : before?.lock;
    this.#voted.set(key, { t0, round, ...cast, lock });
  }
}

function keyOf({ submissionId, roster }: OwnBallot): string {
  return `${submissionId}:${roster}`;
}

function contradicts(why: string): NetworkError {
  return new NetworkError("slot_used", `the key does not sign this vote: ${why}`);
}
