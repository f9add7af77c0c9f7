import { Worker } from "node:worker_threads";

/** The answer of one thread, which is idle. */
function ask(worker, request) {
  return new Promise((resolve, reject) => {
    const settle = (act) => (value) => {
      worker.off("message", onMessage).off("error", onError);
      act(value);
    };
    const onMessage = settle(resolve);
    const onError = settle(reject);
    worker.on("message", onMessage).on("error", onError).postMessage(request);
  });
}

/** Threads that run seeds, one at a time each. */
export class Pool {
  #idle = [];
  #waiting = [];
  #all = [];

  /** `withCoverage`: each thread counts the code that it runs. */
  constructor(bundlePath, size, { withCoverage = false } = {}) {
    for (let i = 0; i < size; i++) {
      const worker = new Worker(new URL("./worker.mjs", import.meta.url), { workerData: { bundlePath, withCoverage } });
      this.#all.push(worker);
      this.#idle.push(worker);
    }
  }

  /** The result of one run. */
  run(options) {
    return this.#ask({ kind: "run", options });
  }

  /** The reason codes that one run reached. */
  codes(options) {
    return this.#ask({ kind: "codes", options });
  }

  /** The result of one run and a page that shows it. */
  picture(options) {
    return this.#ask({ kind: "picture", options });
  }

  /** A smaller run that fails in the same check. */
  minimise(failed) {
    return this.#ask({ kind: "minimise", failed });
  }

  /** What each thread reached so far. No run may be under way. */
  async coverage() {
    const answers = [];
    for (const worker of this.#all) answers.push(await ask(worker, { kind: "coverage" }));
    return answers;
  }

  async close() {
    await Promise.all(this.#all.map((worker) => worker.terminate()));
  }

  async #ask(request) {
    const worker = this.#idle.pop() ?? (await new Promise((resolve) => this.#waiting.push(resolve)));
    try {
      return await ask(worker, request);
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#idle.push(worker);
      else next(worker);
    }
  }
}
