import { describe, expect, test } from "vitest";
import { equalBytes } from "../../src/protocol/bytes.js";
import { FRAME_CHUNK_BYTES } from "../../src/protocol/frames.js";
import { blake3 } from "../support/simulation/fake-signer.js";
import { LoneWorld } from "../support/simulation/lone-world.js";
import { author, type Made } from "../support/simulation/story.js";

/** A node that counts the bytes it hashes. */
function counting(): { readonly lone: LoneWorld; readonly bytes: () => number } {
  let hashed = 0;
  const count = (input: Uint8Array) => {
    hashed += input.length;
    return blake3(input);
  };
  const lone = new LoneWorld({ blake3: Object.assign(count, { create: blake3.create }) });
  lone.peer("a");
  return { lone, bytes: () => hashed };
}

/** Validations of one submission, each in its own step, by a few authors who contradict themselves. */
function reviews(lone: LoneWorld, submission: Made, count: number): void {
  for (let i = 0; i < count; i++) {
    lone.story.publish(lone.node, lone.story.validation(author(10 + (i % 5)), submission, 60 + (i % 7)));
  }
}

function setting(lone: LoneWorld): Made {
  const task = lone.story.publish(lone.node, lone.story.task(author(0), lone.story.nowSeconds + 3600));
  return lone.story.publish(lone.node, lone.story.submission(author(1), task.task));
}

describe("the cost of a record does not grow with its task", () => {
  test("the state of a large window is not computed again for each new record", () => {
    const { lone, bytes } = counting();
    const submission = setting(lone);
    reviews(lone, submission, 600);
    const before = bytes();
    reviews(lone, submission, 50);
    expect((bytes() - before) / 50).toBeLessThan(8000);
    lone.clock.advance(61_000);
    const written = [...lone.node.disk.windows.values()].reduce((sum, { count }) => sum + count, 0);
    expect(written).toBe(lone.node.engine.sizes().members);
  });

  test("events of a large task are emitted once a second, not for each record", () => {
    const { lone } = counting();
    const submission = setting(lone);
    reviews(lone, submission, 700);
    lone.clock.advance(1100);
    const sent = (): number =>
      lone.node.effects.filter((effect) => effect.kind === "notify" && effect.event.event === "author_excluded").length;
    expect(sent()).toBe(5);
    for (const i of [0, 1, 2, 3]) {
      for (const score of [1, 2]) {
        lone.story.publish(lone.node, lone.story.validation(author(20 + i), submission, score));
      }
    }
    expect(sent()).toBe(5);
    lone.clock.advance(1100);
    expect(sent()).toBe(9);
  });
});

describe("a large body", () => {
  const SIZE = 5 * FRAME_CHUNK_BYTES + 7;

  /** A node that requests a body, and the bytes that it hashes. */
  function asking() {
    const parts: number[] = [];
    const hashes = { begun: 0, destroyed: 0 };
    const whole = (input: Uint8Array) => {
      parts.push(input.length);
      return blake3(input);
    };
    const create = () => {
      const stream = blake3.create();
      hashes.begun += 1;
      const update = (part: Uint8Array) => {
        parts.push(part.length);
        stream.update(part);
      };
      const destroy = () => {
        hashes.destroyed += 1;
        stream.destroy();
      };
      return { update, digest: () => stream.digest(), destroy };
    };
    const lone = new LoneWorld({ blake3: Object.assign(whole, { create }) });
    lone.peer("a");
    const task = lone.story.task(author(0), lone.story.nowSeconds + 3600, {}, 4, SIZE);
    lone.gossip("a", [task.envelope]);
    lone.clock.advance(1100);
    const requestId = lone.asked("a", "body")[0] ?? "";
    parts.splice(0);
    const send = (offset: number) => {
      const bytes = task.body.subarray(offset, offset + FRAME_CHUNK_BYTES);
      lone.frame("a", { kind: "body", requestId, offset, bytes });
    };
    return { lone, task, parts, hashes, send };
  }

  test("a large body is hashed once, chunk by chunk on arrival", () => {
    const { lone, task, parts, hashes, send } = asking();
    for (let offset = 0; offset < task.body.length; offset += FRAME_CHUNK_BYTES) send(offset);
    const [stored] = lone.node.disk.bodies.values();
    expect(stored !== undefined && equalBytes(stored.bytes, task.body)).toBe(true);
    expect(Math.max(...parts)).toBe(FRAME_CHUNK_BYTES);
    expect(parts.reduce((sum, length) => sum + length, 0)).toBeLessThan(SIZE + 2000);
    expect(hashes).toEqual({ begun: 1, destroyed: 1 });
  });

  test("a large body leaves no open hash when its peer leaves, refuses or stops sending", () => {
    for (const end of [
      ({ lone }: ReturnType<typeof asking>) => lone.node.step({ kind: "peer_gone", peer: "a" }),
      ({ send }: ReturnType<typeof asking>) => send(3 * FRAME_CHUNK_BYTES),
      ({ lone }: ReturnType<typeof asking>) => lone.clock.advance(120_000),
    ]) {
      const world = asking();
      world.send(0);
      expect(world.hashes).toEqual({ begun: 1, destroyed: 0 });
      end(world);
      expect(world.hashes.destroyed).toBeGreaterThanOrEqual(1);
    }
  });
});
