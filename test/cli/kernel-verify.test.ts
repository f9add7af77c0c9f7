import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { blake3 } from "@noble/hashes/blake3.js";
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { agreementOf } from "../../src/cli/verify/kernel-agreement.js";
import { parseKernelVectors } from "../../src/cli/verify/kernel-vectors.js";
import { loadKernel } from "../../src/kernel/index.js";
import { toHex } from "../../src/protocol/bytes.js";
import { scratchDirectory } from "../support/scratch.js";

const VECTORS = fileURLToPath(new URL("../vectors/kernel.json", import.meta.url));
const COMMAND = fileURLToPath(new URL("../../dist/cli/kernel-verify.js", import.meta.url));

const text = await readFile(VECTORS, "utf8");
const { kernel } = await loadKernel();

/** The parts of a file that the tests change. */
interface VectorFile {
  cases: ({ message: string; signature: string; public: string; R: string } & Record<string, unknown>)[];
  batches: { cases: number[]; verdict: boolean }[];
  consensus: ({ scores: number[]; weights: string[]; sum: number | string; sum_sq: number } & Record<
    string,
    unknown
  >)[];
  blake3: { input_len: number; input: string; hash: string }[];
}

function readFileOfVectors(): VectorFile {
  return JSON.parse(text);
}

/** The element of the published file at this index. */
function at<T>(list: readonly T[], index: number): T {
  const found = list[index];
  if (found === undefined) throw new Error(`the file has no entry ${index}`);
  return found;
}

/** For each section after a change to the file: the number of agreeing cases, and of all cases. */
async function counts(change: (file: VectorFile) => unknown): Promise<Record<string, [number, number]>> {
  const file = readFileOfVectors();
  change(file);
  const rows = await agreementOf(kernel, parseKernelVectors(JSON.stringify(file)));
  return Object.fromEntries(rows.map(({ section, agree, cases }) => [section, [agree, cases]]));
}

/** Fields with the expected results of a kernel. */
const STATED = new Set(["n", "sum", "sum_sq", "lhs", "rhs", "mean_num", "mean_den", "mean_floor", "hash"]);
const NO_EXPECTATION = { scores: [1], weights: ["1"], why: "nothing" };

/** A different valid value for such a field. */
function otherThan(stated: unknown): unknown {
  if (typeof stated === "boolean") return !stated;
  if (stated === null) return 1;
  if (typeof stated === "string" && stated.length === 64) return `${stated.slice(1)}${stated.slice(0, 1)}`;
  return typeof stated === "number" ? stated + 1 : String(BigInt(String(stated)) - 1n);
}

const whole = { cases: [71, 71], batches: [55, 55], consensus: [51, 51], blake3: [16, 16] };

describe("agreement with vectors", () => {
  it("every case of the published file agrees, also with empty sections, capital hex and numbers as text", async () => {
    expect(await counts(() => undefined)).toEqual(whole);
    const fewer = { cases: [71, 71], batches: [0, 0], consensus: [0, 0], blake3: [0, 0] };
    expect(await counts((file) => Object.assign(file, { batches: [], consensus: [], blake3: [] }))).toEqual(fewer);
    const restated = await counts((file) => {
      at(file.cases, 0).signature = at(file.cases, 0).signature.toUpperCase();
      at(file.consensus, 3).sum = String(at(file.consensus, 3).sum);
      Object.assign(at(file.blake3, 3), { input_len: "64" });
      Object.assign(at(file.batches, 3), { cases: at(file.batches, 3).cases.map(String) });
    });
    expect(restated).toEqual(whole);
  });

  it("a case with another result does not agree", async () => {
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

  it("keys, signatures and commitments of a wrong length count as refused, also in batches", async () => {
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

  it("weights up to 2^64 - 1 are summed exactly", async () => {
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

  it("the report names each disagreeing case and the difference", async () => {
    const file = readFileOfVectors();
    Object.assign(at(file.cases, 0), { verdict: false });
    Object.assign(at(file.batches, 0), { verdict: !at(file.batches, 0).verdict });
    at(file.consensus, 2).sum_sq += 1;
    at(file.blake3, 5).hash = at(file.blake3, 4).hash;
    const rows = await agreementOf(kernel, parseKernelVectors(JSON.stringify(file)));
    expect(rows.map(({ disagree }) => disagree)).toEqual([[0], [0], [2], [5]]);
    expect(rows.flatMap(({ differences }) => differences)).toEqual([
      "cases[0] (published test vector): verdict is true, not false",
      expect.stringMatching(/^batches\[0\] \(.*\): verdict is true, not false$/),
      expect.stringMatching(/^consensus\[2\] \(.*\): sum_sq is [0-9]+, not [0-9]+$/),
      expect.stringMatching(/^blake3\[5\]: the hash is [0-9a-f]{64}$/),
    ]);
  });

  it("a wrong expectation in any field does not agree", async () => {
    const places: (readonly [keyof typeof whole, number, string])[] = [];
    const file = readFileOfVectors();
    for (const section of ["cases", "batches", "consensus", "blake3"] as const) {
      for (const [index, entry] of file[section].entries()) {
        for (const [name, value] of Object.entries(entry)) {
          const stated = typeof value === "boolean" || STATED.has(name);
          if (stated && name !== "equation_mod_L_holds") places.push([section, index, name]);
        }
      }
    }
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...places), async ([section, index, name]) => {
        const changed: Record<string, Record<string, unknown>[]> = JSON.parse(text);
        const entry = at(changed[section] ?? [], index);
        entry[name] = otherThan(entry[name]);
        // A file with this case only, so that the other cases are not run each time.
        const only = { cases: section === "batches" ? changed.cases : [], [section]: [entry] };
        const rows = await agreementOf(kernel, parseKernelVectors(JSON.stringify(only)));
        expect(rows.find((row) => row.section === section)?.disagree).toEqual([0]);
      }),
      { numRuns: 100 },
    );
  });

  it("missing sections are empty, and unknown lists are named", async () => {
    const { blake3 } = readFileOfVectors();
    const vectors = parseKernelVectors(JSON.stringify({ seed: "other", blake3, points: [{ x: 1 }] }));
    expect(vectors.ignored).toEqual(["points"]);
    const rows = await agreementOf(kernel, vectors);
    expect(rows.map(({ section, agree, cases }) => [section, agree, cases])).toEqual([
      ["cases", 0, 0],
      ["batches", 0, 0],
      ["consensus", 0, 0],
      ["blake3", 16, 16],
    ]);
  });

  it("out-of-range scores and weights must be refused if and only if the file says so", async () => {
    const u64 = String(2n ** 64n);
    const refused = [
      { scores: [101], weights: [1] },
      { scores: ["256"], weights: [1] },
      { scores: [-1], weights: [1] },
      { scores: [1], weights: [u64] },
      { scores: [1], weights: ["-1"] },
      { scores: [1, 2], weights: [1] },
    ];
    const reported = await counts((file) => {
      file.consensus = JSON.parse(JSON.stringify(refused.map((one) => ({ ...one, error: "out of range" }))));
    });
    expect(reported.consensus).toEqual([6, 6]);
    const summed = await counts((file) => {
      file.consensus = JSON.parse(JSON.stringify(refused.map((one) => ({ ...one, n: one.scores.length }))));
    });
    expect(summed.consensus).toEqual([0, 6]);
    const taken = await counts((file) => Object.assign(at(file.consensus, 3), { error: true }));
    expect(taken.consensus).toEqual([50, 51]);
  });

  it("batches and inputs that are larger than one call are checked", async () => {
    const large = await counts((file) => {
      const message = "00".repeat(9 << 20);
      file.cases = [at(file.cases, 0), { ...at(file.cases, 0), message, verdict: false, batch: false }];
      file.batches = [
        { cases: [0, 1, 0, 1, 0], verdict: false },
        { cases: new Array(3000).fill(0), verdict: true },
      ];
      const input = "byte i = i mod 251";
      const hash = toHex(blake3(Uint8Array.from({ length: (17 << 20) + 3 }, (_, i) => i % 251)));
      file.blake3 = [{ input_len: (17 << 20) + 3, input, hash }];
    });
    expect(large).toMatchObject({ cases: [2, 2], batches: [2, 2], blake3: [1, 1] });
  });

  it.each([
    ["not JSON", "{", /not JSON/],
    ["not an object", "[]", /not an object/],
    ["without a case", JSON.stringify({ cases: [], note: "nothing" }), /no case/],
    ["of another shape", JSON.stringify({ cases: { a: 1 } }), /cases: it is not a list/],
  ])("a file that is %s is refused", (_what, content, message) => {
    expect(() => parseKernelVectors(content)).toThrow(message);
  });

  it.each<[string, keyof VectorFile, string, (file: VectorFile) => unknown]>([
    [
      "hex",
      "cases",
      "cases[2]: can't be read: message: not hex",
      (file) => Object.assign(at(file.cases, 2), { message: "0g" }),
    ],
    ["an index", "batches", "names case 71, which is not", (file) => at(file.batches, 1).cases.push(71)],
    [
      "a field",
      "consensus",
      "consensus[4]: can't be read: scores.0: ",
      (file) => Object.assign(at(file.consensus, 4), { scores: [0.5] }),
    ],
    ["an expectation", "consensus", "states nothing", (file) => Object.assign(file, { consensus: [NO_EXPECTATION] })],
    [
      "an input's length",
      "blake3",
      "blake3[14]: can't be read: neither a pattern",
      (file) => Object.assign(at(file.blake3, 14), { input_len: 14 }),
    ],
  ])("a case with %s that can't be read does not agree", async (_what, section, message, change) => {
    const file = readFileOfVectors();
    change(file);
    const rows = await agreementOf(kernel, parseKernelVectors(JSON.stringify(file)));
    const row = rows.find((one) => one.section === section);
    expect(row?.differences.join()).toContain(message);
    const others = rows.filter((one) => one !== row);
    if (section !== "cases") expect(others.every(({ agree, cases }) => agree === cases)).toBe(true);
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
    folder = await scratchDirectory();
  });

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

  it("kernel:verify prints a row per backend and section and fails if one case disagrees", async () => {
    const good = await verify(text);
    expect(good.answer).toMatchObject({ ok: true });
    const whole = { cases: 71, agree: 71, disagree: [], differences: [] };
    expect(good.answer.rows).toContainEqual({ backend: "wasm", section: "cases", ...whole });
    expect(good.answer.rows).toHaveLength(4 * (3 - good.answer.missing.length));
    const changed = readFileOfVectors();
    at(changed.blake3, 3).hash = at(changed.blake3, 4).hash;
    const bad = await verify(JSON.stringify(changed));
    expect([bad.answer.ok, bad.code]).toEqual([false, 1]);
    for (const backend of ["wasm", "reference"]) {
      expect(bad.answer.rows).toContainEqual({
        ...{ backend, section: "blake3", cases: 16, agree: 15, disagree: [3] },
        differences: [expect.stringContaining("blake3[3]: the hash is ")],
      });
    }
  });

  it("kernel:verify reports the fault of a file", async () => {
    for (const [content, message] of [
      ["{}", "it has no case"],
      ["nonsense", "it is not JSON"],
    ] as const) {
      const { answer, code } = await verify(content);
      expect(answer).toMatchObject({ ok: false, rows: [] });
      expect(answer.error).toContain(`can't be verified: ${message}`);
      expect(code).toBe(5);
    }
  });
});
