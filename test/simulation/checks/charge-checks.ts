import type { World } from "../world/world.js";

/**
 * Ends of connections that need no lie: the old connection of a peer that started again, a stream that did not open in
 * time on a slow link or that ended just before its connection, a peer that reads too slowly, a copy of
 * the own libp2p key.
 */
const NO_LIES: ReadonlySet<string> = new Set([
  "peer_id_in_use",
  "own_peer_id",
  "sync_stream_lost",
  "sync_stream_missing",
  "gossip_stream_missing",
  "peer_busy",
  "peer_gone",
  "hello_timeout",
]);

/** A node charges a peer. It must not charge an honest one with a lie, whatever byzantine peers do. */
export function checkCharge({ board, crowd, parts }: World, node: string, peer: string, code: string): void {
  const name = parts.net.nameOf(peer) ?? peer;
  if (crowd.names.includes(name)) return;
  board.expect("no_false_charge", NO_LIES.has(code), () => `${node} charged ${name} with ${code}`, [node, name]);
}

/** No bundle of an honest node was rejected. */
export function checkRejections({ board, crowd, parts }: World): void {
  const honest = [...parts.net.rejected].filter(([name]) => !crowd.names.includes(name));
  const text = (): string => `bundles of honest nodes were rejected: ${honest.map((row) => row.join(" ")).join(", ")}`;
  board.expect(
    "no_false_charge",
    honest.length === 0,
    text,
    honest.map(([name]) => name),
  );
}
