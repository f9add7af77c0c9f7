import type { ChainFacts } from "../../../src/engine/chain-facts.js";
import type { NetworkIdentity } from "../../../src/protocol/rules.js";
import type { Clock, Random } from "./clock.js";
import type { SimNode } from "./sim-node.js";

export const EVERYONE: ChainFacts = {
  registry: { kind: "everyone" },
  registryDigest: "0".repeat(64),
  registryTimeSeconds: 2n ** 64n - 1n,
  rosters: [],
};

/** The output of a node to its network. */
export interface World {
  readonly clock: Clock;
  readonly random: Random;
  readonly identity: NetworkIdentity;
  /** Gossips a bundle to every connected peer but `except`. */
  publish(from: SimNode, topic: string, bundle: Uint8Array, except: string | undefined): void;
  /** Sends a frame on the stream to one peer, in order, while they are connected. */
  send(from: SimNode, to: string, frame: Uint8Array): void;
}
