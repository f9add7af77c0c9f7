import { pathToFileURL } from "node:url";
import { parentPort, workerData } from "node:worker_threads";

const { bundlePath, withCoverage } = workerData;
const { CodeProfiler } = withCoverage ? await import("./coverage/profiler.mjs") : {};
const profiler = CodeProfiler === undefined ? undefined : new CodeProfiler();
await profiler?.start();
const { runSeed, pictureSeed, minimise, runCodes, tally } = await import(bundlePath);

const ANSWERS = {
  run: ({ options }) => runSeed(options),
  picture: ({ options }) => pictureSeed(options),
  codes: ({ options }) => runCodes(options),
  coverage: async () => ({ functions: await profiler.functions(pathToFileURL(bundlePath).href), tally: tally() }),
  minimise: ({ failed }) => minimise(failed, runSeed),
};

parentPort.on("message", async (request) => {
  parentPort.postMessage(await ANSWERS[request.kind](request));
});
