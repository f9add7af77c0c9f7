// A worker thread of the WebAssembly kernel (src/kernel/wasm-pool.ts) with its own instance of the module. A request is
// { id, parts }: `parts` has the four arguments of `verify` or the one of `verifyMessages`. The answer is { id,
// verdicts } or { id, failure }. The file is plain JavaScript beside the module: the sources and the compiled code
// share its path.
import { randomBytes } from "node:crypto";
import { setPriority } from "node:os";
import { parentPort } from "node:worker_threads";
import kernel from "./pkg/kernel.js";

// A lower priority than the event loop's. Only Linux sets the priority of the calling thread; others set the process's.
if (process.platform === "linux") setPriority(5);

const verifier = new kernel.Verifier(randomBytes(32));

parentPort.on("message", ({ id, parts }) => {
  let verdicts;
  try {
    verdicts = parts.length === 1 ? verifier.verifyMessages(...parts) : verifier.verify(...parts);
  } catch (error) {
    // The memory of an instance may be inconsistent after a trap. The error ends this thread, and the pool starts
    // another.
    if (error instanceof WebAssembly.RuntimeError) throw error;
    parentPort.postMessage({ id, failure: error instanceof Error ? error.message : String(error) });
    return;
  }
  parentPort.postMessage({ id, verdicts }, [verdicts.buffer]);
});
