import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { agreementOf } from "../../src/cli/kernel-agreement.js";
import { parseKernelVectors } from "../../src/cli/kernel-vectors.js";
import { loadKernel } from "../../src/kernel/index.js";

const VECTORS = fileURLToPath(new URL("../vectors/kernel.json", import.meta.url));
const COMMAND = fileURLToPath(new URL("../../dist/cli/kernel-verify.js", import.meta.url));

const text = await readFile(VECTORS, "utf8");
const { kernel } = await loadKernel();

/** What of a file the tests change. */
interface VectorFile {
  cases: ({ message: string; signature: string; public: string; R: string } & Record<string, unknown>)[];
  batches: { cases: number[]; verdict: boolean }[];
  consensus: ({ scores: number[]; weights: string[]; sum: number | string; sum_sq: number } & Record<
    string,
    unknown
  >)[];
  blake3: { input_len: number; hash: string }[];
}

function readFileOfVectors(): VectorFile {
  return JSON.parse(text);
}

/** The element that the published file has there. */
function at<T>(list: readonly T[], index: number): T {
  const found = list[index];
  if (found === undefined) throw new Error(`the file has no entry ${index}`);
  return found;
}

/** How many of each section agree after a change to the file, of how many. */
async function counts(change: (file: VectorFile) => unknown): Promise<Record<string, [number, number]>> {
  const file = readFileOfVectors();
  change(file);
  const rows = await agreementOf(kernel, parseKernelVectors(JSON.stringify(file)));
  return Object.fromEntries(rows.map(({ section, agree, cases }) => [section, [agree, cases]]));
}

const whole = { cases: [71, 71], batches: [55, 55], consensus: [51, 51], blake3: [16, 16] };

describe("agreement with vectors", () => {
  it("is whole on the published file, also with empty sections, capital hex and sums as digits", async () => {
    expect(await counts(() => undefined)).toEqual(whole);
    const none: Record<string, [number, number]> = {
      cases: [0, 0],
      batches: [0, 0],
      consensus: [0, 0],
      blake3: [0, 0],
    };
    expect(await counts((file) => Object.assign(file, { cases: [], batches: [], consensus: [], blake3: [] }))).toEqual(
      none,
    );
    const restated = await counts((file) => {
      at(file.cases, 0).signature = at(file.cases, 0).signature.toUpperCase();
      at(file.consensus, 3).sum = String(at(file.consensus, 3).sum);
    });
    expect(restated).toEqual(whole);
  });

  it("misses each case that says something else", async () => {
    const wrong = await counts((file) => {
      Object.assign(at(file.cases, 0), { verdict: false });
      Object.assign(at(file.cases, 42), { batch: true });
      at(file.batches, 3).verdict = true;
      Object.assign(at(file.consensus, 1), { reached: true });
      at(file.consensus, 2).sum_sq += 1;
      Object.assign(at(file.consensus, 3), { lhs: "1" });
      Object.assign(at(file.consensus, 4), { mean_num: "1" });
      at(file.blake3, 5).hash = at(file.blake3, 4).hash;
    });
    expect(wrong).toEqual({ cases: [69, 71], batches: [53, 55], consensus: [47, 51], blake3: [15, 16] });
  });

  it("takes keys, signatures and commitments of a wrong length as refused, in batches too", async () => {
    const short = await counts((file) => {
      const first = at(file.cases, 0);
      for (const name of ["public", "signature", "R"] as const) {
        const refused = { ...first, verdict: name === "R", batch: false, [name]: first[name].slice(2) };
        file.cases.push(refused);
        file.batches.push({ cases: [0, file.cases.length - 1, 1], verdict: false });
      }
    });
    expect(short).toEqual({ ...whole, cases: [74, 74], batches: [58, 58] });
  });

  it("sums weights up to 2^64 - 1 exactly", async () => {
    const max = 2n ** 64n - 1n;
    const large = await counts((file) => {
      file.consensus = [
        {
          ...{ scores: [100, 99], weights: [String(max), String(max)], n: 2, sum: 199, sum_sq: 19801, reached: true },
          ...{ mean_num: String(199n * max), mean_den: String(2n * max), mean_floor: 99 },
        },
      ];
    });
    expect(large.consensus).toEqual([1, 1]);
  });

  it.each([
    ["no JSON", "{", /not JSON/],
    ["no object", "[]", /the file: /],
    ["a section missing", "{}", /cases: .*batches: .*consensus: .*blake3: /],
  ])("refuses a file that is %s", (_what, content, message) => {
    expect(() => parseKernelVectors(content)).toThrow(message);
  });

  it.each<[string, string, (file: VectorFile) => unknown]>([
    ["hex", "cases.2.message: not hex", (file) => Object.assign(at(file.cases, 2), { message: "0g" })],
    ["an index", "batches.1.cases: names a case", (file) => at(file.batches, 1).cases.push(71)],
    ["a score", "consensus.4.scores.0: ", (file) => at(file.consensus, 4).scores.splice(0, 1, 101)],
    [
      "a weight",
      "consensus.4.weights.0: not a u64",
      (file) => at(file.consensus, 4).weights.splice(0, 1, String(2n ** 64n)),
    ],
    ["the number of weights", "consensus.4: there is not one weight", (file) => at(file.consensus, 4).weights.pop()],
    [
      "an input's length",
      "blake3.14: neither a pattern",
      (file) => Object.assign(at(file.blake3, 14), { input_len: 14 }),
    ],
  ])("names the place of what is wrong with %s", (_what, message, change) => {
    const file = readFileOfVectors();
    change(file);
    expect(() => parseKernelVectors(JSON.stringify(file))).toThrow(message);
  });
});

interface Answer {
  readonly ok: boolean;
  readonly rows: readonly object[];
  readonly missing: readonly object[];
  readonly error?: string;
}

describe.skipIf(!existsSync(COMMAND))("kernel:verify", () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "tos-ai-vectors-"));
  });

  afterEach(() => rm(folder, { recursive: true }));

  async function verify(content: string): Promise<{ answer: Answer; code: number }> {
    const file = join(folder, "vectors.json");
    await writeFile(file, content);
    try {
      const { stdout } = await promisify(execFile)(process.execPath, [COMMAND, file, "--json"]);
      return { answer: JSON.parse(stdout), code: 0 };
    } catch (error) {
      if (!(error instanceof Error && "stdout" in error && "code" in error)) throw error;
      return { answer: JSON.parse(String(error.stdout)), code: Number(error.code) };
    }
  }

  it("has a row per backend and section, and fails if one case of one does not agree", async () => {
    const good = await verify(text);
    expect(good.answer).toMatchObject({ ok: true });
    expect(good.answer.rows).toContainEqual({ backend: "wasm", section: "cases", cases: 71, agree: 71, disagree: [] });
    expect(good.answer.rows).toHaveLength(4 * (3 - good.answer.missing.length));
    const changed = readFileOfVectors();
    at(changed.blake3, 3).hash = at(changed.blake3, 4).hash;
    const bad = await verify(JSON.stringify(changed));
    expect([bad.answer.ok, bad.code]).toEqual([false, 1]);
    expect(bad.answer.rows).toContainEqual({ backend: "wasm", section: "blake3", cases: 16, agree: 15, disagree: [3] });
  });

  it("says what is wrong with a file", async () => {
    const { answer, code } = await verify("{}");
    expect(answer).toMatchObject({ ok: false, rows: [] });
    expect(answer.error).toContain("can't be verified: cases: ");
    expect(code).toBe(5);
  });
});
