// The rival's receiver.
import { BareNode } from "./bare-node.mjs";
import { notify, serveChild } from "./child.mjs";
import { Measure } from "./measure.mjs";

const REPORT_MS = 5;

await serveChild(async () => {
  let answered = 0;
  let reported = 0;
  let messages = 0;
  let expected = Number.POSITIVE_INFINITY;
  let reached = () => undefined;
  const node = await BareNode.start(() => {
    answered++;
    messages++;
    if (messages === expected) reached();
  });
  const reporter = setInterval(() => {
    if (answered === reported) return;
    reported = answered;
    notify("answered", answered);
  }, REPORT_MS);
  return {
    facts: { address: node.address },
    handlers: {
      /** Resolves when that many messages have come. */
      async take({ records, messages: count }) {
        const hold = (number) =>
          new Promise((resolve) => {
            expected = number;
            reached = resolve;
          });
        messages = 0;
        await hold(1);
        const measure = new Measure();
        if (messages < count) await hold(count);
        return { records, ...measure.end() };
      },
      answered: () => answered,
    },
    async stop() {
      clearInterval(reporter);
      await node.stop();
    },
  };
});
