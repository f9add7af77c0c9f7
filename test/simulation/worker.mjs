import { parentPort, workerData } from "node:worker_threads";

const { runSeed, pictureSeed, minimise } = await import(workerData.bundlePath);

const ANSWERS = {
  run: ({ options }) => runSeed(options),
  picture: ({ options }) => pictureSeed(options),
  minimise: ({ failed }) => minimise(failed, runSeed),
};

parentPort.on("message", async (request) => {
  parentPort.postMessage(await ANSWERS[request.kind](request));
});
