// A measuring process: answers {name, count} with what that measure found over that many repetitions.
import { readFileSync } from "node:fs";
import { loadKernel } from "../../dist/kernel/index.js";
import { kernelMeasures, memoryMeasures } from "./kernel-measures.mjs";
import { rivalMeasures } from "./rival-measures.mjs";

const [backend, files] = process.argv.slice(2);
const answer = (message) => process.send(message);

let measures;
process.on("message", async ({ name, count }) => {
  try {
    answer({ value: await measures[name](count) });
  } catch (error) {
    answer({ error: `${name}: ${error.stack}` });
  }
});

try {
  const { kernel } = await loadKernel({ force: backend });
  // Not as Buffers, whose slices are no copies.
  const named = Object.entries(JSON.parse(files)).map(([name, file]) => [name, new Uint8Array(readFileSync(file))]);
  const items = Object.fromEntries(named);
  measures =
    named.length === 0 ? memoryMeasures(kernel) : { ...kernelMeasures(kernel, items), ...rivalMeasures(items) };
  process.once("disconnect", () => kernel.close().then(() => process.exit(0)));
  answer({});
} catch (error) {
  answer({ error: error.message });
}
