import { packBundles } from "../protocol/bundle.js";
import { toHex } from "../protocol/bytes.js";
import { alertsTopic, gossipMessageId, strandTopic } from "../protocol/strand.js";
import { BoundedMap } from "./bounded/index.js";
import type { Context } from "./context.js";

/** What is published within 5 ms goes into one bundle (protocol.md, Bundles and forwarding). */
const BUNDLE_WAIT_MS = 5;

interface PendingBundle {
  readonly dueMs: number;
  readonly envelopes: Uint8Array[];
}

/** What this node publishes: own records, and what was new and good in bundles that were not forwarded. */
export class GossipManager {
  readonly #context: Context;
  readonly #pending = new Map<string, PendingBundle>();
  readonly #seen: BoundedMap<string, true>;
  #count = 0;

  constructor(context: Context) {
    this.#context = context;
    this.#seen = new BoundedMap(context.limits.seen_bundles);
  }

  /** Envelopes that wait for their bundle. */
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

  /** Puts an envelope into the topic's next bundle. False: there is no room, and peers get it by sync only. */
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

  /** Sends what is due. A bundle that was sent before is not sent again (specification: the message cache). */
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
