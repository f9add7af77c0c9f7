import { packBundles } from "../protocol/bundle.js";
import { toHex } from "../protocol/bytes.js";
import { alertsTopic, gossipMessageId, strandTopic } from "../protocol/strand.js";
import { BoundedMap } from "./bounded/index.js";
import type { Context } from "./context.js";

/**
 * Own envelopes within 5 ms share one bundle (protocol.md, Bundles and forwarding). The wait is short compared with the
 * delay of one hop.
 */
const BUNDLE_WAIT_MS = 5;

interface PendingBundle {
  readonly dueMs: number;
  readonly envelopes: Uint8Array[];
}

/** Publishes own records, and the new envelopes of bundles that are not forwarded, in bundles of this node. */
export class GossipManager {
  readonly #context: Context;
  readonly #pending = new Map<string, PendingBundle>();
  readonly #seen: BoundedMap<string, true>;
  #count = 0;

  constructor(context: Context) {
    this.#context = context;
    this.#seen = new BoundedMap(context.limits.seen_bundles);
  }

  /** Envelopes that wait to be sent in a bundle. */
  get waiting(): number {
    return this.#count;
  }

  get seenCount(): number {
    return this.#seen.size;
  }

  /** The topics of this node's interests (specification: select_target_peers_for_task). */
  topics(): string[] {
    const { network, rules } = this.#context.identity;
    const shards = Array.from({ length: rules.shards }, (_, shard) => shard);
    const strands = this.#context.taskTypes.flatMap((type) => shards.map((shard) => strandTopic(network, type, shard)));
    return [...strands, alertsTopic(network)];
  }

  /** Adds an envelope to the next bundle of the topic. False: no room, so peers get it by sync only. */
  add(topic: string, envelope: Uint8Array): boolean {
    if (this.#count >= this.#context.limits.own_bundle_records) {
      this.#context.out.count("dropped", "own_bundle_records");
      return false;
    }
    let bundle = this.#pending.get(topic);
    if (bundle === undefined) {
      bundle = { dueMs: this.#context.nowMs + BUNDLE_WAIT_MS, envelopes: [] };
      this.#pending.set(topic, bundle);
    }
    bundle.envelopes.push(envelope);
    this.#count++;
    return true;
  }

  /** When the next bundle is due; undefined when nothing waits. */
  nextDueMs(): number | undefined {
    let next: number | undefined;
    for (const { dueMs } of this.#pending.values()) next = Math.min(next ?? dueMs, dueMs);
    return next;
  }

  /** Sends the bundles that are due, each once (specification: the message cache). */
  flush(): void {
    const { blake3, identity, nowMs, out } = this.#context;
    for (const [topic, { dueMs, envelopes }] of this.#pending) {
      if (dueMs > nowMs) continue;
      this.#pending.delete(topic);
      this.#count -= envelopes.length;
      for (const bundle of packBundles(envelopes, identity.rules)) {
        const id = toHex(gossipMessageId(blake3, topic, bundle));
        if (this.#seen.has(id)) continue;
        this.#seen.set(id, true);
        out.emit({ kind: "gossip", topic, bundle });
      }
    }
  }
}
