import { describe, expect, test } from "vitest";
import { blake3 } from "../simulation/fake-signer.js";
import { LoneWorld } from "../simulation/lone-world.js";
import { author, type Made } from "../simulation/story.js";

/** A node that counts the bytes it hashes. */
function counting(): { readonly lone: LoneWorld; readonly bytes: () => number } {
  let hashed = 0;
  const lone = new LoneWorld({
    blake3: (input) => {
      hashed += input.length;
      return blake3(input);
    },
  });
  lone.peer("a");
  return { lone, bytes: () => hashed };
}

/** Validations of one submission, each in a step of its own, by a few authors who thus contradict themselves. */
function reviews(lone: LoneWorld, submission: Made, count: number): void {
  for (let i = 0; i < count; i++) {
    lone.story.publish(lone.node, lone.story.validation(author(10 + (i % 5)), submission, 60 + (i % 7)));
  }
}

function setting(lone: LoneWorld): Made {
  const task = lone.story.publish(lone.node, lone.story.task(author(0), lone.story.nowSeconds + 3600));
  return lone.story.publish(lone.node, lone.story.submission(author(1), task.task));
}

describe("the thousandth record costs what the first did", () => {
  test("the state of a large window is not made anew with each of its records", () => {
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

  test("what a large task has come to is told once a second, not with each of its records", () => {
    const { lone } = counting();
    const submission = setting(lone);
    reviews(lone, submission, 700);
    lone.clock.advance(1100);
    const told = (): number =>
      lone.node.effects.filter((effect) => effect.kind === "notify" && effect.event.event === "author_voided").length;
    expect(told()).toBe(5);
    for (const i of [0, 1, 2, 3]) {
      for (const score of [1, 2]) {
        lone.story.publish(lone.node, lone.story.validation(author(20 + i), submission, score));
      }
    }
    expect(told()).toBe(5);
    lone.clock.advance(1100);
    expect(told()).toBe(9);
  });
});
