#!/usr/bin/env node
import { readFile, stat } from "node:fs/promises";
import { parseArgs } from "node:util";
import { KERNEL_BACKENDS, loadKernel } from "../kernel/index.js";
import { NetworkError } from "../protocol/errors.js";
import { EXIT } from "./exit-codes.js";
import { Progress } from "./show/index.js";
import {
  type AgreementRow,
  agreementOf,
  type KernelVectors,
  MAX_VECTOR_FILE_BYTES,
  parseKernelVectors,
  VectorFileError,
} from "./verify/index.js";

const USAGE = "usage: npm run -s kernel:verify -- FILE [--json]";

interface Answer {
  readonly ok: boolean;
  readonly rows: readonly AgreementRow[];
  /** Backends that can't be loaded here, and why. */
  readonly missing?: readonly { readonly backend: string; readonly cause: string }[];
  /** Lists of the file that are not sections. */
  readonly ignored?: readonly string[];
  /** Why there are no rows. */
  readonly error?: string;
}

async function readVectors(path: string): Promise<KernelVectors> {
  if ((await stat(path)).size > MAX_VECTOR_FILE_BYTES) throw new VectorFileError("it is over 128 MiB");
  return parseKernelVectors(await readFile(path, "utf8"));
}

/** Every backend that can be loaded here, one after the other. */
async function verifyAll(vectors: KernelVectors, json: boolean): Promise<Answer> {
  const rows: AgreementRow[] = [];
  const progress = new Progress({ err: process.stderr, nowMs: () => performance.now() }, { unit: "cases", json });
  const { cases, batches, consensus, blake3 } = vectors;
  const ofOne = cases.length + batches.length + consensus.length + blake3.length;
  let done = 0;
  const counted = (): void => progress.at(++done, KERNEL_BACKENDS.length * ofOne);
  const missing: { backend: string; cause: string }[] = [];
  for (const backend of KERNEL_BACKENDS) {
    const loaded = await loadKernel({ force: backend }).catch((error: unknown) => {
      if (error instanceof NetworkError) return error;
      throw error;
    });
    if (loaded instanceof NetworkError) {
      missing.push({ backend, cause: loaded.message });
      done += ofOne;
      continue;
    }
    try {
      rows.push(...(await agreementOf(loaded.kernel, vectors, counted)));
    } finally {
      await loaded.kernel.close();
      progress.end();
    }
  }
  const ok = rows.length > 0 && rows.every(({ cases, agree }) => cases === agree);
  return { ok, rows, missing, ...(vectors.ignored.length > 0 ? { ignored: vectors.ignored } : {}) };
}

function report(answer: Answer, json: boolean): void {
  if (json) {
    console.log(JSON.stringify(answer));
    return;
  }
  for (const { backend, section, cases, agree, differences } of answer.rows) {
    console.log(`${backend} ${section}: ${agree} of ${cases} agree`);
    for (const difference of differences) console.log(`  ${difference}`);
    if (differences.length < cases - agree) console.log(`  and ${cases - agree - differences.length} more`);
  }
  for (const { backend, cause } of answer.missing ?? []) console.log(`${backend} is missing: ${cause}`);
  if (answer.ignored !== undefined) console.log(`ignored: ${answer.ignored.join(", ")}`);
  if (answer.error !== undefined) console.error(answer.error);
  else console.log(answer.ok ? "all agree" : "not all agree");
}

async function main(): Promise<number> {
  let file: string | undefined;
  let json = process.argv.includes("--json");
  try {
    const { values, positionals } = parseArgs({ allowPositionals: true, options: { json: { type: "boolean" } } });
    json = values.json === true;
    if (positionals.length === 1) [file] = positionals;
  } catch {
    // An unknown option; the usage line below covers it.
  }
  if (file === undefined) {
    report({ ok: false, rows: [], error: USAGE }, json);
    return EXIT.usage;
  }
  try {
    const answer = await verifyAll(await readVectors(file), json);
    report(answer, json);
    return answer.ok ? EXIT.ok : EXIT.failure;
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    report({ ok: false, rows: [], error: `${file} can't be verified: ${cause}` }, json);
    return EXIT.data;
  }
}

process.exitCode = await main();
