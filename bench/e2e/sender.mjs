// A process that sends to a receiver: everything at once, at a rate, as an honest peer or as an attacker.
import { blake3Of, loadKernel } from "../../dist/kernel/index.js";
import { toHex } from "../../dist/protocol/bytes.js";
import { headOf, recordId } from "../../dist/protocol/envelope.js";
import { ATTACKS, RENEWED } from "./attacks.mjs";
import { BareNode } from "./bare-node.mjs";
import { serveChild } from "./child.mjs";
import { bundlesOf, readEnvelopes } from "./envelopes.mjs";
import { HelloNode } from "./hello-node.mjs";
import { machineMs } from "./measure.mjs";
import { identityOf, topicOf } from "./shape.mjs";

/** Bytes on the way to one receiver, for each peer that sends. */
const PUSH_BYTES = 1 << 20;
/** A flood fills the buffers, but not so far that the library ends the connection by itself. */
const FLOOD_BYTES = 4 << 20;
const PACE_MS = 5;
/** Bytes of a second that a late turn may catch up. */
const LATE_MS = 200;

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

await serveChild(async ({ file }) => {
  const { kernel } = await loadKernel();
  const blake3 = blake3Of(kernel);
  const identity = await identityOf(blake3);
  const topic = topicOf(identity);
  const envelopes = readEnvelopes(file);
  let peers = [];
  let answered = 0;
  let wake = () => undefined;

  const connectOne = async (address) => {
    const node = await HelloNode.start({ identity, kernel, blake3, topic, address });
    return node;
  };

  /** Sends bundles as fast as the receiver answers; its answers count from `before`. */
  async function push(bundles, before) {
    const [peer] = peers;
    let sent = 0;
    let bytesSent = 0;
    for (const bundle of bundles) {
      const mean = bytesSent / Math.max(1, sent);
      while ((sent - (answered - before)) * mean > PUSH_BYTES) {
        await new Promise((resolve) => {
          wake = resolve;
        });
      }
      await peer.publish(bundle);
      sent++;
      bytesSent += bundle.length;
    }
  }

  /** Calls `send` at a rate of bytes for a time, while fewer than that many bytes wait for an answer. */
  async function paced({ seconds, bytesPerSecond, limitBytes }, send) {
    const endMs = machineMs() + seconds * 1000;
    let creditMs = 0;
    let lastMs = machineMs();
    let sent = 0;
    let bytesSent = 0;
    let before = answered;
    for (let round = 0; machineMs() < endMs; ) {
      const nowMs = machineMs();
      creditMs = Math.min(LATE_MS, creditMs + nowMs - lastMs);
      lastMs = nowMs;
      while (creditMs > 0 && machineMs() < endMs) {
        const waiting = (sent - (answered - before)) * (bytesSent / Math.max(1, sent));
        if (waiting > limitBytes) break;
        const bytes = await send(round++);
        if (bytes === undefined) return;
        if (bytes === 0) {
          // Not connected: what was under way is lost.
          [sent, bytesSent, before] = [0, 0, answered];
          break;
        }
        sent++;
        bytesSent += bytes;
        creditMs -= (bytes * 1000) / bytesPerSecond;
      }
      await sleep(PACE_MS);
    }
  }

  return {
    facts: {},
    handlers: {
      answered(count) {
        answered = count;
        wake();
      },
      async connect({ address, count = 1, bare = false }) {
        if (bare) {
          const node = await BareNode.start();
          await node.connect(address);
          peers = [node];
          return;
        }
        for (let i = 0; i < count; i++) peers.push(await connectOne(address));
        await Promise.all(peers.map(({ connected }) => connected));
      },
      async disconnect() {
        await Promise.all(peers.map((peer) => peer.stop()));
        peers = [];
      },
      async push({ from, count, size }) {
        const before = answered;
        await push(bundlesOf(envelopes.slice(from, from + count), size), before);
      },
      /** Valid records of all peers in turn. */
      async flood({ from, size, seconds, bytesPerSecond }) {
        const bundles = bundlesOf(envelopes.slice(from), size);
        await paced({ seconds, bytesPerSecond, limitBytes: FLOOD_BYTES * peers.length }, async (round) => {
          const bundle = bundles[round];
          if (bundle === undefined) throw new Error("too few records for the flood");
          const peer = peers[round % peers.length];
          await peer.publish(bundle);
          return bundle.length;
        });
      },
      idsOf: ({ from, count }) =>
        envelopes
          .slice(from, from + count)
          .map((envelope) => toHex(recordId(blake3, identity.genesis, headOf(envelope)))),
      /** Sends single records at a rate; the times at which they were sent. */
      async honest({ from, count, seconds }) {
        const [peer] = peers;
        const beganMs = machineMs();
        const times = [];
        for (const bundle of bundlesOf(envelopes.slice(from, from + count), 1)) {
          const dueMs = beganMs + (times.length * seconds * 1000) / count;
          if (dueMs > machineMs()) await sleep(dueMs - machineMs());
          times.push(machineMs());
          await peer.publish(bundle);
        }
        return times;
      },
      /** Attacks; the milliseconds with a connection, and the number of connections that the other side ended. */
      async attack({ name, address, seconds, bytesPerSecond }) {
        const make = ATTACKS[name];
        const endMs = machineMs() + seconds * 1000;
        let node = await connectOne(address);
        const all = [node];
        let ofNode = 0;
        let dropped = 0;
        await Promise.race([node.connected, sleep(seconds * 1000)]);
        await paced(
          { seconds: (endMs - machineMs()) / 1000, bytesPerSecond, limitBytes: FLOOD_BYTES },
          async (round) => {
            if (name === RENEWED.name && (ofNode >= RENEWED.bundles || node.dropped > 0)) {
              dropped += node.dropped;
              await node.stop();
              node = await connectOne(address);
              all.push(node);
              ofNode = 0;
              await Promise.race([node.connected, sleep(endMs - machineMs())]);
            }
            if (!node.isReady) return 0;
            const bundle = make(envelopes, round);
            await node.publish(bundle);
            ofNode++;
            return bundle.length;
          },
        );
        const result = {
          identities: all.length,
          dropped: dropped + node.dropped,
          connectedMs: all.reduce((sum, { connectedMs }) => sum + connectedMs, 0),
        };
        await node.stop();
        return result;
      },
    },
    async stop() {
      await Promise.all(peers.map((peer) => peer.stop()));
      await kernel.close();
    },
  };
});
