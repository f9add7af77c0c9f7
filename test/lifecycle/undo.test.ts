import { describe, expect, it } from "vitest";
import { Undo } from "../../src/lifecycle/undo.js";

describe("Undo", () => {
  it("goes backwards through every step, then tells of the first that failed", async () => {
    const undo = new Undo();
    const done: number[] = [];
    for (const step of [1, 2, 3, 4]) {
      undo.push(async () => {
        done.push(step);
        if (step % 2 === 1) throw new Error(`step ${step}`);
      });
    }
    await expect(undo.run()).rejects.toThrow("step 3");
    expect(done).toEqual([4, 3, 2, 1]);
    await undo.run();
  });

  it("does not let a failing step hide why a start failed", async () => {
    const undo = new Undo();
    undo.push(() => {
      throw new Error("closing");
    });
    await expect(undo.fail(new Error("opening"))).rejects.toThrow("opening");
  });
});
