/** Parts of the pool in basis points; together 10,000. */
export interface RewardShares {
  readonly winner: bigint;
  readonly participant: bigint;
  readonly validator: bigint;
  readonly network: bigint;
}

const WHOLE = 10_000n;
const DEFAULT_SHARES: RewardShares = { winner: 6500n, participant: 1500n, validator: 1500n, network: 500n };
/** The two exceptions of reference 2.4, by task type and difficulty. */
const EXCEPTIONS: readonly { readonly taskType: number; readonly difficulty: number; readonly shares: RewardShares }[] =
  [
    // SecurityAudit, Expert.
    { taskType: 1, difficulty: 3, shares: { winner: 7000n, participant: 1000n, validator: 1500n, network: 500n } },
    // CodeAnalysis, Beginner.
    { taskType: 0, difficulty: 0, shares: { winner: 6000n, participant: 2000n, validator: 1500n, network: 500n } },
  ];
/** Multipliers 1.0, 0.6, 0.4, 0.2 of the ranks 1, 2, 3, and 4 or more, in tenths. */
const RANK_TENTHS = [10n, 6n, 4n, 2n] as const;

/** A submission whose verdict is final. */
export interface JudgedSubmission {
  readonly submissionId: string;
  readonly submitter: string;
  readonly reached: boolean;
  /** The validations of its certified list. */
  readonly validations: readonly { readonly validator: string; readonly score: number; readonly weight: number }[];
}

/** One payment (reference 1.9). A key has one entry for each of its roles. */
export interface RewardEntry {
  /** Public key, hex. */
  readonly recipient: string;
  readonly amountNano: bigint;
  readonly role: "winner" | "participation" | "validation";
  /** Of a winner: 1 and up; equal scores have one rank. */
  readonly rank: number | undefined;
  /** Of a winner: its weighted score, rounded down. */
  readonly qualityScore: number | undefined;
  /** Of a winner or participant. */
  readonly submissionId: string | undefined;
}

/** How a pool is split. The entries, the network fee and the refund sum to the pool. */
export interface RewardDistribution {
  readonly poolNano: bigint;
  readonly shares: RewardShares;
  readonly qualityThreshold: number;
  readonly entries: readonly RewardEntry[];
  readonly networkFeeNano: bigint;
  /** The shares that no key has earned: they are the publisher's. */
  readonly refundNano: bigint;
}

export interface RewardFacts {
  readonly poolNano: bigint;
  /** Index into TASK_TYPES. */
  readonly taskType: number;
  /** Index into DIFFICULTIES. */
  readonly difficulty: number;
  /** 0..100 */
  readonly qualityThreshold: number;
  readonly submissions: readonly JudgedSubmission[];
}

/** The sums of the weighted score, as a fraction. */
interface Scored {
  readonly submission: JudgedSubmission;
  readonly weighted: bigint;
  readonly weight: bigint;
}

/**
 * Splits a pool. Winners are the reached submissions whose weighted score is at least the threshold, ranked by it. Each
 * other submission has an equal part of the participants' share, and each validation of a list a part of the
 * validators' share by its weight. A share that is rounded down leaves its rest to the winners.
 */
export function splitRewards({
  poolNano,
  taskType,
  difficulty,
  qualityThreshold,
  submissions,
}: RewardFacts): RewardDistribution {
  const found = EXCEPTIONS.find((one) => one.taskType === taskType && one.difficulty === difficulty);
  const shares = found?.shares ?? DEFAULT_SHARES;
  const part = (basisPoints: bigint): bigint => (poolNano * basisPoints) / WHOLE;
  const [networkFeeNano, forValidators] = [part(shares.network), part(shares.validator)];
  const won = winners(submissions, qualityThreshold);
  const ids = new Set(won.map(({ submission }) => submission.submissionId));
  const others = submissions.filter(({ submissionId }) => !ids.has(submissionId));
  const forParticipants = others.length === 0 ? 0n : part(shares.participant);
  const forWinners = poolNano - networkFeeNano - forValidators - forParticipants;
  const ranked = won.map((one) => ({ one, rank: won.filter((other) => isBetter(other, one)).length + 1 }));
  const entries = [
    ...divide(forWinners, ranked, ({ rank }) => RANK_TENTHS[Math.min(rank, RANK_TENTHS.length) - 1] as bigint, {
      name: ({ one }) => one.submission.submissionId,
      entry: ({ one, rank }, amountNano) => ({
        recipient: one.submission.submitter,
        amountNano,
        role: "winner",
        rank,
        qualityScore: Number(one.weighted / one.weight),
        submissionId: one.submission.submissionId,
      }),
    }),
    ...divide(forParticipants, others, () => 1n, {
      name: ({ submissionId }) => submissionId,
      entry: ({ submitter, submissionId }, amountNano) => ({
        recipient: submitter,
        amountNano,
        role: "participation",
        rank: undefined,
        qualityScore: undefined,
        submissionId,
      }),
    }),
    ...divide(forValidators, [...validatorWeights(submissions)], ([, weight]) => weight, {
      name: ([validator]) => validator,
      entry: ([recipient], amountNano) => ({
        recipient,
        amountNano,
        role: "validation",
        rank: undefined,
        qualityScore: undefined,
        submissionId: undefined,
      }),
    }),
  ];
  const paid = entries.reduce((sum, { amountNano }) => sum + amountNano, networkFeeNano);
  return { poolNano, shares, qualityThreshold, entries, networkFeeNano, refundNano: poolNano - paid };
}

function winners(submissions: readonly JudgedSubmission[], threshold: number): Scored[] {
  return submissions
    .filter(({ reached, validations }) => reached && validations.length > 0)
    .map((submission): Scored => {
      const { validations } = submission;
      return {
        submission,
        weighted: validations.reduce((sum, { score, weight }) => sum + BigInt(score) * BigInt(weight), 0n),
        weight: validations.reduce((sum, { weight }) => sum + BigInt(weight), 0n),
      };
    })
    .filter(({ weighted, weight }) => weighted >= BigInt(threshold) * weight)
    .sort((a, b) =>
      isBetter(a, b) ? -1 : isBetter(b, a) ? 1 : byText(a.submission.submissionId, b.submission.submissionId),
    );
}

function isBetter(a: Scored, b: Scored): boolean {
  return a.weighted * b.weight > b.weighted * a.weight;
}

/** The summed weight of each validator's validations. */
function validatorWeights(submissions: readonly JudgedSubmission[]): Map<string, bigint> {
  const weights = new Map<string, bigint>();
  for (const { validations } of submissions) {
    for (const { validator, weight } of validations) {
      weights.set(validator, (weights.get(validator) ?? 0n) + BigInt(weight));
    }
  }
  return weights;
}

/**
 * Divides an amount by weights, in whole nanoTOS. The rest goes, one nanoTOS each, to the largest remainders; of equal
 * ones to the lower name. Without a weight nothing is paid.
 */
function divide<T>(
  amountNano: bigint,
  items: readonly T[],
  weightOf: (item: T) => bigint,
  { name, entry }: { name: (item: T) => string; entry: (item: T, amountNano: bigint) => RewardEntry },
): RewardEntry[] {
  const total = items.reduce((sum, item) => sum + weightOf(item), 0n);
  if (total === 0n) return [];
  const parts = items
    .map((item) => ({
      item,
      name: name(item),
      floor: (amountNano * weightOf(item)) / total,
      rest: (amountNano * weightOf(item)) % total,
    }))
    .sort((a, b) => (a.rest === b.rest ? byText(a.name, b.name) : a.rest > b.rest ? -1 : 1));
  const left = Number(amountNano - parts.reduce((sum, { floor }) => sum + floor, 0n));
  const paid = parts.map(({ item, name: key, floor }, at) => ({ item, key, amount: floor + (at < left ? 1n : 0n) }));
  return paid.sort((a, b) => byText(a.key, b.key)).map(({ item, amount }) => entry(item, amount));
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
