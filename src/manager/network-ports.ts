import { type Engine, REGISTRY_NEWS } from "../engine/index.js";
import { blake3Of } from "../kernel/index.js";
import type { NetworkHandlers } from "../network/index.js";
import { fromHex } from "../protocol/bytes.js";
import { rosterDigest } from "../protocol/digests.js";
import { HELLO_LIMITS, type HelloRest } from "../protocol/hello.js";
import type { ClockWatch } from "./faults/index.js";
import type { GossipInlet, StartGate } from "./inbound/index.js";
import { AGENT, type ManagerOptions } from "./options.js";
import type { Shared } from "./shared.js";

/** What the transport reports, held back until the node stands. */
export function networkHandlers(
  shared: Pick<Shared, "step" | "count" | "log">,
  gate: StartGate,
  inlet: GossipInlet,
  salts: Map<string, string>,
  clocks: Pick<ClockWatch, "ready" | "gone">,
): NetworkHandlers {
  const { step, count, log } = shared;
  return {
    gossip: (message) => {
      // Before that nobody judges: gossipsub forgets the bundle, which is Ignore.
      if (gate.isOpen) inlet.gossip(message);
      else inlet.dropped(message.peer, "starting", 1);
    },
    frame: (peer, bytes) =>
      new Promise<void>((resolve, reject) => gate.pass(() => inlet.frame(peer, bytes).then(resolve, reject))),
    peerReady: (facts, clock) => {
      // Not held back: a clock is worth something in this moment only.
      clocks.ready(facts.peer, { group: facts.addressGroup, dialed: facts.dialed }, clock);
      gate.pass(() => {
        salts.set(facts.peer, facts.salt);
        step({ kind: "peer_ready", facts });
      });
    },
    peerGone: (peer) => {
      clocks.gone(peer);
      gate.pass(() => {
        salts.delete(peer);
        inlet.drops.forget(peer);
        step({ kind: "peer_gone", peer });
      });
    },
    peerSubscribed: (peer) => gate.pass(() => step({ kind: "peer_subscribed", peer })),
    gossipDropped: (peer, reason, dropped) => inlet.dropped(peer, reason, dropped),
    fault: (_peer, code) => count("peer_faults", code, 1),
    dialFailed: (reason) => count("dials_failed", reason, 1),
    log,
  };
}

/** What this node says of itself in its hellos. */
export function ownRest(
  options: ManagerOptions,
  engine: Engine,
  nowMs: number,
): Omit<HelloRest, "addresses" | "known" | "observed"> {
  const { chain, identity } = options;
  const facts = chain.facts();
  const blake3 = blake3Of(options.kernel.kernel);
  return {
    agent: AGENT,
    versionMin: 1,
    versionMax: 1,
    interests: engine.strands(),
    features: ["windows-plain", REGISTRY_NEWS],
    registryTime: facts.registryTimeSeconds,
    registryDigest: fromHex(facts.registryDigest, 32) ?? new Uint8Array(32),
    rosters: facts.rosters.slice(-HELLO_LIMITS.rosters).map(({ fromDay, members }) => ({
      day: fromDay,
      digest: rosterDigest(blake3, identity.genesis, fromDay, members),
    })),
    clockSeconds: BigInt(Math.floor(nowMs / 1000)),
    bodyLimit: identity.rules.bodyLimit,
  };
}
