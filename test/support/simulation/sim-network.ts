import { toHex } from "../../../src/protocol/bytes.js";
import { gossipMessageId } from "../../../src/protocol/strand.js";
import { type Clock, Random } from "./clock.js";
import { blake3, identityOf, keyOf } from "./fake-signer.js";
import type { SimNode } from "./sim-node.js";
import type { World } from "./world.js";

export interface Weather {
  /** Fractions of gossip deliveries that are lost, or arrive twice. */
  readonly loss: number;
  readonly twice: number;
  readonly latencyMs: readonly [number, number];
}

/** Links between nodes: gossip is lost, duplicated and reordered; a stream is in order and ends with its connection. */
export class SimNetwork implements World {
  readonly clock: Clock;
  readonly random: Random;
  readonly identity = identityOf();
  readonly nodes = new Map<string, SimNode>();
  weather: Weather = { loss: 0, twice: 0, latencyMs: [1, 20] };
  /** The number of each connection, by "a b" in the order of names. */
  readonly #links = new Map<string, number>();
  readonly #streams = new Map<string, number>();
  #connections = 0;

  constructor(clock: Clock, seed: number) {
    this.clock = clock;
    this.random = new Random(seed);
  }

  add(node: SimNode): SimNode {
    this.nodes.set(node.name, node);
    return node;
  }

  connect(a: SimNode, b: SimNode): void {
    if (!a.up || !b.up || this.#links.has(link(a.name, b.name))) return;
    this.#links.set(link(a.name, b.name), ++this.#connections);
    const salt = keyOf(`salt ${this.#connections}`);
    b.connected(a, false, salt);
    a.connected(b, true, salt);
  }

  disconnect(a: SimNode, b: SimNode): void {
    if (!this.#links.delete(link(a.name, b.name))) return;
    if (a.up) a.step({ kind: "peer_gone", peer: b.name });
    if (b.up) b.step({ kind: "peer_gone", peer: a.name });
  }

  crash(node: SimNode): void {
    node.crash();
    for (const other of this.nodes.values()) this.disconnect(node, other);
  }

  /** Cuts all links between the two sides. */
  partition(side: (node: SimNode) => boolean): void {
    const nodes = [...this.nodes.values()];
    for (const a of nodes) for (const b of nodes) if (side(a) && !side(b)) this.disconnect(a, b);
  }

  publish(from: SimNode, topic: string, bundle: Uint8Array, except: string | undefined): void {
    const messageId = toHex(gossipMessageId(blake3, topic, bundle));
    for (const to of this.nodes.values()) {
      if (to.name === except || !this.#links.has(link(from.name, to.name)) || !to.engine.topics().includes(topic))
        continue;
      const { loss, twice } = this.weather;
      const copies = this.random.chance(loss) ? 0 : this.random.chance(twice) ? 2 : 1;
      for (let i = 0; i < copies; i++) {
        this.clock.in(this.#latency(), () => {
          if (this.#links.has(link(from.name, to.name))) to.hearGossip(from.name, topic, bundle, messageId);
        });
      }
    }
  }

  send(from: SimNode, to: string, frame: Uint8Array): void {
    const connection = this.#links.get(link(from.name, to));
    if (connection === undefined) return;
    const stream = `${from.name} ${to}`;
    const atMs = Math.max(this.clock.nowMs + this.#latency(), this.#streams.get(stream) ?? 0);
    this.#streams.set(stream, atMs);
    this.clock.in(atMs - this.clock.nowMs, () => {
      if (this.#links.get(link(from.name, to)) === connection) this.nodes.get(to)?.hearFrame(from.name, frame);
    });
  }

  #latency(): number {
    const [least, most] = this.weather.latencyMs;
    return least + this.random.below(most - least + 1);
  }
}

function link(a: string, b: string): string {
  return a < b ? `${a} ${b}` : `${b} ${a}`;
}
