import { type Kernel, packScores, readSums } from "../kernel/index.js";
import { concatBytes, equalBytes } from "../protocol/bytes.js";
import { NetworkError } from "../protocol/errors.js";
import { packItems, type SignedItem } from "../protocol/table.js";
import type { KernelVectors, ScoreVector, SignatureVector } from "./kernel-vectors.js";

/** The rule that the vectors are made for: more than one score, and a standard deviation below 15. */
const LIMITS = { varianceLimit: 225, minValidators: 2 };

/** Of one section on one backend: how many cases there are, how many agree, and the places of those that do not. */
export interface AgreementRow {
  readonly backend: string;
  readonly section: string;
  readonly cases: number;
  readonly agree: number;
  /** Indexes of the first cases that do not agree; at most {@link NAMED_CASES}. */
  readonly disagree: readonly number[];
}

const NAMED_CASES = 20;

/** Runs every case of every section, in the file's order. */
export async function agreementOf(kernel: Kernel, vectors: KernelVectors): Promise<AgreementRow[]> {
  const row = async <T>(section: string, cases: readonly T[], agrees: (one: T) => boolean | Promise<boolean>) => {
    const wrong: number[] = [];
    for (const [index, one] of cases.entries()) if (!(await holds(() => agrees(one)))) wrong.push(index);
    const agree = cases.length - wrong.length;
    return { backend: kernel.backend, section, cases: cases.length, agree, disagree: wrong.slice(0, NAMED_CASES) };
  };
  return [
    await row("cases", vectors.cases, (one) => signatureAgrees(kernel, one)),
    await row("batches", vectors.batches, ({ cases, verdict }) =>
      batchAgrees(kernel, members(vectors, cases), verdict),
    ),
    await row("consensus", vectors.consensus, (one) => scoresAgree(kernel, one)),
    await row("blake3", vectors.blake3, ({ input, hash }) => {
      const out = new Uint8Array(32);
      kernel.hash(input, out);
      return equalBytes(out, hash);
    }),
  ];
}

/** A case that the kernel refuses to judge is one that does not agree. */
async function holds(run: () => boolean | Promise<boolean>): Promise<boolean> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof NetworkError) return false;
    throw error;
  }
}

/** The reader of the file has seen that every index is one. */
function members({ cases }: KernelVectors, indexes: readonly number[]): SignatureVector[] {
  return indexes.flatMap((index) => cases[index] ?? []);
}

/** Undefined for a key or signature of another length, which can't even be packed. */
function itemOf({ public: publicKey, signature, R, message }: SignatureVector): SignedItem | undefined {
  if (publicKey.length !== 32 || signature.length !== 64 || R.length !== 32) return undefined;
  return { publicKey, signature: concatBytes([signature, R]), message };
}

async function signatureAgrees(kernel: Kernel, vector: SignatureVector): Promise<boolean> {
  const [valid] = await validity(kernel, [vector]);
  return plainVerdict(kernel, vector) === vector.verdict && valid === vector.batch;
}

/** A wrong length is refused before anything is verified, which is a refusal too. */
function plainVerdict(kernel: Kernel, vector: SignatureVector): boolean {
  try {
    return kernel.verifyPlain(vector.public, vector.message, vector.signature);
  } catch (error) {
    if (error instanceof NetworkError && error.code === "bad_parameters") return false;
    throw error;
  }
}

/** A batch agrees if its verdict as a whole does and each of its members has the verdict that it has alone. */
async function batchAgrees(kernel: Kernel, batch: readonly SignatureVector[], verdict: boolean): Promise<boolean> {
  const valid = await validity(kernel, batch);
  return valid.every((one) => one) === verdict && batch.every((one, index) => one.batch === valid[index]);
}

/** Validity with the carried R of each, verified in one call. */
async function validity(kernel: Kernel, batch: readonly SignatureVector[]): Promise<boolean[]> {
  const items = batch.map(itemOf);
  const packed = items.filter((item) => item !== undefined);
  const verdicts = [...(await kernel.verifyMessages(packItems(packed)))];
  return items.map((item) => item !== undefined && verdicts.shift() === 0);
}

function scoresAgree(kernel: Kernel, vector: ScoreVector): boolean {
  const list = { required: 0, scores: vector.scores, weights: vector.weights };
  const [sums] = readSums(kernel.consensus(packScores([list], LIMITS)));
  if (sums === undefined) return false;
  const n = BigInt(sums.n);
  const floor = sums.weightSum === 0n ? null : sums.weightedSum / sums.weightSum;
  return (
    n === vector.n &&
    sums.sum === vector.sum &&
    sums.sumOfSquares === vector.sum_sq &&
    (vector.lhs === undefined || n * sums.sumOfSquares - sums.sum * sums.sum === vector.lhs) &&
    (vector.rhs === undefined || BigInt(LIMITS.varianceLimit) * n * n === vector.rhs) &&
    sums.reached === vector.reached &&
    sums.weightedSum === vector.mean_num &&
    sums.weightSum === vector.mean_den &&
    floor === vector.mean_floor
  );
}
