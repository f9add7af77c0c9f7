// Whether memory stays where it is while more and more signers are seen.
import { join } from "node:path";
import { startNode } from "./children.mjs";

const PART = 50_000;
const FEW = 100_000;
const MANY = 1_000_000;
const BAR = 1.05;

/** Resident bytes of a node's process that has verified a signature of each of so many signers. */
export async function memoryRow(rust, folder) {
  const file = join(folder, "signers");
  const node = await startNode("native", 4, {}, ["--expose-gc"]);
  try {
    const resident = new Map();
    for (let seen = 0; seen < MANY; seen += PART) {
      await rust.ask("items", seen, MANY, PART, file);
      resident.set(seen + PART, await node.ask("resident after", file));
    }
    const [few, many] = [resident.get(FEW) / 2 ** 20, resident.get(MANY) / 2 ** 20];
    const name = "memory after 1,000,000 distinct signers";
    const sizes = [...resident.values()].slice(1).map((bytes) => bytes / 2 ** 20);
    const [min, max] = [Math.min(...sizes), Math.max(...sizes)];
    const ratio = many / few;
    const ok = ratio <= BAR && ratio >= 1 / BAR;
    return { name, value: many, unit: "MiB", min, max, rival: "after 100,000", ratio, bar: `at most ${BAR}`, ok };
  } finally {
    await node.stop();
  }
}
