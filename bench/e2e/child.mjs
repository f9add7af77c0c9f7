// The line between the benchmark and its processes. A child answers requests by name and may send notices.
import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
// Node 20 has no `Promise.withResolvers`; libp2p needs it too.
import "../../dist/network/with-resolvers.js";

const FOLDER = new URL(".", import.meta.url).pathname;

/** Starts a script of this folder in a process of its own. */
export async function startChild(script, parameters = {}) {
  const child = fork(join(FOLDER, script), [JSON.stringify(parameters)], { serialization: "advanced" });
  const waiting = new Map();
  const listeners = new Map();
  let lastId = 0;
  const started = Promise.withResolvers();
  waiting.set(0, started);
  child.on("message", ({ id, value, error, notice }) => {
    if (notice !== undefined) listeners.get(notice)?.(value);
    else if (error !== undefined) waiting.get(id)?.reject(new Error(`${script}: ${error}`));
    else waiting.get(id)?.resolve(value);
  });
  child.once("exit", (code) => {
    for (const { reject } of waiting.values()) reject(new Error(`${script} ended with code ${code}`));
  });
  const facts = await started.promise;
  return {
    facts,
    async ask(name, ...given) {
      const id = ++lastId;
      const answer = Promise.withResolvers();
      waiting.set(id, answer);
      child.send({ id, name, given });
      try {
        return await answer.promise;
      } finally {
        waiting.delete(id);
      }
    },
    tell(name, ...given) {
      if (child.connected) child.send({ name, given });
    },
    on(notice, listener) {
      listeners.set(notice, listener);
    },
    async stop() {
      if (child.exitCode !== null) return;
      const ended = once(child, "exit");
      child.disconnect();
      await ended;
    },
  };
}

/** The side of the child: `open` gets its parameters and returns facts, handlers by name, and `stop`. */
export async function serveChild(open) {
  const answer = (id, run) =>
    run().then(
      (value) => process.send({ id, value }),
      (error) => process.send({ id, error: error.stack }),
    );
  let handlers = {};
  let stop;
  process.on("message", ({ id, name, given }) => {
    if (id === undefined) handlers[name](...given);
    else void answer(id, async () => handlers[name](...given));
  });
  process.once("disconnect", () => {
    void (async () => {
      await stop?.();
      process.exit(0);
    })();
  });
  await answer(0, async () => {
    const opened = await open(JSON.parse(process.argv[2]));
    handlers = opened.handlers;
    stop = opened.stop;
    return opened.facts;
  });
}

export function notify(notice, value) {
  // An error only says that the benchmark has ended.
  if (process.connected) process.send({ notice, value }, () => undefined);
}
