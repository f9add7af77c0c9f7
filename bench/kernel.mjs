// The kernel against its rivals, all in one run: `npm run bench:kernel`, with `-s` and `-- --json` one JSON object.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startNode, startRust } from "./kernel/children.mjs";
import { memoryRow } from "./kernel/memory.mjs";
import { evaluate, LONG_EVERY, LONG_MEASURES, MEASURES, ROWS } from "./kernel/rows.mjs";
import { report } from "./report.mjs";

/** The first rounds warm up and are not counted. */
const WARM_UP = 3;
const ROUNDS = 40;
/** More signers than the cache of keys holds: going round them, each has been forgotten when it comes again. */
const NEW_SIGNERS = 40_960;

const folder = await mkdtemp(join(tmpdir(), "tos-ai-bench-"));
const started = new Map();
let rows;
try {
  const rust = startRust();
  started.set("rust", rust);
  const files = { new: join(folder, "new"), known: join(folder, "known"), eight: join(folder, "eight") };
  await rust.ask("items", 0, NEW_SIGNERS, NEW_SIGNERS, files.new);
  await rust.ask("items", 0, 1024, 1024, files.known);
  await rust.ask("items", 0, 8, 1024, files.eight);
  for (const [name, file] of Object.entries(files)) await rust.ask("load", name, file);

  started.set("native", await startNode("native", 1, files));
  started.set("two threads", await startNode("native", 2, files));
  // Bad batches make a kernel wary for a while: they have one to themselves.
  started.set("attacked", await startNode("native", 1, files));
  started.set("reference", await startNode("reference", 1, files));
  started.set("wasm", await startNode("wasm", 1, files));

  const rounds = [];
  for (let number = -WARM_UP; number < ROUNDS; number++) {
    const round = {};
    const measures = number % LONG_EVERY === 0 ? [...MEASURES, ...LONG_MEASURES] : MEASURES;
    // There and back, so that whatever grows in between falls on both sides of a comparison.
    for (const [name, process, ...words] of number % 2 === 0 ? measures : measures.toReversed()) {
      const child = started.get(process);
      if (child !== undefined) round[name] = await child.ask(...words);
    }
    if (number >= 0) rounds.push(round);
  }
  rows = ROWS.map((row) => evaluate(row, rounds)).filter((row) => row !== undefined);
  rows.push(await memoryRow(rust, folder));
} finally {
  for (const child of started.values()) await child?.stop();
  await rm(folder, { recursive: true });
}

report(rows);
