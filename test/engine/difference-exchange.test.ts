import { describe, expect, test } from "vitest";
import type { EngineEffect } from "../../src/engine/effects.js";
import type { Frame } from "../../src/protocol/frames.js";
import { Clock } from "../support/simulation/clock.js";
import { SimNetwork } from "../support/simulation/sim-network.js";
import { SimNode } from "../support/simulation/sim-node.js";
import { author, START_SECONDS, Story } from "../support/simulation/story.js";

const STRAND = "040000";

/** Two nodes that are not connected yet. */
class Pair {
  readonly network = new SimNetwork(new Clock(START_SECONDS * 1000), 5);
  readonly story = new Story(this.network);
  readonly a: SimNode;
  readonly b: SimNode;

  constructor(options: ConstructorParameters<typeof SimNode>[2] = {}) {
    this.a = this.network.add(new SimNode(this.network, "a", options));
    this.b = this.network.add(new SimNode(this.network, "b", options));
  }

  /** Publishes tasks of some windows before now on some nodes. */
  publish(nodes: readonly SimNode[], from: number, to: number): void {
    for (let i = from; i < to; i++) {
      const seconds = this.story.nowSeconds - 600 * (i % 400);
      const made = this.story.task(author(i), this.story.nowSeconds + 3600, { seconds, number: 0 });
      for (const node of nodes) this.story.publish(node, made);
    }
  }

  connect(): void {
    this.network.connect(this.a, this.b);
  }

  frames(node: SimNode): Frame[] {
    return node.effects.flatMap((effect) => (effect.kind === "send_frames" ? effect.frames : []));
  }

  bytes(node: SimNode): number {
    return this.frames(node).reduce((sum, frame) => sum + 17 + 4 + ("bytes" in frame ? frame.bytes.length : 0), 0);
  }

  counts(node: SimNode, name: string): Record<string, number> {
    const found: Record<string, number> = {};
    for (const effect of node.effects) {
      if (effect.kind === "count" && effect.name === name) {
        found[effect.label] = (found[effect.label] ?? 0) + effect.value;
      }
    }
    return found;
  }

  isEqual(node: SimNode): boolean {
    return node.engine.syncReport(true).strands.find(({ strand }) => strand === STRAND)?.equalPeers === 1;
  }

  served(node: SimNode): number {
    return node.effects
      .filter((effect): effect is Extract<EngineEffect, { kind: "serve_records" }> => effect.kind === "serve_records")
      .reduce((sum, { ids }) => sum + ids.length, 0);
  }
}

describe("comparing sets in full form", () => {
  test("two nodes with equal sets exchange one print of each strand, and both know that they are equal", () => {
    const pair = new Pair();
    pair.publish([pair.a, pair.b], 0, 50);
    pair.connect();
    pair.network.clock.advance(1000);
    expect([pair.isEqual(pair.a), pair.isEqual(pair.b)]).toEqual([true, true]);
    expect(pair.counts(pair.a, "comparisons")).toEqual({ equal: 1 });
    expect(pair.frames(pair.a).map(({ kind }) => kind)).toEqual(["fingerprints"]);
    expect(pair.bytes(pair.a)).toBeLessThan(200);
    expect(pair.bytes(pair.b)).toBeLessThan(200);
  });

  test.each([
    ["records that only the opener has", 40, 0],
    ["records that only the acceptor has", 0, 40],
    ["records that only one of both has", 30, 50],
    ["one record", 0, 1],
  ])("%s move, and both know that they are equal", (_, onlyA, onlyB) => {
    const pair = new Pair();
    pair.publish([pair.a, pair.b], 0, 150);
    pair.publish([pair.a], 150, 150 + onlyA);
    pair.publish([pair.b], 600, 600 + onlyB);
    pair.connect();
    pair.network.clock.advance(1900);
    expect(pair.a.engine.sizes().members).toBe(150 + onlyA + onlyB);
    expect(pair.b.engine.sizes().members).toBe(150 + onlyA + onlyB);
    expect([pair.isEqual(pair.a), pair.isEqual(pair.b)]).toEqual([true, true]);
    expect([pair.served(pair.a), pair.served(pair.b)]).toEqual([onlyA, onlyB]);
    expect(pair.a.faults.concat(pair.b.faults)).toEqual([]);
    expect(pair.counts(pair.a, "comparisons")).toEqual({ resolved: 1 });
  });
});
