// One verifying thread of the WebAssembly kernel (src/kernel/wasm-pool.ts), with an instance of its own. Takes
// { id, parts }: the four of `verify` or the one of `verifyMessages`; answers { id, verdicts } or { id, failure }.
// Plain JavaScript beside the module, so that it is found from the sources and from what is compiled alike.
import { randomBytes } from "node:crypto";
import { setPriority } from "node:os";
import { parentPort } from "node:worker_threads";
import kernel from "./pkg/kernel.js";

// The event loop goes first where cores are scarce. Only on Linux is this the priority of the thread that asks.
if (process.platform === "linux") setPriority(5);

const verifier = new kernel.Verifier(randomBytes(32));

parentPort.on("message", ({ id, parts }) => {
  let verdicts;
  try {
    verdicts = parts.length === 1 ? verifier.verifyMessages(...parts) : verifier.verify(...parts);
  } catch (error) {
    // After a trap the instance is no longer to be trusted: this thread ends, and the next is a new one.
    if (error instanceof WebAssembly.RuntimeError) throw error;
    parentPort.postMessage({ id, failure: error instanceof Error ? error.message : String(error) });
    return;
  }
  parentPort.postMessage({ id, verdicts }, [verdicts.buffer]);
});
