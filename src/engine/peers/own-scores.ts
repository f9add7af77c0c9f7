import { SCORES_MAX } from "../../protocol/sync-messages.js";
import type { Context } from "../context.js";
import type { StoreWrite } from "../writes.js";
import type { PeerScoring } from "./peer-scoring.js";
import type { Peers } from "./peers.js";
import { decodeScores, encodeScores, SCORES_META_KEY } from "./score-codec.js";

/**
 * Writes the scores of this node to disk and sends them to its neighbours (protocol.md, "Alerts and reported scores").
 * They contain only its own observations, never the scores that peers reported.
 */
export class OwnScores {
  readonly #context: Context;
  readonly #scoring: PeerScoring;
  readonly #peers: Peers;
  /** Revision of the scores on the disk. */
  #kept = 0;

  constructor(context: Context, scoring: PeerScoring, peers: Peers) {
    this.#context = context;
    this.#scoring = scoring;
    this.#peers = peers;
  }

  /** Restores scores from the disk. False: the bytes are invalid, all peers start at the start score. */
  restore(bytes: Uint8Array): boolean {
    const scores = decodeScores(bytes);
    if (scores === undefined) return false;
    this.#scoring.restore(scores, this.#context.nowSeconds);
    return true;
  }

  /** The scores, if they changed since the last write. */
  unsaved(): StoreWrite | undefined {
    const { revision } = this.#scoring;
    if (revision === this.#kept) return undefined;
    this.#kept = revision;
    return { kind: "put_meta", key: SCORES_META_KEY, value: encodeScores(this.#scoring.snapshot()) };
  }

  /** The scheduler's tick. */
  tick(): void {
    const { out } = this.#context;
    const write = this.unsaved();
    if (write !== undefined) out.write(write);
    this.#sendUpdate();
  }

  /** Sends the scores of the most recent peers to each peer that lacks the last change. */
  #sendUpdate(): void {
    const { revision } = this.#scoring;
    const behind = [...this.#peers.all()].filter(({ scoresSent }) => scoresSent !== revision);
    if (behind.length === 0) return;
    const { nowSeconds, nodeKey, out } = this.#context;
    const recent = this.#scoring.snapshot().filter(({ key }) => key !== nodeKey);
    const scores = recent
      .slice(-SCORES_MAX)
      .map(({ key }) => ({ key, basisPoints: this.#scoring.overall(key, nowSeconds) }))
      .sort((a, b) => (a.key < b.key ? -1 : 1));
    if (scores.length === 0) return;
    for (const peer of behind) peer.scoresSent = revision;
    out.emit({ kind: "send_scores", peers: behind.map(({ facts }) => facts.peer), scores });
  }
}
