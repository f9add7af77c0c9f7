import { Worker } from "node:worker_threads";

/** Threads that run seeds, one at a time each. */
export class Pool {
  #idle = [];
  #waiting = [];
  #all = [];

  constructor(bundlePath, size) {
    for (let i = 0; i < size; i++) {
      const worker = new Worker(new URL("./worker.mjs", import.meta.url), { workerData: { bundlePath } });
      this.#all.push(worker);
      this.#idle.push(worker);
    }
  }

  /** The result of one run. */
  run(options) {
    return this.#ask({ kind: "run", options });
  }

  /** The result of one run and a page that shows it. */
  picture(options) {
    return this.#ask({ kind: "picture", options });
  }

  /** A smaller run that fails in the same check. */
  minimise(failed) {
    return this.#ask({ kind: "minimise", failed });
  }

  async close() {
    await Promise.all(this.#all.map((worker) => worker.terminate()));
  }

  async #ask(request) {
    const worker = this.#idle.pop() ?? (await new Promise((resolve) => this.#waiting.push(resolve)));
    try {
      return await new Promise((resolve, reject) => {
        const settle = (act) => (value) => {
          worker.off("message", onMessage).off("error", onError);
          act(value);
        };
        const onMessage = settle(resolve);
        const onError = settle(reject);
        worker.on("message", onMessage).on("error", onError).postMessage(request);
      });
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#idle.push(worker);
      else next(worker);
    }
  }
}
