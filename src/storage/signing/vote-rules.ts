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

/** A vote as a JSON object, in the vote log and in a signing history. */
export const voteFields = {
  encode({ submissionId, ...rest }: OwnBallot): z.infer<typeof shape> {
    const { roster, t0, round, step, held, value } = rest;
    return shape.parse({ submission: submissionId, roster, t0, round, step, held, value });
  },
  /** Undefined for anything that `encode` would not make. */
  decode(json: unknown): OwnBallot | undefined {
    const parsed = shape.safeParse(json).data;
    if (parsed === undefined) return undefined;
    const { submission: submissionId, ...rest } = parsed;
    return { submissionId, ...rest };
  },
};

/** The bytes of an entry of the vote log. */
export function encodeBallot(vote: OwnBallot): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(voteFields.encode(vote)));
}

/** Undefined for anything that {@link encodeBallot} would not write. */
export function decodeBallot(bytes: Uint8Array): OwnBallot | undefined {
  try {
    return voteFields.decode(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)));
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
          "it votes on tasks that are announced after the UTC day on which the log was made. " +
          "A history that is imported before the first start (tos-ai-sync key import-signing) avoids this",
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

const STEPS = ["prepare", "commit"] as const;

/**
 * The fewest votes that forbid what all of these forbid, in the order in which a log has them: of each submission and
 * roster the votes of the highest round, and the last commit before it. Of two votes of one step the first one counts.
 */
export function lastVotes(votes: readonly OwnBallot[]): OwnBallot[] {
  const byKey = new Map<string, OwnBallot[]>();
  for (const vote of votes) {
    const key = keyOf(vote);
    const of = byKey.get(key);
    if (of === undefined) byKey.set(key, [vote]);
    else if (!of.some(({ round, step }) => round === vote.round && step === vote.step)) of.push(vote);
  }
  return [...byKey.values()].flatMap((of) => {
    const top = Math.max(...of.map(({ round }) => round));
    const earlier = of.filter(({ round, step }) => round < top && step === "commit");
    const lock = earlier.sort((a, b) => a.round - b.round).at(-1);
    const last = STEPS.flatMap((wanted) => of.find(({ round, step }) => round === top && step === wanted) ?? []);
    return lock === undefined ? last : [lock, ...last];
  });
}

function keyOf({ submissionId, roster }: OwnBallot): string {
  return `${submissionId}:${roster}`;
}

function contradicts(why: string): NetworkError {
  return new NetworkError("slot_used", `the key does not sign this vote: ${why}`);
}
