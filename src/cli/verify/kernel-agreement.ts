import { type Kernel, MAX_INPUT_BYTES, packScores, readSums, type ScoreSums } from "../../kernel/index.js";
import { concatBytes, equalBytes, toHex } from "../../protocol/bytes.js";
import { NetworkError } from "../../protocol/errors.js";
import { packItems, type SignedItem } from "../../protocol/table.js";
import type { BatchVector, Entry, HashVector, KernelVectors, ScoreVector, SignatureVector } from "./kernel-vectors.js";

/** The rule of the vectors: more than one score, and a standard deviation below 15. */
const LIMITS = { varianceLimit: 225, minValidators: 2 };

/** The result of one section on one backend. */
export interface AgreementRow {
  readonly backend: string;
  readonly section: string;
  readonly cases: number;
  readonly agree: number;
  /** Indexes of the first cases that do not agree; at most {@link NAMED_CASES}. */
  readonly disagree: readonly number[];
  /** For each index in `disagree` the case and the difference, for people. */
  readonly differences: readonly string[];
}

/** Cases that are named; all are counted. A person looks at the first ones. */
const NAMED_CASES = 20;

/** The difference as text; undefined if a case agrees. */
type Difference = string | undefined;

/**
 * Runs every case of every section, in the file's order. A case that can't be read does not agree. Calls `done` after
 * each case.
 */
export async function agreementOf(
  kernel: Kernel,
  vectors: KernelVectors,
  done: () => void = () => undefined,
): Promise<AgreementRow[]> {
  const row = async <T extends { readonly why?: string | undefined }>(
    section: string,
    entries: readonly Entry<T>[],
    compare: (vector: T) => Difference | Promise<Difference>,
  ): Promise<AgreementRow> => {
    const wrong: { readonly index: number; readonly difference: string }[] = [];
    for (const [index, entry] of entries.entries()) {
      const found = "fault" in entry ? entry.fault : await outcome(() => compare(entry.vector));
      const why = "vector" in entry && entry.vector.why !== undefined ? ` (${entry.vector.why})` : "";
      if (found !== undefined) wrong.push({ index, difference: `${section}[${index}]${why}: ${found}` });
      done();
    }
    const named = wrong.slice(0, NAMED_CASES);
    const [disagree, differences] = [named.map(({ index }) => index), named.map(({ difference }) => difference)];
    const agree = entries.length - wrong.length;
    return { backend: kernel.backend, section, cases: entries.length, agree, disagree, differences };
  };
  return [
    await row("cases", vectors.cases, (one) => compareSignature(kernel, one)),
    await row("batches", vectors.batches, (one) => compareBatch(kernel, vectors, one)),
    await row("consensus", vectors.consensus, (one) => compareScores(kernel, one)),
    await row("blake3", vectors.blake3, (one) => compareHash(kernel, one)),
  ];
}

/** A case that the kernel refuses does not agree. */
async function outcome(run: () => Difference | Promise<Difference>): Promise<Difference> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof NetworkError) return `the kernel refuses it: ${error.message}`;
    throw error;
  }
}

function unlike(name: string, stated: unknown, found: unknown): Difference {
  return stated === undefined || stated === found ? undefined : `${name} is ${found}, not ${stated}`;
}

async function compareSignature(kernel: Kernel, vector: SignatureVector): Promise<Difference> {
  const [valid] = await validity(kernel, [vector]);
  return unlike("verdict", vector.verdict, plainVerdict(kernel, vector)) ?? unlike("batch", vector.batch, valid);
}

/** A wrong length counts as an invalid signature: the kernel refuses it before it verifies. */
function plainVerdict(kernel: Kernel, vector: SignatureVector): boolean {
  try {
    return kernel.verifyPlain(vector.public, vector.message, vector.signature);
  } catch (error) {
    if (error instanceof NetworkError && error.code === "bad_parameters") return false;
    throw error;
  }
}

/** A batch agrees if its own verdict agrees and each member has the same verdict in the batch as alone. */
async function compareBatch(kernel: Kernel, vectors: KernelVectors, batch: BatchVector): Promise<Difference> {
  const members: SignatureVector[] = [];
  for (const at of batch.cases) {
    const entry = vectors.cases[at];
    if (entry === undefined) return `it names case ${at}, which is not in the file`;
    if ("fault" in entry) return `it names case ${at}, which ${entry.fault}`;
    members.push(entry.vector);
  }
  const valid = await validity(kernel, members);
  const whole = unlike("verdict", batch.verdict, valid.every(Boolean));
  const other = members.findIndex((one, at) => unlike("batch", one.batch, valid[at]) !== undefined);
  return whole ?? (other < 0 ? undefined : `case ${batch.cases[other]} is ${valid[other]} in it, not alone`);
}

/** Undefined for a key or signature of another length: it can't be packed. */
function itemOf({ public: publicKey, signature, R, message }: SignatureVector): SignedItem | undefined {
  if (publicKey.length !== 32 || signature.length !== 64 || R.length !== 32) return undefined;
  return { publicKey, signature: concatBytes([signature, R]), message };
}

/** Verifies the signatures with their carried R, in as few calls as MAX_INPUT_BYTES allows. */
async function validity(kernel: Kernel, batch: readonly SignatureVector[]): Promise<boolean[]> {
  const items = batch.map(itemOf);
  const verdicts: number[] = [];
  let call: SignedItem[] = [];
  let bytes = 0;
  const verify = async () => {
    verdicts.push(...(await kernel.verifyMessages(packItems(call))));
    call = [];
    bytes = 0;
  };
  for (const item of items.filter((one) => one !== undefined)) {
    const length = packItems([item]).length;
    if (bytes + length > MAX_INPUT_BYTES) await verify();
    call.push(item);
    bytes += length;
  }
  await verify();
  let next = 0;
  return items.map((item) => item !== undefined && verdicts[next++] === 0);
}

/** The sums of a list, or the kernel's error. */
function sumsOf(kernel: Kernel, { scores, weights }: ScoreVector): ScoreSums | NetworkError {
  const list = { required: 0, scores: scores.map(Number), weights: weights ?? scores.map(() => 1n) };
  try {
    const [sums] = readSums(kernel.consensus(packScores([list], LIMITS)));
    return sums ?? new NetworkError("kernel_failed", "it has no result");
  } catch (error) {
    if (error instanceof NetworkError) return error;
    throw error;
  }
}

function compareScores(kernel: Kernel, vector: ScoreVector): Difference {
  const sums = sumsOf(kernel, vector);
  if (sums instanceof NetworkError) {
    return vector.refused && sums.code === "bad_parameters" ? undefined : `the kernel refuses it: ${sums.message}`;
  }
  if (vector.refused) return "the kernel takes it";
  const n = BigInt(sums.n);
  return (
    unlike("n", vector.n, n) ??
    unlike("sum", vector.sum, sums.sum) ??
    unlike("sum_sq", vector.sum_sq, sums.sumOfSquares) ??
    unlike("lhs", vector.lhs, n * sums.sumOfSquares - sums.sum * sums.sum) ??
    unlike("rhs", vector.rhs, BigInt(LIMITS.varianceLimit) * n * n) ??
    unlike("reached", vector.reached, sums.reached) ??
    unlike("mean_num", vector.mean_num, sums.weightedSum) ??
    unlike("mean_den", vector.mean_den, sums.weightSum) ??
    unlike("mean_floor", vector.mean_floor, sums.weightSum === 0n ? null : sums.weightedSum / sums.weightSum)
  );
}

/** Hashes in one call, if the input fits in one, and in parts. */
function compareHash(kernel: Kernel, vector: HashVector): Difference {
  const bytes = vector.bytes();
  const out = new Uint8Array(32);
  if (bytes.length <= MAX_INPUT_BYTES) {
    kernel.hash(bytes, out);
    if (!equalBytes(out, vector.hash)) return `the hash is ${toHex(out)}`;
  }
  const hasher = kernel.hasher();
  for (let from = 0; from < bytes.length; from += PART_BYTES) hasher.update(bytes.subarray(from, from + PART_BYTES));
  hasher.digest(out);
  return equalBytes(out, vector.hash) ? undefined : `in parts the hash is ${toHex(out)}`;
}

/** Not a multiple of BLAKE3's chunk size, so that parts end inside a chunk. */
const PART_BYTES = 65_000;
