import type { SimNode } from "../node/sim-node.js";
import type { Ledger } from "../workload/ledger.js";
import type { Random } from "../world/random.js";
import type { World } from "../world/world.js";
import type { CheckBoard } from "./check-board.js";

/** Records of a peer that one check looks up. */
const SAMPLES = 16;
/**
 * A record that a peer has held for this long is in the set of a node that says "in sync": a comparison counts for
 * 360 s, and an exchange may take as long again.
 */
const KNOWN_FOR_MS = 720_000;

/** A peer that has been ready for this long was compared: the wait for an exchange is 30 s, its limit 300 s. */
const READY_FOR_MS = 400_000;

/** A peer that a node dialled, and since when it has been ready. */
export interface ReadyPeer {
  readonly node: SimNode;
  readonly readyMs: number;
}

/** Judges one running node by its own reports. Costs O(1) in the records. */
export function checkNode(
  { board, schedule: { nowMs }, chain }: World,
  node: SimNode,
  peers: readonly ReadyPeer[],
  random: Random,
): void {
  const { control } = node;
  if (control === undefined) return;
  const names = [node.name];
  for (const { name, size, cap } of control.bounds()) {
    board.expect("bounds", size <= cap, () => `${name} of ${node.name} has ${size} of at most ${cap}`, names);
  }
  if (!control.info().sync.inSync) return;
  for (const { node: peer, readyMs } of peers) {
    if (nowMs - readyMs < READY_FOR_MS) continue;
    for (let i = 0; i < SAMPLES; i++) {
      const record = peer.held.sample(random);
      if (record === undefined || nowMs - record.heldMs < KNOWN_FOR_MS) continue;
      if (chain?.admits(record) === false) continue;
      board.expect(
        "in_sync_true",
        node.held.records.has(record.id),
        () => `${node.name} says "in sync" and lacks ${record.id}, which ${peer.name} has`,
        [node.name, peer.name],
      );
    }
  }
}

/**
 * Judges the set of a node after its start: it has what its store had, and what it acknowledged. A store that lost
 * values may have neither.
 */
export function checkRestart(board: CheckBoard, node: SimNode, ledger: Ledger, damaged: boolean): void {
  const { control, name, held } = node;
  if (control === undefined || damaged) return;
  const { records } = control.info();
  const text = (): string => `${name} started with ${records} of ${held.count} stored records`;
  board.expect("restart", records >= held.count, text, [name]);
  for (const { id, node: publishedAt } of ledger.acknowledged()) {
    if (publishedAt !== name) continue;
    const lost = (): string => `${name} acknowledged ${id} and lacks it after its start`;
    board.expect("nothing_lost", held.records.has(id), lost, [name]);
  }
}
