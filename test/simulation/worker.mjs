import { parentPort, workerData } from "node:worker_threads";

const { runSeed, minimise } = await import(workerData.bundlePath);

parentPort.on("message", async (request) => {
  const answer = request.kind === "run" ? await runSeed(request.options) : await minimise(request.failed, runSeed);
  parentPort.postMessage(answer);
});
