import { type DaemonPeer, readPeer } from "./answers.js";
import { badAnswer } from "./daemon-text.js";
import { count, hash, record } from "./decode.js";

/** Events about the chain's top. */
export const CHAIN_EVENTS = [
  "new_block",
  "block_ordered",
  "block_orphaned",
  "stable_height_changed",
  "stable_topo_height_changed",
] as const;
/** Subscribed to if the daemon has AI mining, which has no event of its own. */
export const EXECUTION_EVENT = "transaction_executed";
export const PEER_EVENTS = ["peer_connected", "peer_disconnected"] as const;

export type DaemonEventName = (typeof CHAIN_EVENTS)[number] | typeof EXECUTION_EVENT | (typeof PEER_EVENTS)[number];

/** An event of the daemon. Events are hints: they repeat, and their order within one block is random. */
export type DaemonEvent =
  /** The block has this place; without a place: a block was added. */
  | { readonly kind: "moved"; readonly place: { readonly topoheight: number; readonly hash: string } | undefined }
  /** A block was orphaned, or the stable height decreased: re-check all blocks that are not final. */
  | { readonly kind: "undone" }
  | { readonly kind: "peer"; readonly peer: DaemonPeer | undefined; readonly connected: boolean };

/** Parses an event of the subscription to `name`. Throws `chain_answer`. */
export function readEvent(name: DaemonEventName, result: unknown): DaemonEvent {
  const event = record(result, "an event");
  if (event.event !== name) throw badAnswer("an event came for another subscription");
  switch (name) {
    case "new_block":
      // An orphaned block has no place.
      if (event.topoheight === null || event.topoheight === undefined) return { kind: "moved", place: undefined };
      return { kind: "moved", place: placeOf(event.topoheight, event.hash) };
    case "block_ordered":
    case "transaction_executed":
      return { kind: "moved", place: placeOf(event.topoheight, event.block_hash) };
    case "block_orphaned":
      hash(event.block_hash, "block_hash");
      return { kind: "undone" };
    case "stable_height_changed":
      return stable(event.previous_stable_height, event.new_stable_height);
    case "stable_topo_height_changed":
      return stable(event.previous_stable_topoheight, event.new_stable_topoheight);
    case "peer_connected":
    case "peer_disconnected":
      return { kind: "peer", peer: readPeer(event), connected: name === "peer_connected" };
  }
}

function placeOf(topoheight: unknown, blockHash: unknown) {
  return { topoheight: count(topoheight, "topoheight"), hash: hash(blockHash, "block hash") };
}

function stable(previous: unknown, now: unknown): DaemonEvent {
  const down = count(now, "stable height") < count(previous, "stable height");
  return down ? { kind: "undone" } : { kind: "moved", place: undefined };
}
