// A node with an empty disk that fetches everything from one peer, and measures itself.
import { openStandalone } from "../../dist/plugin/index.js";
import { serveNode } from "../../dist/plugin/served-node.js";
import { serveChild } from "../e2e/child.mjs";
import { Measure } from "../e2e/measure.mjs";
import { NETWORK_NAME } from "../e2e/shape.mjs";

const LOOK_MS = 100;

await serveChild(async ({ dirPath }) => {
  let node;
  return {
    facts: {},
    handlers: {
      /** Resolves when `count` bodies are held, or after `limitSeconds`; what was measured from the first peer on. */
      async fetch({ address, count, limitSeconds }) {
        const listen = ["/ip4/127.0.0.1/tcp/0"];
        const options = { dirPath, networkName: NETWORK_NAME, listen, bootstrap: [address] };
        node = await serveNode(() => openStandalone(options), { host: "127.0.0.1", port: 0 });
        const { control } = node.manager;
        let measure;
        const limitMs = performance.now() + 1000 * limitSeconds;
        for (;;) {
          const { sync, peerCount } = control.info();
          if (peerCount > 0) measure ??= new Measure();
          if (sync.bodies.held >= count || performance.now() >= limitMs)
            return { held: sync.bodies.held, ...(measure ?? new Measure()).end() };
          await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
        }
      },
    },
    stop: () => node?.stop(),
  };
});
